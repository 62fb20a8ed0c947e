import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { ExecutionSummary } from "../../schemas/execution.ts";
import type { LogFilter, LogLevel } from "../../schemas/log.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import type { LogViewState } from "../../schemas/webview.ts";
import type { Host } from "../bridge.ts";
import { follow } from "../follow.ts";
import { hasEnded } from "../parts/step-state.ts";
import { LineSearch } from "./line-search.ts";
import type { LineRing } from "./line-ring.ts";
import { LogFeed, type FeedState } from "./log-feed.ts";
import { rememberedLog } from "./log-memory.ts";
import type { RowSelection } from "./row-selection.ts";
import { StepNames } from "./step-names.ts";

/** Characters that are held for each line of the setting, over all lines. */
const CHARACTERS_A_LINE = 1_000;

interface FeedView {
  readonly ring: LineRing;
  readonly state: FeedState;
  readonly following: boolean;
}

/** Everything that the log view shows and does, apart from drawing it. */
export class LogModel {
  readonly host: Host;
  readonly feed: LogFeed;
  readonly names: StepNames;
  /** The feed as it is now: another object with every change. */
  readonly view: Signal<FeedView>;
  readonly executions = signal<readonly ExecutionSummary[] | null>(null);
  readonly problem = signal<string | null>(null);
  /** The execution that a person chose; null: the newest one, or rather the newest that runs. */
  readonly chosen = signal<string | null>(null);
  readonly stepId = signal<string | null>(null);
  readonly agent = signal<string | null>(null);
  readonly level = signal<LogLevel | null>(null);
  readonly query = signal("");
  readonly onlyMatches = signal(false);
  readonly wrap = signal(false);
  readonly selection = signal<RowSelection | null>(null);
  /** What is searched for in the lines that are held: another object whenever more is found. */
  readonly matches = signal<{ readonly search: LineSearch | null }>({ search: null });
  readonly executionId: ReadonlySignal<string | null>;
  readonly execution: ReadonlySignal<ExecutionSummary | null>;
  #folder = "";
  #searching = false;
  #stopWorkspace: (() => void) | null = null;
  /** Whether the extension has said what to show. */
  readonly #shown = signal(false);
  readonly #stops: (() => void)[] = [];

  constructor(host: Host, lines: number) {
    this.host = host;
    const limits = { lines, characters: lines * CHARACTERS_A_LINE };
    this.feed = new LogFeed(sourceOf(host), limits, () => {
      this.#refresh();
      this.names.notice(this.feed.ring);
      this.#advanceSearch();
    });
    this.names = new StepNames(host);
    this.view = signal(viewOf(this.feed));
    this.executionId = computed(() => this.chosen.value ?? newestOf(this.executions.value));
    this.execution = computed(
      () => this.executions.value?.find(({ executionId }) => executionId === this.executionId.value) ?? null,
    );
  }

