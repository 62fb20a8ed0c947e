import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { executionOf, type ExecutionTarget } from "./execution-of.ts";
import { planTargetOf, type PlanTarget } from "./plan-of.ts";
import { showPlan } from "./show-plan.ts";
import { workspacePath } from "./spec-of.ts";
import { namedIn, type Named } from "./target.ts";
import { say } from "../say.ts";
import { fileIn } from "../folder-file.ts";

/** `planwright.openPlan(planId | spec, executionId?)`: the plan panel; of a spec its newest plan, of an execution the plan it runs. */
export async function openPlan(parts: Parts, args: readonly unknown[]): Promise<void> {
  const [first] = args;
  const isUri = typeof first === "string" && first.includes("://");
  const named = namedIn(args, [isUri ? "uri" : "planId", "executionId", "stepId"]);
  if (named.planId === undefined && named.executionId !== undefined) {
    const target = await executionOf(parts, named, { title: vscode.l10n.t("Open a Plan"), none: "" });
    if (target) await showExecution(parts, target, named.stepId);
    return;
  }
  const ofSpec = named.planId === undefined ? await newestOfSpec(parts, named) : undefined;
  const target =
    ofSpec ??
    (await planTargetOf(parts, named, {
      title: vscode.l10n.t("Open a Plan"),
      none: vscode.l10n.t("There is no plan yet: open a specification and plan it."),
      awaiting: false,
    }));
  if (target) showPlan(parts, target.session, { ...named, planId: target.planId });
}

async function showExecution(parts: Parts, target: ExecutionTarget, stepId: string | undefined): Promise<void> {
  const { session, executionId } = target;
  const known = session.model.view?.executions.find((one) => one.executionId === executionId);
  const { planId } = known ?? (await session.link.call("execution.get", { executionId }));
  showPlan(parts, session, { planId, executionId, stepId });
}

/** Undefined: no spec was named, or it was never planned. */
async function newestOfSpec({ session }: Parts, { uri, folder, specPath }: Named): Promise<PlanTarget | undefined> {
  const owner = uri ? session.of(uri) : folder === undefined ? session.folders[0] : session.byFolderUri(folder);
  const path = owner && uri ? workspacePath(owner, uri) : specPath;
  if (!owner || path === undefined) return undefined;
  const [newest] = (await owner.link.call("plan.list", { specPath: path, limit: 1 })).plans;
  return newest && { session: owner, planId: newest.planId };
}

/** `planwright.openReport(execution)`: the report as a rendered page. */
export async function openReport(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await executionOf(parts, namedIn(args, ["executionId"]), {
    title: vscode.l10n.t("Open a Report"),
    statuses: ["completed", "failed", "cancelled"],
    none: vscode.l10n.t("No execution has ended yet."),
  });
  if (!target) return;
  const { session, executionId } = target;
  const { files } = await session.link.call("execution.report", { executionId });
  const file = files.find((one) => one.endsWith(".md"));
  if (file === undefined) return;
  const uri = vscode.Uri.file(file);
  try {
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  } catch {
    // The extension that renders Markdown can be switched off.
    await vscode.window.showTextDocument(uri);
  }
}

/** `planwright.openArtifact`: a file that a step made. */
export async function openArtifact({ session }: Parts, args: readonly unknown[]): Promise<void> {
  const { uri, folder, path } = namedIn(args, ["path"]);
  const owner = folder === undefined ? session.folders[0] : session.byFolderUri(folder);
  const file = uri ?? (owner && path !== undefined ? fileIn(owner.folder, path) : null);
  if (file === null) return;
  try {
    // The editor that suits the file: pictures, notebooks and PDFs are artifacts, too.
    await vscode.commands.executeCommand("vscode.open", file);
  } catch {
    const message = vscode.l10n.t("{0} is no longer there.", vscode.workspace.asRelativePath(file));
    await say("error", message);
  }
}

/** `planwright.openSpec(execution | plan, line?)`: the spec, at the line of the step that is meant. */
export async function openSpec(parts: Parts, args: readonly unknown[]): Promise<void> {
  const named = namedIn(args, ["executionId", "stepId"]);
  const place = await placeOf(parts, named);
  if (!place) return;
  const position = new vscode.Position(Math.max((named.line ?? place.line ?? 1) - 1, 0), 0);
  await vscode.window.showTextDocument(place.uri, { selection: new vscode.Range(position, position) });
}

interface Place {
  readonly uri: vscode.Uri;
  /** From 1. */
  readonly line: number | null;
}

async function placeOf(parts: Parts, named: Named): Promise<Place | undefined> {
  const { uri, folder, specPath, planId, stepId } = named;
  if (uri) return { uri, line: null };
  const owner = folder === undefined ? parts.session.folders[0] : parts.session.byFolderUri(folder);
  if (owner && specPath !== undefined && stepId === undefined) {
    return { uri: vscode.Uri.joinPath(owner.folder.uri, specPath), line: null };
  }
  const target =
    planId === undefined
      ? await executionOf(parts, named, {
          title: vscode.l10n.t("Open a Specification"),
          none: vscode.l10n.t("There is no execution yet."),
        })
      : await planTargetOf(parts, named, { title: "", none: "", awaiting: false });
  if (!target) return undefined;
  const { link } = target.session;
  const id =
    "planId" in target ? target.planId : (await link.call("execution.get", { executionId: target.executionId })).planId;
  const { plan } = await link.call("plan.get", { planId: id });
  const step = plan.steps.find((one) => one.id === stepId);
  return { uri: vscode.Uri.joinPath(target.session.folder.uri, plan.specPath), line: step?.line ?? null };
}
