import type { AgentDefinition } from "../../../schemas/agent.ts";
import type { AttemptContext, AttemptSink } from "../adapter.ts";
import type { AcpAdapter } from "./launch.ts";
import { optionFor, policyFor, subjectOf, type PermissionOption } from "./permissions.ts";
import type { KnownCall } from "./tool-calls.ts";
import type { Transcript } from "./transcript.ts";

export interface PermissionDeskOptions {
  readonly agent: AgentDefinition & { readonly adapter: AcpAdapter };
  readonly context: Pick<AttemptContext, "folder" | "workspace">;
  readonly sink: Pick<AttemptSink, "ask" | "message">;
  readonly transcript: Transcript;
  /** A person is asked, until the function that it returns is called. */
  readonly waits: () => () => void;
}

export type PermissionOutcome =
  { readonly outcome: "cancelled" } | { readonly outcome: "selected"; readonly optionId: string };

/** Answers an agent that asks whether it may: policy first, then a person (catalogue F1). */
export class PermissionDesk {
  readonly #options: PermissionDeskOptions;
  /** What a person has just allowed and what then may come as a request to do it: nobody is asked twice. */
  readonly #granted = new Set<string>();
  readonly #closed = Promise.withResolvers<"cancelled">();

  constructor(options: PermissionDeskOptions) {
    this.#options = options;
  }

  /** Whatever is still open is answered as cancelled, and so is what comes later. */
  close(): void {
    this.#closed.resolve("cancelled");
  }

  async answer(call: KnownCall, options: readonly PermissionOption[]): Promise<PermissionOutcome> {
    const decision = await this.decide(call);
    if (decision === "cancelled") return { outcome: "cancelled" };
    const isAllowed = decision === "allow";
    const optionId = optionFor(isAllowed, options);
    if (optionId !== null) return { outcome: "selected", optionId };
    this.#options.transcript.odd(`it offers no option that ${isAllowed ? "allows" : "rejects"} what it asks for`);
    return { outcome: "cancelled" };
  }

  /** Whether it may, by policy or by a person. `isFollowUp`: it may be what was just allowed, on its way to be done. */
  async decide(call: KnownCall, isFollowUp = false): Promise<"allow" | "reject" | "cancelled"> {
    const { agent, context, sink, transcript, waits } = this.#options;
    const { permissions, adapter } = agent;
    const { folder, workspace } = context;
    const { policy, reason } = await policyFor(call, { permissions, tools: adapter.tools, folder, workspace });
    const subject = subjectOf(call, folder);
    const title = call.title === "" ? (subject ?? call.kind).slice(0, 1_000).toWellFormed() : call.title;
    const what = `${call.kind}: ${title}`;
    const key = `${call.kind} ${subject ?? ""}`;
    if (policy === "ask" && isFollowUp && this.#granted.delete(key)) return "allow";
    if (policy !== "ask") {
      const [level, word] = policy === "allow" ? (["debug", "allowed"] as const) : (["warn", "rejected"] as const);
      transcript.note(level, `${word} by policy, because ${reason}: ${what}`, {
        type: "permission",
        tool: call.kind,
        decision: policy,
        by: "policy",
      });
      return policy;
    }
    transcript.note("info", `a person is asked, because ${reason}: ${what}`, { type: "permission", tool: call.kind });
    const release = waits();
    const choice = await Promise.race([sink.ask({ tool: call.kind, title, subject }), this.#closed.promise]);
    release();
    sink.message("response", { permission: call.kind, title, subject, choice });
    if (choice === "cancelled") return "cancelled";
    const decision = choice === "reject" ? "reject" : "allow";
    transcript.note(
      decision === "allow" ? "info" : "warn",
      `${decision === "allow" ? "allowed" : "rejected"}: ${what}`,
      {
        type: "permission",
        tool: call.kind,
        decision: choice,
        by: "person",
      },
    );
    if (decision === "allow" && !isFollowUp) this.#granted.add(key);
    return decision;
  }
}
