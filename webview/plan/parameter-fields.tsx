import type { JSX } from "preact";
import { z } from "zod";
import { oneLine, t, visible } from "../text.ts";
import { commandText } from "./approve-dialog.tsx";
import { TextField, type EditProps, type Patch } from "./edit-fields.tsx";

const Json = z.record(z.string(), z.json());
const Argv = z.array(z.string()).min(1);

export function ParameterFields({ before, change, set, field }: EditProps): JSX.Element {
  const { instructions, command, cwd, env, extra } = before.parameters;
  const changed = change?.parameters ?? {};
  const own_ = Object.fromEntries(Object.entries({ ...extra, ...changed }).filter(([key]) => !KNOWN.has(key)));
  const extraChanged = Object.keys(changed).filter((key) => !KNOWN.has(key));
  const commandWas = command === null ? "" : commandText(command);
  const envWas = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return (
    <details class="edit-more">
      <summary>{t("Parameters")}</summary>
      <TextField
        id="edit-instructions"
        label={t("Instructions")}
        rows={5}
        was={oneLine(instructions) || t("empty")}
        {...field("parameters.instructions")}
        value={textOf(changed["instructions"], instructions)}
        read={(text) => ({ parameters: { instructions: text } })}
        set={set}
      />
      <TextField
        id="edit-command"
        label={t("Command")}
        rows={3}
        mono
        hint={t('Shell text, or a list such as ["npm", "test"].')}
        was={oneLine(commandWas) || t("none")}
        {...field("parameters.command")}
        value={textOf(changed["command"], commandWas)}
        read={readCommand}
        set={set}
      />
      <TextField
        id="edit-cwd"
        label={t("Folder")}
        was={cwd ?? t("the workspace")}
        {...field("parameters.cwd")}
        value={textOf(changed["cwd"], cwd ?? "")}
        read={(text) => ({ parameters: { cwd: text.trim() === "" ? null : text.trim() } })}
        set={set}
      />
      <TextField
        id="edit-env"
        label={t("Environment")}
        rows={2}
        mono
        hint={t("One NAME=value a line, on top of what the specification says.")}
        was={envWas.join(", ") || t("none")}
        {...field("parameters.env")}
        value={envText(changed["env"], envWas)}
        read={readEnvironment}
        set={set}
      />
      <TextField
        id="edit-extra"
        label={t("For the agent")}
        rows={3}
        mono
        hint={t('A JSON object; the agent gets it as it is, such as {"model": "small"}.')}
        was={Object.keys(extra).length === 0 ? t("none") : JSON.stringify(extra)}
        changed={extraChanged.length > 0}
        onUndo={() => {
          for (const key of extraChanged) field(`parameters.${key}`).onUndo();
        }}
        value={Object.keys(own_).length === 0 ? "" : JSON.stringify(own_, null, 2)}
        read={readExtra}
        set={set}
      />
    </details>
  );
}

const KNOWN: ReadonlySet<string> = new Set(["instructions", "command", "cwd", "env"]);

function readCommand(text: string): Patch | string {
  if (text.trim() === "") return { parameters: { command: null } };
  if (!text.trim().startsWith("[")) return { parameters: { command: text } };
  const words = parsed(Argv, text);
  return words === null ? t('A list is written like ["npm", "test"].') : { parameters: { command: words } };
}

function readEnvironment(text: string): Patch | string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const variables: Record<string, string> = {};
  for (const line of lines) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (!match) return t("“{0}” is not NAME=value.", visible(line.trim()));
    variables[match[1] ?? ""] = match[2] ?? "";
  }
  return { parameters: { env: variables } };
}

function readExtra(text: string): Patch | string {
  if (text.trim() === "") return { parameters: {} };
  const object = parsed(Json, text);
  if (object === null) return t('Write a JSON object such as {"model": "small"}.');
  const taken = Object.keys(object).find((key) => KNOWN.has(key));
  return taken === undefined ? { parameters: object } : t("{0} has a field of its own above.", taken);
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function textOf(changed: unknown, before: string): string {
  if (changed === undefined) return before;
  if (changed === null) return "";
  return typeof changed === "string" ? changed : JSON.stringify(changed);
}

function envText(changed: unknown, before: readonly string[]): string {
  const variables = z.record(z.string(), z.string()).safeParse(changed);
  const lines = variables.success ? Object.entries(variables.data).map(([name, value]) => `${name}=${value}`) : before;
  return lines.join("\n");
}
