import type { KeptPermission } from "../../../schemas/kept-permission.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { clip, plain, table } from "../render/text.ts";

/** `planwright permissions`: what agents may always do in this workspace. */
export async function permissionsCommand(context: CommandContext): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { permissions } = await client.call("permission.list", {});
  if (context.json) context.terminal.json({ permissions });
  else
    context.terminal.print(
      permissions.length === 0
        ? "Nothing is always allowed: agents ask, or their definition decides."
        : `${rows(permissions)}\n\nTake it back with planwright permissions forget --agent AGENT, --subject TEXT or --all.`,
    );
  return EXIT.completed;
}

export interface ForgetOptions {
  readonly agent?: string;
  readonly subject?: string;
  readonly all: boolean;
}

/** `planwright permissions forget`: it is asked again. */
export async function forgetPermissionsCommand(
  context: CommandContext,
  { agent, subject, all }: ForgetOptions,
): Promise<ExitCode> {
  if (agent === undefined && subject === undefined && !all)
    throwFailure("bad_request", "say what is taken back: --agent AGENT, --subject TEXT or --all");
  const client = await context.connect(workspaceFolder(context));
  const which = { agent: agent ?? null, subject: subject ?? null };
  const { forgotten } = await client.call("permission.forget", { ...which, commandId: commandId() });
  if (context.json) context.terminal.json({ forgotten });
  else
    context.terminal.print(
      forgotten.length === 0
        ? "Nothing of that kind is always allowed."
        : `${rows(forgotten)}\n\nTaken back: it is asked again.`,
    );
  return EXIT.completed;
}

function rows(permissions: readonly KeptPermission[]): string {
  const cells = permissions.map(({ agent, tool, subject, by, at }) => [
    plain(agent),
    tool,
    clip(plain(subject), 80),
    plain(by),
    new Date(at).toLocaleString(),
  ]);
  return table([["AGENT", "MAY", "WHAT", "ALLOWED BY", "AT"], ...cells]);
}
