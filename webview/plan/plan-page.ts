import { batch, computed, signal } from "@preact/signals";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import type { ExecutionView, StepDetail } from "../../schemas/execution.ts";
import type { WorkspaceView } from "../../schemas/operations/subscription.ts";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { PlanLayout } from "../../schemas/plan-layout.ts";
import type { StepModification, PlanStep } from "../../schemas/plan.ts";
import type { PlanPanelState } from "../../schemas/webview.ts";
import type { Host } from "../bridge.ts";
import { follow } from "../follow.ts";
import { KeptState, type Arrangement, type Tab } from "./kept-state.ts";
import { RunFollower } from "./run-follower.ts";
import type { Transform } from "./viewport.ts";
import { criticalSteps } from "./critical-steps.ts";
import { fitDraft } from "./draft.ts";
import { leftOutNote } from "./left-out-note.ts";

export type PlanAnswer = ResultOf<"plan.get">;
export type Loading<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "there"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: Failure };

const PREVIEW_DELAY_MS = 250;
const DETAIL_DELAY_MS = 250;

/** Everything that the page shows. Components read it; `plan-commands.ts` does what a person asks. */
export class PlanPage {
  readonly host: Host;
  readonly shown = signal<PlanPanelState | null>(null);
  readonly saved = signal<Loading<PlanAnswer>>({ kind: "loading" });
  /** Changes that are not in the recorded plan. */
  readonly draft = signal<readonly StepModification[]>([]);
  /** The plan with these changes; null while there are none or the worker has not answered. */
  readonly preview = signal<PlanAnswer | null>(null);
  /** Why the changes cannot be made. */
  readonly previewFailure = signal<Failure | null>(null);
  readonly layout = signal<Loading<PlanLayout>>({ kind: "loading" });
  readonly workspace = signal<WorkspaceView | null>(null);
  /** The execution as a whole; its steps and its progress are in `run`. */
  readonly execution = signal<ExecutionView | null>(null);
  readonly run: RunFollower;
  readonly selected = signal<string | null>(null);
  readonly detail = signal<StepDetail | null>(null);
  readonly tab = signal<Tab>("plan");
  readonly arrangement = signal<Arrangement>("both");
  readonly direction = signal<PlanLayout["direction"]>("down");
  readonly transform = signal<Transform | null>(null);
  /** The operation that is under way, so that nothing is asked twice. */
  readonly busy = signal<string | null>(null);
  /** Why the last thing that was asked could not be done. */
  readonly problem = signal<Failure | null>(null);
  /** Counts how often the inspector was asked for, so that it can take the focus then and only then. */
  readonly inspections = signal(0);
  /** Something to know about what was done last. */
  readonly note = signal<string | null>(null);
  /** The execution whose end was asked for here and not yet answered. */
  readonly cancelling = signal<string | null>(null);

  readonly answer = computed(
    () => this.preview.value ?? (this.saved.value.kind === "there" ? this.saved.value.value : null),
  );
  readonly plan = computed(() => this.answer.value?.plan ?? null);
  readonly steps = computed(() => new Map((this.plan.value?.steps ?? []).map((step) => [step.id, step])));
  readonly savedSteps = computed(
    () =>
      new Map(
        (this.saved.value.kind === "there" ? this.saved.value.value.plan.steps : []).map((step) => [step.id, step]),
      ),
  );
  readonly numbers = computed(() => new Map((this.plan.value?.steps ?? []).map(({ id }, index) => [id, index + 1])));
  readonly critical = computed(() => criticalSteps(this.plan.value?.criticalPath ?? []));
  readonly revised = computed(
    () => new Map((this.answer.value?.revision?.steps ?? []).map((step) => [step.stepId, step])),
  );
  /** What an execution that is started here is to run; null: everything. */
  readonly scope = computed(() => this.shown.value?.scope ?? null);
  /** Steps about which a person is asked. */
  readonly asked = computed(() => new Set(this.run.progress.value?.decisions.map(({ stepId }) => stepId) ?? []));
  readonly connected = computed(() => this.host.worker.value.state !== "lost");
  /** Executions of this plan, newest first. */
  readonly executions = computed(() => {
    const planId = this.plan.value?.planId;
    const shown = this.shown.value?.executionId;
    return (this.workspace.value?.executions ?? []).filter((one) => one.planId === planId || one.executionId === shown);
  });

