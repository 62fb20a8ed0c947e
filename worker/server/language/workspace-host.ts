import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ExecutionSummary } from "../../../schemas/execution.ts";
import { recordedHistory } from "../../insight/calibration.ts";
import { listExecutions } from "../../store/executions.ts";
import { PLAIN_READING } from "../../../schemas/spec.ts";
import { readBudget } from "../budget-file.ts";
import { companionOf } from "../companion-file.ts";
import { viewedExecution } from "../handlers/execution.ts";
import { readingOf } from "../specs-file.ts";
import { readSpecFile } from "../spec-file.ts";
import { wayInside } from "../way-inside.ts";
import type { Workspace } from "../workspace.ts";
import type { LanguageHost, LastRun } from "./language-host.ts";

/** A spec whose last run is further back than this is shown without one. */
const EXECUTIONS_READ = 500;

/** The workspace as the language server sees it. */
export function workspaceHost(workspace: Workspace, onBug: (what: string, error: unknown) => void): LanguageHost {
  const { clock, registry } = workspace.options;
  const runs = new Map<string, { readonly change: number; readonly at: number; readonly run: LastRun | null }>();
  let change = 0;
  // A record that cannot be read takes nothing away from what the text alone tells.
  const orNothing = (error: unknown): null => {
    onBug("reading the record for an editor", error);
    return null;
  };
  const readRun = async (specPath: string): Promise<LastRun | null> => {
    const record = await workspace.recordIfKept();
    const last = record && listExecutions(record.database, EXECUTIONS_READ).find((one) => one.specPath === specPath);
    return last ? runOf(workspace, last) : null;
  };
  return {
    clock,
    onBug,
    agents: () => registry.list(),
    refreshAgents: () => registry.refresh(),
    onChange: (listener) =>
      workspace.onChange(() => {
        change += 1;
        listener();
      }),
    specPathOf: (uri) => specPathOf(workspace.folder, uri),
    fileOf: (path) => fileOf(workspace.folder, path),
    async optionsOf(specPath) {
      const { reading } = await readingOf(workspace.folder, specPath, PLAIN_READING);
      return { dialect: reading.dialect, companion: await companionOf(workspace.folder, specPath) };
    },
    async opened(spec) {
      const file = await readSpecFile(workspace.folder, spec.path).catch(() => null);
      return workspace.editors.opened(spec, file?.text ?? null);
    },
    async history() {
      const record = await workspace.recordIfKept().catch(orNothing);
      return record && recordedHistory(record.database, clock.wall());
    },
    budget: async () => (await readBudget(workspace.folder)).set,
    roles: () => workspace.roles.read(),
    async lastRun(specPath) {
      const known = runs.get(specPath);
      const [now, asked] = [clock.monotonic(), change];
      if (known?.change === asked && now - known.at < RUN_FRESH_MS) return known.run;
      const run = await readRun(specPath).catch(orNothing);
      runs.set(specPath, { change: asked, at: now, run });
      if (runs.size > RUNS_KEPT) runs.delete([...runs.keys()][0] ?? "");
      return run;
    },
  };
}

/** As long as nothing has moved, only the time of what runs is another. */
const RUN_FRESH_MS = 1_000;
const RUNS_KEPT = 50;

async function runOf(workspace: Workspace, { executionId }: ExecutionSummary): Promise<LastRun> {
  const { view } = await viewedExecution(workspace, executionId);
  return {
    executionId,
    status: view.status,
    simulated: view.simulated,
    duration: view.progress.elapsed,
    cost: view.costs.total,
    currency: view.costs.currency,
    steps: new Map(view.steps.map((step) => [step.id, step])),
  };
}

/** A file that is not there yet has the real path of its folder. */
async function specPathOf(folder: string, uri: string): Promise<string | null> {
  if (!uri.startsWith("file:")) return null;
  try {
    const path = fileURLToPath(uri);
    const real = await realpath(path).catch(async () => join(await realpath(dirname(path)), basename(path)));
    return wayInside(folder, real) || null;
  } catch {
    return null;
  }
}

async function fileOf(folder: string, path: string): Promise<string | null> {
  try {
    const full = resolve(folder, path);
    if (!wayInside(folder, full) || !(await stat(full)).isFile()) return null;
    return pathToFileURL(full).href;
  } catch {
    return null;
  }
}
