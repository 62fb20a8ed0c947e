import { z } from "zod";
import { operation } from "../operation.ts";
import { CommandId } from "./spec.ts";

export const Backup = z.object({ path: z.string(), at: z.iso.datetime(), bytes: z.int().min(0) });
export type Backup = z.infer<typeof Backup>;

export const backupList = operation({
  name: "backup.list",
  summary: "List the backups of the record, newest first.",
  params: z.strictObject({}),
  result: z.object({ backups: z.array(Backup) }),
  effect: "read",
  audience: ["person"],
  http: { method: "GET", path: "/api/v1/backups" },
});

export const backupMake = operation({
  name: "backup.make",
  summary: "Make a backup of the record now and check it.",
  params: z.strictObject({ commandId: CommandId }),
  result: Backup,
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/backups" },
});

export const backupRestore = operation({
  name: "backup.restore",
  summary: "Put a backup in the place of the record, which is kept beside it. Refused while something runs.",
  params: z.strictObject({
    /** Path or file name of a backup; the newest good one when left out. */
    backup: z.string().nullable().default(null),
    commandId: CommandId,
  }),
  /** `aside`: where the record that was there is now; null: there was none. */
  result: z.object({ restored: Backup, aside: z.string().nullable() }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/backups/restore" },
});