  /** What is wrong with budget.json and hooks.json: the worker refuses every approval and start until it is repaired. */
  get fileProblems(): readonly string[] {
    const { budgetProblems = [], hookProblems = [] } = this.workspace.value ?? {};
    return [...budgetProblems, ...hookProblems];
  }

  /** Whether executions that are started here tick the boxes of the spec. */
  writeBack = true;
  /** Where the keyboard goes on after the inspector was closed. */
  lastSelected: string | null = null;
  /** Changes in the plan that was shown before, until the steps of this one are known. */
  #carried: readonly StepModification[] = [];
  #inspectionsTaken = 0;
  #loads = 0;
  #previews = 0;
  #details = 0;
  #previewTimer: number | undefined;
  #detailTimer: number | undefined;
  #followsWorkspace = false;

  constructor(host: Host) {
    this.host = host;
    this.run = new RunFollower(host, {
      onFailure: (reason) => {
        this.problem.value = reason;
      },
      onSteps: (changed) => {
        const { value: stepId } = this.selected;
        if (stepId !== null && changed.has(stepId)) this.#refreshDetailSoon();
      },
      onEnd: () => {
        this.#loadExecution();
        this.#refreshDetailSoon();
      },
    });
    this.#restore();
    host.onShow((message) => {
      if (message.type !== "show-plan") return;
      this.writeBack = message.writeBack;
      this.show(message.state);
    });
    host.onConnected(() => {
      this.load();
    });
  }

  /** Shows another plan, or the same one as it is now. */
  show(state: PlanPanelState): void {
    const before = this.shown.value;
    const isSame = before?.planId === state.planId && before.folder === state.folder;
    batch(() => {
      this.shown.value = { ...state, executionId: state.executionId ?? (isSame ? before.executionId : null) };
      if (!isSame) this.#forget();
      if (state.stepId !== null || !isSame) this.selected.value = state.stepId;
    });
    this.load();
    if (!this.#followsWorkspace) this.#followWorkspace();
    this.keep();
  }

  #followWorkspace(): void {
    this.#followsWorkspace = true;
    follow(this.host, {
      topic: () => ({ kind: "workspace" }),
      onBatch: (next) => {
        if (next.kind === "workspace") this.#onWorkspace(next.workspace);
      },
      onFailure: (reason) => {
        this.problem.value = reason;
      },
    });
  }

  /** Asks for everything that is shown, as it is now. What is there stays until the answer comes. */
  load(): void {
    const shown = this.shown.value;
    if (shown === null) return;
    const round = (this.#loads += 1);
    const { planId } = shown;
    const isCurrent = (): boolean => round === this.#loads;
    this.#own(this.#loadPlan(planId, isCurrent));
    this.#own(this.#loadLayout(planId, isCurrent));
    this.#showRun(shown.executionId);
    this.#refreshDetailSoon();
  }

  select(stepId: string | null): void {
    if (stepId === this.selected.value) return;
    this.lastSelected = this.selected.value ?? this.lastSelected;
    batch(() => {
      this.selected.value = stepId;
      this.detail.value = null;
    });
    this.#refreshDetailSoon();
    this.keep();
  }

  /** Selects a step and moves the focus to what is known of it, because a person asked for that. */
  openInspector(stepId: string): void {
    this.select(stepId);
    this.inspections.value += 1;
  }

  /** True once for each time that the inspector was asked for. */
  takeInspection(): boolean {
    const isNew = this.#inspectionsTaken !== this.inspections.value;
    this.#inspectionsTaken = this.inspections.value;
    return isNew;
  }

  selectExecution(executionId: string | null): void {
    const shown = this.shown.value;
    if (shown === null) return;
    batch(() => {
      this.shown.value = { ...shown, executionId };
      this.detail.value = null;
    });
    this.#showRun(executionId);
    this.#refreshDetailSoon();
    this.keep();
  }

  /** The plan with the draft's changes follows a moment later. */
  setDraft(draft: readonly StepModification[]): void {
    this.draft.value = draft;
    this.keep();
    window.clearTimeout(this.#previewTimer);
    if (draft.length === 0) {
      this.#previews += 1;
      batch(() => {
        this.preview.value = null;
        this.previewFailure.value = null;
      });
      return;
    }
    this.#previewTimer = window.setTimeout(() => {
      this.#own(this.#loadPreview());
    }, PREVIEW_DELAY_MS);
  }

