import type { ModelSettings } from "./model-answer.ts";

/** Where the value of a name is: given by an editor, or a variable of the worker's environment. */
export type SecretOf = (name: string) => string | undefined;

type Service = Exclude<ModelSettings["provider"], "vscode">;

/** Which variable holds the key of each service by custom; null: many services of this kind want none. */
const USUAL_KEYS: Readonly<Record<Service, string | null>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  google: "GOOGLE_GENERATIVE_AI_API_KEY",
  "openai-compatible": null,
};

/** The name under which the key of an agent is looked for; null: it has none. */
export function keyName({ provider, key }: ModelSettings): string | null {
  return key ?? (provider === "vscode" ? null : USUAL_KEYS[provider]);
}

export type FoundKey =
  { readonly kind: "key"; readonly value: string | null } | { readonly kind: "missing"; readonly advice: string };

/** The key that an agent needs, or what to do when it is not there. */
export function keyOf(settings: ModelSettings, secret: SecretOf): FoundKey {
  const name = keyName(settings);
  if (name === null) return { kind: "key", value: null };
  const value = secret(name)?.trim() ?? "";
  return value === "" ? { kind: "missing", advice: howToSet(name) } : { kind: "key", value };
}

/** Follows a colon. */
export function howToSet(name: string): string {
  return `set the variable ${name} where the worker is started and restart the worker, or give the key to VS Code with "Planwright: Set Model Key"`;
}

/** Why an agent cannot be used as things are; null: nothing stands in its way. */
export function modelObstacle(settings: ModelSettings, secret: SecretOf, hasEditor: boolean): string | null {
  if (settings.provider === "vscode")
    return hasEditor ? null : "it uses the models of VS Code, and no window of this folder is open: open one";
  const { urls, provider } = settings;
  if (provider === "openai-compatible" && urls.length === 0)
    return "it names no address: write where the service is into urls, such as http://127.0.0.1:11434/v1";
  if (urls.some((url) => new URL(url).username !== "" || new URL(url).password !== ""))
    return "an address holds a name or a password: put the key into a variable and name it in key";
  const found = keyOf(settings, secret);
  return found.kind === "missing" ? `its key ${keyName(settings) ?? ""} is not set: ${found.advice}` : null;
}
