import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { throwFailure } from "../../../schemas/failure.ts";
import type { Backup } from "../../../schemas/operations/backup.ts";
import { backupTime, listBackups, prepareRestore, putRestored } from "../../store/backup.ts";
import { migrations } from "../../store/migrations.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

/** Backups of the record: made, listed, and put in its place (catalogue J2). */
export function backupHandlers(workspace: Workspace): Pick<Handlers, "backup.list" | "backup.make" | "backup.restore"> {
  return {
    "backup.list": async () => {
      const all = await Promise.all((await listBackups(folderOf(workspace))).map(described));
      return { backups: all.filter((backup) => backup !== null) };
    },
    "backup.make": async () => {
      const record = await workspace.recordIfKept();
      if (!record) throwFailure("not_found", "there is no record yet; it comes with the first plan that is kept");
      const made = await described(await record.house.backUp());
      return (
        made ?? throwFailure("unreadable", "the backup was removed as soon as it was made: look into the settings")
      );
    },
    "backup.restore": async ({ backup }) => {
      const candidates = backup === null ? await listBackups(folderOf(workspace)) : [named(workspace, backup)];
      if (candidates.length === 0) throwFailure("not_found", `there is no backup in ${folderOf(workspace)}`);
      const restored = await workspace.replaceRecord((path) => restore(candidates, path, workspace));
      workspace.options.leave();
      return restored;
    },
  };
}

/** The first that passes its check takes the place of the record. Throws when none does; then the record is as it was. */
async function restore(
  candidates: readonly string[],
  path: string,
  { options }: Workspace,
): Promise<{ restored: Backup; aside: string | null }> {
  const problems: string[] = [];
  for (const candidate of candidates) {
    const problem = await prepareRestore(candidate, path, migrations.length);
    const restored = problem === null ? await described(candidate) : null;
    if (restored) return { restored, aside: await putRestored(path, options.clock.wall()) };
    problems.push(`${candidate}: ${problem ?? "it is gone"}`);
  }
  throwFailure("unreadable", `nothing was restored, the record is as it was: ${problems.join("; ")}`);
}

function folderOf({ home }: Workspace): string {
  return join(home, "backups");
}

/** By its file name as `planwright backup --list` shows it, or by a path. */
function named(workspace: Workspace, name: string): string {
  const paths = isAbsolute(name) ? [name] : [join(folderOf(workspace), name), resolve(workspace.folder, name)];
  return (
    paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile()) ??
    throwFailure("not_found", `there is no backup "${name}": planwright backup --list shows them`)
  );
}

async function described(path: string): Promise<Backup | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  return { path, at: (backupTime(path) ?? found.mtime).toISOString(), bytes: found.size };
}
