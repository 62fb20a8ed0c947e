import { t } from "../text.ts";

/** What became of changes that no longer fit. */
export function leftOutNote(stepIds: readonly string[]): string {
  return t("Your changes of {0} were left out: the specification no longer has these steps.", stepIds.join(", "));
}
