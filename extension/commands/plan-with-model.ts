import { randomUUID } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import type { AgentView } from "../../schemas/agent.ts";
import type { ParamsIn, ResultOf } from "../../schemas/operations/table.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { label, plain } from "../plain-text.ts";
import { ask, say } from "../say.ts";
import { askForInputs } from "./ask-for-inputs.ts";
import { patiently } from "./plan-spec.ts";
import { showPlan } from "./show-plan.ts";
import { specOf, type SpecFile } from "./spec-of.ts";
import { namedIn } from "./target.ts";

/** What agents that plan should be able to do; those that say so stand first. */
const CAPABILITY = "task_decomposition";

interface AgentItem extends vscode.QuickPickItem {
  readonly agent: string;
}

/** `planwright.planWithModel(uri)`: has an agent take the saved spec apart, and shows the plan. */
export async function planWithModel(parts: Parts, args: readonly unknown[]): Promise<void> {
  const title = vscode.l10n.t("Plan with a Model");
  const spec = await specOf(parts, namedIn(args, ["uri"]), title);
  if (!spec) return;
  const agent = await plannerOf(spec, title);
  if (agent === undefined) return;
  const inputs = await askForInputs(parts, spec, {});
  if (!inputs) return;
  const answer = await makeWithModel(spec, { inputs }, agent);
  if (!answer) return;
  const { planId, planner } = answer.plan;
  showPlan(parts, spec.session, { planId, specPath: spec.path });
  if (planner.kind === "structural" && planner.note !== null) await say("warning", planner.note);
}

/** The agent that the person picks. Undefined: none. */
async function plannerOf({ session }: SpecFile, title: string): Promise<string | undefined> {
  const { agents } = await session.link.call("agent.list", {});
  const able = agents.filter(mayPlan).sort((a, b) => Number(decomposes(b)) - Number(decomposes(a)));
  const items = able.map(({ id, name, url, argv }): AgentItem => ({
    agent: id,
    label: label(id),
    description: label(name),
    detail: label(url ?? argv?.join(" ") ?? ""),
  }));
  if (items.length === 0) {
    await say(
      "information",
      vscode.l10n.t(
        "No agent can plan here: add a language model to .planwright/agents.json, or install a coding agent.",
      ),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t("Who is to plan?") });
  return picked?.agent;
}

/** As the worker sees it: agents that answer a prompt with a text. */
function mayPlan({ adapter, argv, available, simulated }: AgentView): boolean {
  const isAble =
    adapter === "llm" || adapter === "http" || adapter === "acp" || (adapter === "command" && argv !== null);
  return isAble && available && !simulated;
}

function decomposes({ capabilities }: AgentView): boolean {
  return capabilities.some(({ name }) => name === CAPABILITY);
}

type Reading = NonNullable<ParamsIn<"plan.create">["reading"]>;

/** Plans, after asking whether an agent of the workspace's file may have the spec. Undefined: the person did not want it, or to wait. */
async function makeWithModel(
  { session, path: specPath, uri }: SpecFile,
  reading: Reading,
  agent: string,
): Promise<ResultOf<"plan.create"> | undefined> {
  const make = (accept: string | null): Promise<ResultOf<"plan.create"> | undefined> =>
    patiently(
      path.basename(uri.fsPath),
      session.link.call("plan.create", {
        path: specPath,
        reading,
        keep: true,
        planner: { agent, accept },
        commandId: randomUUID(),
      }),
    );
  try {
    return await make(null);
  } catch (error) {
    const details = failureOf(error)?.code === "not_approved" ? failureOf(error)?.details : undefined;
    const [hash, what] = [details?.["hash"], details?.["what"]];
    if (typeof hash !== "string" || typeof what !== "string") throw error;
    const allow = vscode.l10n.t("Allow");
    const question = vscode.l10n.t("May the agent “{0}” get specifications of this folder to plan?", plain(agent));
    const chosen = await ask(
      question,
      vscode.l10n.t("It stands in .planwright/agents.json and {0}.", plain(what)),
      allow,
    );
    return chosen === allow ? make(hash) : undefined;
  }
}
