import { throwFailure } from "../../../schemas/failure.ts";
import type { Handlers } from "../handlers.ts";

export function backupHandlers(): Pick<Handlers, "backup.list" | "backup.make" | "backup.restore"> {
  return {
    "backup.list": () => Promise.resolve({ backups: [] }),
    "backup.make": () => throwFailure("not_found", "there is no record yet"),
    "backup.restore": () => throwFailure("not_found", "there is no backup"),
  };
}
