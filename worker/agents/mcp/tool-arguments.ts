import { z } from "zod";
import { failed, failure, success, type Outcome } from "../../../schemas/failure.ts";
import type { JsonValue } from "../adapter.ts";

/**
 * Whether arguments are what a tool says that it takes. A schema that cannot be read here (JSON Schema has corners that few know) is left to the
 * server, which checks them anyway.
 */
export function checkedArguments(
  schema: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, JsonValue>>,
  tool: string,
): Outcome<Readonly<Record<string, JsonValue>>> {
  const read = schemaOf(schema)?.safeParse(values);
  if (read === undefined || read.success) return success(values);
  const [issue] = read.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  const text = `the arguments of tool ${tool} are not what it takes${where}: ${issue?.message ?? "not understood"}. Correct "arguments" of the agent, or the step's parameters`;
  return failed(failure("bad_spec", text));
}

function schemaOf(schema: Readonly<Record<string, unknown>>): z.ZodType | null {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return null;
  }
}