  start(): void {
    const kept = rememberedLog(this.host.remembered());
    batch(() => {
      this.agent.value = kept.agent;
      this.level.value = kept.level;
      this.query.value = kept.query;
      this.onlyMatches.value = kept.onlyMatches && kept.query !== "";
      this.wrap.value = kept.wrap;
    });
    this.#stops.push(
      this.host.onShow((message) => {
        if (message.type === "show-log") this.#show(message.state);
      }),
      effect(() => {
        this.#open();
      }),
      effect(() => {
        this.#remember();
      }),
      effect(() => {
        const { value } = this.query;
        this.matches.value = { search: value === "" ? null : new LineSearch(this.feed.ring, value) };
        this.#advanceSearch();
      }),
    );
    this.host.ready();
  }

  choose(executionId: string | null): void {
    batch(() => {
      this.chosen.value = executionId;
      // Steps and agents are those of an execution.
      this.stepId.value = null;
      this.agent.value = null;
    });
  }

  setQuery(query: string): void {
    batch(() => {
      this.query.value = query;
      if (query === "") this.onlyMatches.value = false;
    });
  }

  /** Back to every line of the execution. */
  clearFilters(): void {
    batch(() => {
      this.stepId.value = null;
      this.agent.value = null;
      this.level.value = null;
      this.onlyMatches.value = false;
    });
  }

  get isFiltered(): boolean {
    const { stepId, agent, level, onlyMatches } = this;
    return stepId.value !== null || agent.value !== null || level.value !== null || onlyMatches.value;
  }

  /** After a failure: asks again for what is shown. */
  retry(): void {
    this.problem.value = null;
    this.#followWorkspace();
    this.#reopen(this.executionId.peek());
  }

  /** The reader sees the end, by scrolling or by a key. */
  reachEnd(): void {
    const { phase } = this.feed.state;
    if (phase === "reading") this.#page(this.feed.nextPage());
    else this.#setFollowing(true);
  }

  /** The reader looks at something else than the end, which now stays where it is. */
  leaveEnd(): void {
    this.#setFollowing(false);
  }

  readFrom(cursor: string): void {
    this.#page(this.feed.readFrom(cursor));
  }

  /** The log as a document in an editor: everything, also what is not held here. */
  openFile(): void {
    const executionId = this.executionId.peek();
    if (executionId !== null) this.host.tell({ type: "open-log-file", executionId, stepId: this.stepId.peek() });
  }

  exportFile(): void {
    const executionId = this.executionId.peek();
    if (executionId !== null) this.host.tell({ type: "export-log", executionId, stepId: this.stepId.peek() });
  }

  dispose(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#stopWorkspace?.();
    this.feed.dispose();
  }

  #setFollowing(following: boolean): void {
    const before = this.feed.following;
    this.feed.setFollowing(following);
    if (before !== this.feed.following) this.#refresh();
  }

  #refresh(): void {
    this.view.value = viewOf(this.feed);
  }

  /** The feed tells failures in its state. */
  #page(reading: Promise<void>): void {
    reading.catch((error: unknown) => {
      this.problem.value = String(error);
    });
  }

  #show({ folder, executionId, stepId }: LogViewState): void {
    const isOther = folder !== this.#folder;
    this.#folder = folder;
    batch(() => {
      this.chosen.value = executionId;
      this.stepId.value = stepId;
      if (isOther) this.executions.value = null;
      this.#shown.value = true;
    });
    if (isOther || this.#stopWorkspace === null) this.#followWorkspace();
  }

  /** Runs anew whenever another log is to be shown, or the same one otherwise. */
  #open(): void {
    const id = this.executionId.value;
    const filter = this.#filter();
    if (!this.#shown.value || id === null) return;
    this.names.show(id);
    this.feed.open(id, filter);
  }

  #reopen(id: string | null): void {
    if (id !== null) this.feed.open(id, this.#filter());
  }

  #filter(): LogFilter {
    const stepId = this.stepId.value;
    const agent = this.agent.value;
    const level = this.level.value;
    const text = this.onlyMatches.value ? this.query.value : "";
    return {
      ...(stepId === null ? {} : { stepId }),
      ...(agent === null ? {} : { agent }),
      ...(level === null ? {} : { level }),
      ...(text === "" ? {} : { text: text.slice(0, 1_000) }),
    };
  }

  #remember(): void {
    if (!this.#shown.value) return;
    const state = { folder: this.#folder, executionId: this.chosen.value, stepId: this.stepId.value };
    const { agent, level, query, onlyMatches, wrap } = this;
    this.host.remember({
      ...state,
      ...{ agent: agent.value, level: level.value, query: query.value },
      ...{ onlyMatches: onlyMatches.value, wrap: wrap.value },
    });
    this.host.tell({ type: "remember", state });
  }

  #followWorkspace(): void {
    this.#stopWorkspace?.();
    this.#stopWorkspace = follow(this.host, {
      topic: () => ({ kind: "workspace" }),
      onBatch: (change) => {
        if (change.kind !== "workspace") return;
        this.problem.value = null;
        this.executions.value = change.workspace.executions;
        const now = this.execution.peek();
        // What was over goes on: retried, resumed, or taken up by another worker, perhaps before anything was seen to stand still.
        if (now !== null && isMoving(now)) this.feed.goOn();
      },
      onFailure: ({ code, message }) => {
        // A folder in which nothing was ever planned has no worker; one that is started later is noticed.
        if (code === "not_found") this.executions.value = [];
        else this.problem.value = message;
      },
    });
  }

  /** In slices, between which the page answers. */
  #advanceSearch(): void {
    const { search } = this.matches.peek();
    if (search === null || this.#searching) return;
    const more = search.advance();
    this.matches.value = { search };
    if (!more) return;
    this.#searching = true;
    setTimeout(() => {
      this.#searching = false;
      this.#advanceSearch();
    });
  }
}

function viewOf({ ring, state, following }: LogFeed): FeedView {
  return { ring, state, following };
}

/** The newest execution that has not ended, else the newest of all. */
function newestOf(executions: readonly ExecutionSummary[] | null): string | null {
  const newest = executions?.find(({ status }) => !hasEnded(status)) ?? executions?.[0];
  return newest?.executionId ?? null;
}

function isMoving({ status }: ExecutionSummary): boolean {
  return !hasEnded(status) && status !== "interrupted";
}

function sourceOf(host: Host): ConstructorParameters<typeof LogFeed>[0] {
  return {
    query: (params) => host.client.call("log.query", params),
    follow: ({ topic, onBatch, onFailure }) =>
      follow(host, {
        topic,
        onBatch: (change: SubscriptionBatch) => {
          onBatch(change);
        },
        onFailure,
      }),
  };
}
