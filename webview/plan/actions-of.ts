import { t } from "../text.ts";
import type { PlanPage } from "./plan-page.ts";

/** Why nothing can be asked of the worker now; null when it can. */
export function whyBusy(page: PlanPage): string | null {
  if (!page.connected.value) return t("There is no connection to the worker.");
  return page.busy.value === null ? null : t("Something else is under way.");
}

/** Commands show their failures themselves; one that rejects all the same is a bug and is shown, too. */
export function own(page: PlanPage, work: Promise<void>): void {
  work.catch((error: unknown) => {
    page.report(error);
  });
}
