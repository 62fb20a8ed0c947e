import { throwFailure } from "../../../schemas/failure.ts";
import { workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { clip, plain, table } from "../render/text.ts";

/** `planwright roles [NAME]`: what agents can be in a step; with a name the template of that role, ready to be changed. */
export async function rolesCommand(context: CommandContext, name: string | undefined): Promise<ExitCode> {
  const client = await context.connect(workspaceFolder(context));
  const { roles, places, problems } = await client.call("role.list", {});
  const { terminal } = context;
  for (const problem of problems) terminal.error(plain(problem));
  const exit = problems.length > 0 ? EXIT.usage : EXIT.completed;
  if (name !== undefined) {
    const role = roles.find(({ id }) => id === name);
    if (!role) throwFailure("not_found", `there is no role "${name}": planwright roles lists them`);
    if (context.json) terminal.json(role);
    // As it is, so that it can go into a file.
    else terminal.print(role.template.trimEnd());
    return exit;
  }
  if (context.json) {
    terminal.json({ roles, places, problems });
    return exit;
  }
  const rows = roles.map(({ id, summary, writes, path }) => [
    plain(id),
    plain(path ?? "built in"),
    writes ? "changes files" : "looks",
    clip(plain(summary), 80),
  ]);
  const meanings = Object.entries(places).map(([place, meaning]) => [`{{${place}}}`, meaning]);
  terminal.print(
    [
      table([["ROLE", "TEMPLATE", "STEPS", "WHAT IT DOES"], ...rows]),
      `\nPlaces of templates:\n${table(meanings)}`,
      "\nTo change what a role is told: planwright roles coder > .planwright/roles/coder.md",
    ].join("\n"),
  );
  return exit;
}
