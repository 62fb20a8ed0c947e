import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { ZodError } from "zod";
import { failure, type Failure } from "../../../schemas/failure.ts";
import { PRIVATE_ADDRESS } from "../http/addresses.ts";

/** Why a server could not be used, from what its connection threw. `what` begins the sentence, such as "tool x of agent y". */
export function mcpFailure(error: unknown, what: string, agentId: string): Failure {
  const said = error instanceof Error ? error.message.slice(0, 2_000) : String(error).slice(0, 2_000);
  if (error instanceof UnauthorizedError) return needsLogin(agentId, said);
  if (error instanceof StreamableHTTPError) return statusFailure(error.code ?? 0, what, agentId, said);
  if (error instanceof McpError) {
    switch (error.code) {
      case ErrorCode.RequestTimeout:
        return failure("timeout", `${what} did not answer in time`);
      case ErrorCode.ConnectionClosed:
        return failure("crash", `${what}: the server closed the connection before it answered`);
      default:
        return failure("agent_error", `${what} failed: ${said}`, { details: { error: error.code } });
    }
  }
  if (error instanceof ZodError)
    return failure("protocol_error", `${what} answered what the protocol does not know: ${firstIssue(error)}`);
  const code = causeOf(error);
  if (code === PRIVATE_ADDRESS)
    return failure(
      "agent_unavailable",
      `${what}: ${said}, which is not allowed: set "allowPrivate": true of its server if that is meant`,
    );
  if (code !== null) return failure("transport", `${what}: its server cannot be reached (${code})`);
  return failure("protocol_error", `${what}: ${said}`);
}

function statusFailure(status: number, what: string, agentId: string, said: string): Failure {
  const details = { status };
  if (status === 401 || status === 403) return needsLogin(agentId, said);
  if (status === 429) return failure("rate_limit", `${what}: ${said}`, { details });
  if (status >= 500) return failure("transport", `${what}: ${said}`, { details });
  return failure("protocol_error", `${what}: ${said}`, { details });
}

function needsLogin(agentId: string, said: string): Failure {
  const text = `the server of agent ${agentId} wants to know who asks: name the variable that holds its token in "tokenEnv" (${said})`;
  return failure("needs_login", text);
}

function firstIssue({ issues }: ZodError): string {
  const [issue] = issues;
  return issue === undefined ? "not understood" : `${issue.path.join(".")}: ${issue.message}`;
}

/** The code of a system's error, also when another one stands around it. */
function causeOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if ("code" in at && typeof at.code === "string") return at.code;
  return null;
}