  setDirection(direction: PlanLayout["direction"]): void {
    batch(() => {
      this.direction.value = direction;
      this.transform.value = null;
    });
    this.load();
    this.keep();
  }

  /** An execution that goes on after its end, such as by a retry, is followed anew. */
  followAgain(): void {
    const executionId = this.shown.value?.executionId ?? null;
    if (executionId !== null) this.run.again(executionId);
    this.#loadExecution();
    this.#refreshDetailSoon();
  }

  stepOf(stepId: string | null): PlanStep | null {
    return stepId === null ? null : (this.steps.value.get(stepId) ?? null);
  }

  /** Shows why something could not be done. */
  report(error: unknown): void {
    this.problem.value = failureIn(error);
  }

  /** Keeps what is shown for after a reload. */
  keep(): void {
    const shown = this.shown.value;
    if (shown === null) return;
    const state = { ...shown, stepId: this.selected.value };
    const kept: KeptState = {
      ...state,
      draft: [...this.draft.value],
      tab: this.tab.value,
      arrangement: this.arrangement.value,
      direction: this.direction.value,
      transform: this.transform.value,
    };
    this.host.remember(kept);
    this.host.tell({ type: "remember", state });
  }

  #restore(): void {
    const kept = KeptState.safeParse(this.host.remembered());
    if (!kept.success) return;
    const { draft, tab, arrangement, direction, transform, stepId, ...shown } = kept.data;
    batch(() => {
      this.shown.value = { ...shown, stepId };
      this.selected.value = stepId;
      this.draft.value = draft;
      this.tab.value = tab;
      this.arrangement.value = arrangement;
      this.direction.value = direction;
      this.transform.value = transform;
    });
  }

  #forget(): void {
    this.saved.value = { kind: "loading" };
    this.layout.value = { kind: "loading" };
    this.#carried = this.draft.value;
    this.draft.value = [];
    this.preview.value = null;
    this.previewFailure.value = null;
    this.detail.value = null;
    this.transform.value = null;
    this.problem.value = null;
  }

  /** Changes that were made here in another plan of the spec are still meant. */
  #takeOver(steps: readonly PlanStep[]): void {
    const { fitting, leftOut } = fitDraft(this.#carried, steps);
    if (this.#carried.length === 0) return;
    this.#carried = [];
    this.draft.value = fitting;
    if (leftOut.length > 0) this.note.value = leftOutNote(leftOut);
    this.keep();
  }

  async #loadPlan(planId: string, isCurrent: () => boolean): Promise<void> {
    try {
      const value = await this.host.client.call("plan.get", { planId });
      if (!isCurrent()) return;
      this.saved.value = { kind: "there", value };
      const { title, specPath, steps } = value.plan;
      this.host.tell({ type: "title", title: title.slice(0, 500), specPath });
      this.#takeOver(steps);
      if (this.draft.value.length > 0) await this.#loadPreview();
    } catch (error) {
      // What is shown already stays readable.
      if (isCurrent() && this.saved.value.kind !== "there") {
        this.saved.value = { kind: "failed", failure: failureIn(error) };
      }
    }
  }

  async #loadLayout(planId: string, isCurrent: () => boolean): Promise<void> {
    const direction = this.direction.value;
    try {
      const value = await this.host.client.call("plan.layout", { planId, direction });
      if (isCurrent()) this.layout.value = { kind: "there", value };
    } catch (error) {
      const reason = failureIn(error);
      // A lost worker is told once for the page; the drawing is asked for again when it is back.
      if (isCurrent() && reason.code !== "worker_unavailable") this.layout.value = { kind: "failed", failure: reason };
    }
  }

  async #loadPreview(): Promise<void> {
    const shown = this.shown.value;
    if (shown === null) return;
    const round = (this.#previews += 1);
    try {
      const { planId } = shown;
      const answer = await this.host.client.call("plan.get", { planId, modifications: [...this.draft.value] });
      if (round !== this.#previews) return;
      batch(() => {
        this.preview.value = answer;
        this.previewFailure.value = null;
      });
    } catch (error) {
      if (round === this.#previews) this.previewFailure.value = failureIn(error);
    }
  }

  #showRun(executionId: string | null): void {
    this.run.show(executionId);
    if (executionId === null) this.execution.value = null;
    else this.#loadExecution();
  }

  #loadExecution(): void {
    const executionId = this.shown.value?.executionId ?? null;
    if (executionId === null) return;
    const load = async (): Promise<void> => {
      const view = await this.host.client.call("execution.get", { executionId });
      if (this.shown.value?.executionId === executionId) this.execution.value = view;
    };
    this.#own(
      load().catch((error: unknown) => {
        const reason = failureIn(error);
        if (reason.code !== "worker_unavailable") this.problem.value = reason;
      }),
    );
  }

  #refreshDetailSoon(): void {
    window.clearTimeout(this.#detailTimer);
    const delay = this.detail.value === null ? 0 : DETAIL_DELAY_MS;
    this.#detailTimer = window.setTimeout(() => {
      this.#own(this.#loadDetail());
    }, delay);
  }

  async #loadDetail(): Promise<void> {
    const executionId = this.shown.value?.executionId ?? null;
    const stepId = this.selected.value;
    if (executionId === null || stepId === null) return;
    const round = (this.#details += 1);
    // A step that a revision brought is not in the execution yet: there is nothing to show of it.
    const detail = await this.host.client.call("execution.step", { executionId, stepId }).catch(() => null);
    if (round === this.#details && stepId === this.selected.value) this.detail.value = detail;
  }

  #onWorkspace(workspace: WorkspaceView): void {
    this.workspace.value = workspace;
    const shown = this.shown.value;
    if (shown === null) return;
    if (shown.executionId !== null) {
      const goesOn = workspace.progress.some(
        ({ executionId, status }) => executionId === shown.executionId && MOVING.has(status),
      );
      if (goesOn) this.run.notice(shown.executionId);
      return;
    }
    // An execution of this plan that was started elsewhere is what a person wants to see of it.
    const running = workspace.progress.find(({ executionId }) =>
      workspace.executions.some((one) => one.executionId === executionId && one.planId === shown.planId),
    );
    if (running && !this.#isRevision()) this.selectExecution(running.executionId);
  }

  #isRevision(): boolean {
    return this.saved.value.kind === "there" && this.saved.value.value.plan.revises !== null;
  }

  /** Work of the page that nobody awaits; what can go wrong in it is handled there. */
  #own(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.problem.value = failureIn(error);
    });
  }
}

/** The worker has it in hand. One that waits for a person or is interrupted may be on the disk alone. */
const MOVING: ReadonlySet<string> = new Set(["running", "paused", "cancelling"]);

/** Why something could not be done, for people. */
export function failureIn(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return failure("internal", error instanceof Error ? error.message : String(error));
}
