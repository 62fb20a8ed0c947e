import { z } from "zod";
import { ToolKind } from "../../../schemas/agent.ts";

/**
 * What an agent tells while it works: `SessionUpdate` of the Agent Client Protocol, version 1. Read less strictly than the SDK does:
 * agents are ahead of and behind the protocol, and a wrong detail must not take the rest with it.
 */

const Text = z.looseObject({ type: z.string(), text: z.string().optional(), uri: z.string().optional() });

const Diff = z.looseObject({
  type: z.literal("diff"),
  path: z.string(),
  oldText: z.string().nullish().catch(null),
  newText: z.string(),
});

/** Of a tool call, whatever is told of it: what is left out stays as it was. */
const ToolCall = z.looseObject({
  toolCallId: z.string().min(1),
  title: z.string().nullish().catch(null),
  kind: ToolKind.nullish().catch("other"),
  status: z.enum(["pending", "in_progress", "completed", "failed"]).nullish().catch(null),
  content: z.array(z.unknown()).nullish().catch(null),
  locations: z
    .array(z.looseObject({ path: z.string(), line: z.number().nullish().catch(null) }))
    .nullish()
    .catch(null),
  rawInput: z.unknown().optional(),
});

const Chunk = z.looseObject({ content: Text, _meta: z.record(z.string(), z.unknown()).nullish().catch(null) });

const PlanEntry = z.looseObject({
  content: z.string(),
  status: z.enum(["pending", "in_progress", "completed"]).catch("pending"),
});

const KNOWN = z.discriminatedUnion("sessionUpdate", [
  Chunk.extend({ sessionUpdate: z.literal("agent_message_chunk") }),
  Chunk.extend({ sessionUpdate: z.literal("agent_thought_chunk") }),
  ToolCall.extend({ sessionUpdate: z.literal("tool_call") }),
  ToolCall.extend({ sessionUpdate: z.literal("tool_call_update") }),
  z.looseObject({ sessionUpdate: z.literal("plan"), entries: z.array(PlanEntry) }),
  z.looseObject({
    sessionUpdate: z.literal("usage_update"),
    used: z.number().catch(0),
    cost: z.looseObject({ amount: z.unknown(), currency: z.string() }).nullish().catch(null),
  }),
]);

/** Known to the protocol and of no use here. */
const IGNORED: ReadonlySet<string> = new Set([
  ...["user_message_chunk", "available_commands_update", "current_mode_update", "config_option_update"],
  ...["session_info_update", "plan_update", "plan_removed", "compaction_update", "compaction_summary_chunk"],
]);

export type SessionUpdate = z.infer<typeof KNOWN>;
export type ToolCallUpdate = Extract<SessionUpdate, { sessionUpdate: "tool_call" | "tool_call_update" }>;

export type ReadUpdate =
  | { readonly kind: "update"; readonly sessionId: string; readonly update: SessionUpdate }
  | { readonly kind: "ignored" }
  | { readonly kind: "wrong"; readonly why: string };

/** Reads the parameters of a `session/update`. */
export function readUpdate(params: unknown): ReadUpdate {
  const told = toldIn(params);
  if (told === null) return { kind: "wrong", why: "an update without its session or kind was ignored" };
  const { sessionId, update, kind } = told;
  const known = KNOWN.safeParse(update);
  if (known.success) return { kind: "update", sessionId, update: known.data };
  if (IGNORED.has(kind)) return { kind: "ignored" };
  const isKnown = KNOWN.options.some(({ shape }) => shape.sessionUpdate.value === kind);
  if (!isKnown)
    return { kind: "wrong", why: `updates of the kind ${JSON.stringify(kind)} are not known and are ignored` };
  const [issue] = known.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  return { kind: "wrong", why: `a wrong update of the kind ${JSON.stringify(kind)}${where} was ignored` };
}

/** By hand, because every piece of a message comes this way. */
function toldIn(params: unknown): { sessionId: string; update: object; kind: string } | null {
  if (typeof params !== "object" || params === null || !("sessionId" in params) || !("update" in params)) return null;
  const { sessionId, update } = params;
  if (typeof update !== "object" || update === null || !("sessionUpdate" in update)) return null;
  const { sessionUpdate: kind } = update;
  return typeof sessionId === "string" && typeof kind === "string"
    ? { sessionId, update, kind: kind.slice(0, 200) }
    : null;
}

/** The tool call that a permission is asked for, as far as it is told there. */
export function readToolCall(value: unknown): ToolCallUpdate | null {
  const read = ToolCall.safeParse(value);
  return read.success ? { ...read.data, sessionUpdate: "tool_call_update" } : null;
}

/** What a tool call changes in a file. */
export interface FileDiff {
  readonly path: string;
  readonly oldText: string | null;
  readonly newText: string;
}

/** The changes among the contents of a tool call. */
export function diffsOf(content: readonly unknown[] | null | undefined): FileDiff[] {
  return (content ?? []).flatMap((part) => {
    const read = Diff.safeParse(part);
    return read.success
      ? [{ path: read.data.path, oldText: read.data.oldText ?? null, newText: read.data.newText }]
      : [];
  });
}
