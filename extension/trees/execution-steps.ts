import type { Blocker, ExecutionProgress, ExecutionView, StepGlance, StepView } from "../../schemas/execution.ts";
import type { Entry, Localizer } from "./row.ts";
import { hasEnded } from "./state-look.ts";
import { stepEntry, type StepData } from "./step-items.ts";
import type { ExecutionBatch, TreeFolder } from "./tree-folder.ts";

interface Ports {
  readonly folder: TreeFolder;
  readonly executionId: string;
  readonly now: () => number;
  readonly l10n: Localizer;
  /** How the execution stands: another word than when it was loaded means that what is known here is out of date. */
  standing(): string;
  /** Some steps are not what they were; those whose attempts changed are named. */
  onChange(stepIds: readonly string[]): void;
  /** What is known is out of date, and loading it anew failed. */
  onFailure(error: unknown): void;
}

/** The steps of one execution, kept current while somebody looks at them. */
export class ExecutionSteps {
  readonly #ports: Ports;
  readonly #steps = new Map<string, StepData>();
  /** A step that is as it was keeps its row: of a thousand few change at once. */
  readonly #entries = new WeakMap<StepData, Entry>();
  #loading: Promise<void> | null = null;
  #isLoaded = false;
  #stopFollowing: (() => void) | null = null;
  #isWatched = false;
  /** How the execution stood when it was loaded, or when that failed last. */
  #seenAs: string | null = null;
  /** Steps in the plan that it runs, as its progress counts them. */
  #total = 0;
  #disposed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#steps.size;
  }

  /** Rows in plan order, the first `count` of them. */
  entries(count: number): Entry[] {
    return [...this.#steps.values()].slice(0, count).map((step) => this.#entry(step));
  }

  /** Looks from now on: loads what is not there or out of date, and follows what goes on. Throws FailureError. */
  async watch(): Promise<void> {
    this.#isWatched = true;
    if (this.#stopFollowing !== null) return;
    if (this.#isLoaded && this.#seenAs === this.#ports.standing()) return;
    await this.#load("follow");
  }

  /** Whether another look would show the same: what has ended needs none until it goes on. */
  get isCurrent(): boolean {
    return this.#stopFollowing !== null || this.#loading !== null || this.#seenAs === this.#ports.standing();
  }

  /** Nobody looks any more. */
  unwatch(): void {
    this.#isWatched = false;
    // What goes on unseen is out of date by the next look.
    if (this.#stopFollowing !== null) this.expire();
  }

  /** The next look loads it anew. */
  expire(): void {
    this.#stop();
    this.#isLoaded = false;
    this.#seenAs = null;
  }

  dispose(): void {
    this.#disposed = true;
    this.#isWatched = false;
    this.#stop();
  }

  #entry(step: StepData): Entry {
    const known = this.#entries.get(step);
    if (known !== undefined) return known;
    const { folder, executionId, l10n } = this.#ports;
    const entry = stepEntry({ folder: folder.uri, executionId }, step, l10n);
    this.#entries.set(step, entry);
    return entry;
  }

  async #load(then: "follow" | "stay"): Promise<void> {
    this.#loading ??= this.#loadOnce(then).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #loadOnce(then: "follow" | "stay"): Promise<void> {
    const { folder, executionId } = this.#ports;
    this.#isLoaded = false;
    this.#seenAs = this.#ports.standing();
    const view = await folder.execution(executionId);
    if (this.#disposed) return;
    this.#take(view);
    this.#isLoaded = true;
    if (then === "follow" && !hasEnded(view.status) && this.#isWatched) this.#follow(view.seq);
  }

  #take(view: ExecutionView): void {
    const at = this.#ports.now();
    const running = runningIn(view.progress, at);
    const currency = view.costs.currency;
    this.#total = view.progress.total;
    this.#steps.clear();
    for (const step of view.steps) {
      this.#steps.set(step.id, { ...fromView(step, currency), running: running.get(step.id) ?? null });
    }
  }

  #follow(after: number): void {
    const { folder, executionId } = this.#ports;
    this.#stop();
    let stopped = false;
    const stop = folder.follow(executionId, after, (batch) => {
      if (!stopped) this.#glance(batch);
    });
    this.#stopFollowing = () => {
      stopped = true;
      stop();
    };
  }

  #stop(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = null;
  }

  #glance({ steps, progress, end }: ExecutionBatch): void {
    if (end) return this.#reload("stay");
    const isKnown = progress.total === this.#total && steps.every(({ id }) => this.#steps.has(id));
    if (!isKnown) return this.#reload("follow");
    const changed = steps.filter((glance) => this.#merge(glance)).map(({ id }) => id);
    this.#time(progress);
    this.#ports.onChange(changed);
  }

  /** Whether its attempts are not what they were. */
  #merge(glance: StepGlance): boolean {
    const known = this.#steps.get(glance.id);
    if (known === undefined) return false;
    const { status, agent, simulated, duration, cost, spans, problem } = glance;
    const attempts = spans.at(-1)?.attempt ?? 0;
    this.#steps.set(glance.id, { ...known, status, agent, simulated, duration, cost, problem, attempts });
    return attempts !== known.attempts || status !== known.status || cost !== known.cost || problem !== known.problem;
  }

  /** What progress tells of steps: how long they run and why they do not. */
  #time(progress: ExecutionProgress): void {
    const running = runningIn(progress, this.#ports.now());
    const waiting = new Map(progress.waiting.map(({ stepId, blocker }) => [stepId, blocker]));
    for (const [id, step] of this.#steps) {
      const timed = running.get(id) ?? null;
      const blocker = waiting.get(id) ?? this.#stillHolds(step.blocker);
      if (timed === null && step.running === null && blocker === step.blocker) continue;
      this.#steps.set(id, { ...step, running: timed, blocker });
    }
  }

  /** Progress names only the first that wait; of the others, what was known holds as long as it can be seen to hold. */
  #stillHolds(blocker: Blocker | null): Blocker | null {
    if (blocker?.kind !== "dependency") return null;
    const isOpen = blocker.steps.some((id) => OPEN.has(this.#steps.get(id)?.status ?? "completed"));
    return isOpen ? blocker : null;
  }

  /** After the end the whole is asked for once more: costs that were booked last, steps that another plan brought. */
  #reload(then: "follow" | "stay"): void {
    this.#stop();
    this.#load(then).then(
      () => {
        this.#ports.onChange([...this.#steps.keys()]);
      },
      (error: unknown) => {
        this.#ports.onFailure(error);
      },
    );
  }
}

const OPEN: ReadonlySet<StepView["status"]> = new Set(["pending", "ready", "running", "waiting"]);

function runningIn({ running }: ExecutionProgress, at: number): Map<string, { elapsed: number; at: number }> {
  return new Map(running.map(({ stepId, elapsed }) => [stepId, { elapsed, at }]));
}

function fromView(step: StepView, currency: string): Omit<StepData, "running"> {
  const { id, title, status, agent, simulated, attempts, duration, cost, blocker, failure } = step;
  const problem = failure?.message.split("\n", 1)[0] ?? null;
  return { id, title, status, agent, simulated, attempts, duration, cost, blocker, problem, currency };
}
