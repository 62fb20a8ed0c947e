import type { OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import type { ModelSettings } from "./model-answer.ts";

/** A model as the providers of the AI SDK have it. */
export type ServiceModel = ReturnType<OpenAICompatibleProvider["chatModel"]>;

type Service = Exclude<ModelSettings["provider"], "vscode">;

/** Where each service is. Variables such as ANTHROPIC_BASE_URL do not count: where a key is sent is part of what was approved. */
const USUAL_PLACES: Readonly<Record<Exclude<Service, "openai-compatible">, string>> = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
  google: "https://generativelanguage.googleapis.com/v1beta",
};

/** The addresses of an agent's service, in its own order. */
export function placesOf({ provider, urls }: ModelSettings): readonly string[] {
  if (urls.length > 0 || provider === "vscode" || provider === "openai-compatible") return urls;
  return [USUAL_PLACES[provider]];
}

/** A redirect would take the key, and what is asked, to a place that nobody has approved. */
const withoutRedirects: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "error" });

/** A model of a service. Each provider is loaded when it is used for the first time. */
export async function openService(
  { provider, model }: ModelSettings,
  baseURL: string,
  key: string | null,
): Promise<Pick<ServiceModel, "doStream">> {
  const common = { baseURL, fetch: withoutRedirects, ...(key === null ? {} : { apiKey: key }) };
  switch (provider) {
    case "openai-compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      return createOpenAICompatible({ ...common, name: "service", includeUsage: true }).chatModel(model);
    }
    case "openai":
      return (await import("@ai-sdk/openai")).createOpenAI(common)(model);
    case "anthropic":
      return (await import("@ai-sdk/anthropic")).createAnthropic(common)(model);
    case "google":
      return (await import("@ai-sdk/google")).createGoogle(common)(model);
    case "vscode":
      throw new Error("the models of VS Code are no service");
  }
}
