import { basename } from "node:path";
import type { Backup } from "../../../schemas/operations/backup.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain, table } from "../render/text.ts";

/** `planwright backup`: makes a backup of the record now; with `--list` shows those that there are. */
export async function backupCommand(context: CommandContext, list: boolean): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { terminal } = context;
  if (list) {
    const { backups } = await client.call("backup.list", {});
    if (context.json) terminal.json({ backups });
    else if (backups.length === 0) terminal.print("There is no backup yet. Next: planwright backup");
    else terminal.print(table([["BACKUP", "MADE", "SIZE"], ...backups.map(row)]));
    return EXIT.completed;
  }
  const backup = await client.call("backup.make", { commandId: commandId() });
  if (context.json) terminal.json(backup);
  else terminal.print(`${plain(backup.path)}: ${size(backup)}, checked`);
  return EXIT.completed;
}

/** `planwright restore [BACKUP]`: puts a backup in the place of the record, after asking. */
export async function restoreCommand(
  context: CommandContext,
  name: string | undefined,
  yes: boolean,
): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { terminal } = context;
  const { backups } = await client.call("backup.list", {});
  const chosen = name ?? backups[0]?.path ?? throwFailure("not_found", "there is no backup yet");
  if (!yes) {
    if (context.json || !terminal.canAsk)
      throwFailure("bad_request", `nobody can be asked here: planwright restore ${basename(chosen)} --yes does it`);
    const question = `What was recorded after ${basename(chosen)} will be missing. Put it in the place of the record?`;
    if (!(await terminal.confirm(plain(question)))) {
      terminal.print("Nothing was changed.");
      return EXIT.cancelled;
    }
  }
  const done = await client.call("backup.restore", { backup: name ?? null, commandId: commandId() });
  if (context.json) terminal.json(done);
  else {
    if (name === undefined && done.restored.path !== chosen)
      terminal.print(`${plain(basename(chosen))} cannot be used, so an older one was taken.`);
    terminal.print(`Restored from ${plain(basename(done.restored.path))}, made ${when(done.restored)}.`);
    if (done.aside !== null) terminal.print(`The record that was there is kept as ${plain(done.aside)}.`);
    terminal.print("Executions that ran when it was made show as interrupted: planwright status");
  }
  return EXIT.completed;
}

function row(backup: Backup): string[] {
  return [plain(basename(backup.path)), when(backup), size(backup)];
}

function when({ at }: Backup): string {
  return new Date(at).toLocaleString();
}

function size({ bytes }: Backup): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
