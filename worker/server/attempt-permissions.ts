import { createHash } from "node:crypto";
import type { PermissionChoice, PermissionRequest } from "../../schemas/decision.ts";
import type { AttemptSink } from "../agents/adapter.ts";
import type { AttemptSupport } from "../run/ports.ts";
import type { Permissions } from "./permissions.ts";

/** Questions of one attempt that may be open at the same time: nobody answers more. */
const OPEN_AT_MOST = 100;
const TITLE_MOST = 1_000;
const SUBJECT_MOST = 10_000;
/** Part of a subject that is too long. */
const SUBJECT_KEPT = 9_900;

export interface AttemptAsker {
  readonly agent: string;
  readonly permissions: Permissions;
  readonly support: Pick<AttemptSupport, "ask">;
  readonly log: AttemptSink["log"];
}

/** How an attempt asks whether it may do something: what a person always allows is not asked, and a storm of questions is rejected. */
export function attemptPermissions({ agent, permissions, support, log }: AttemptAsker): AttemptSink["ask"] {
  let asked = 0;
  let open = 0;
  let rejected = 0;
  return async ({ tool, title, subject }) => {
    asked += 1;
    const request: PermissionRequest = {
      requestId: String(asked),
      agent,
      tool,
      title: title.slice(0, TITLE_MOST),
      subject: subject === null ? null : boundedSubject(subject),
    };
    const kept = await permissions.find(request);
    if (kept) {
      log("info", `${title}: allowed, as ${kept.by} has answered always (${kept.at})`);
      return "allow_always";
    }
    if (open >= OPEN_AT_MOST) {
      rejected += 1;
      if (rejected === 1) log("warn", `${title}: rejected, because ${OPEN_AT_MOST} questions of this attempt are open`);
      return "reject";
    }
    open += 1;
    const answer: PermissionChoice | "cancelled" = await support.ask(request);
    open -= 1;
    if (open === 0 && rejected > 1) log("warn", `${rejected} questions were rejected unasked`);
    if (open === 0) rejected = 0;
    log(answer === "reject" || answer === "cancelled" ? "warn" : "info", `${title}: ${WORDS[answer]}`);
    return answer;
  };
}

const WORDS: Readonly<Record<PermissionChoice | "cancelled", string>> = {
  allow_once: "allowed once",
  allow_session: "allowed until the execution ends",
  allow_always: "always allowed in this workspace",
  reject: "rejected",
  cancelled: "not answered, because the attempt is being stopped",
};

/** An answer holds for exactly what was asked, also where that is too long to be kept. */
function boundedSubject(subject: string): string {
  if (subject.length <= SUBJECT_MOST) return subject;
  return `${subject.slice(0, SUBJECT_KEPT)}… SHA-256 ${createHash("sha256").update(subject).digest("hex")}`;
}
