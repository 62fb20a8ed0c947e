import type { AgentAdapter } from "../../../schemas/agent.ts";
import { failed, failure, success, type Outcome } from "../../../schemas/failure.ts";

export type HttpSettings = Extract<AgentAdapter, { kind: "http" }>;

/** The headers that prove who asks, or why they cannot be made. Names in lower case. */
export function credentialsOf(
  { headers, tokenEnv, urls }: Pick<HttpSettings, "headers" | "tokenEnv" | "urls">,
  environment: NodeJS.ProcessEnv,
): Outcome<Record<string, string>> {
  const unusable = (why: string): Outcome<Record<string, string>> => failed(failure("agent_unavailable", why));
  if (urls.some((url) => new URL(url).username !== "" || new URL(url).password !== ""))
    return unusable("an address holds a name or a password: put the token into a variable and name it in tokenEnv");
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (tokenEnv === null) return success(own);
  const token = environment[tokenEnv] ?? "";
  if (token === "")
    return unusable(`the variable ${tokenEnv} is not set where the worker was started: set it and restart the worker`);
  return success({ ...own, authorization: `Bearer ${token}` });
}
