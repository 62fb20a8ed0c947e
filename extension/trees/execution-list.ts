import type { ExecutionProgress, ExecutionSummary } from "../../schemas/execution.ts";
import { byUrgency, executionEntry, moreEntry, type Progress } from "./execution-items.ts";
import type { Entry, Localizer } from "./row.ts";
import { hasEnded } from "./state-look.ts";
import type { TreeFolder } from "./tree-folder.ts";

/** Executions that have ended are shown so many at first. */
const ENDED_PAGE = 15;
/** At least as many come by themselves, where there are so many; older ones are asked for, so many more each time. */
const IN_VIEW = 50;
/** The most that can be asked for. */
const LIST_LIMIT = 1_000;

/** What is shown of a folder's executions. */
interface Page {
  /** Of those that have ended. */
  shown: number;
  older: readonly ExecutionSummary[];
  /** How many were asked for; null: nobody has asked for more than the newest. */
  listed: number | null;
}

/** The executions of each folder as rows: what has not ended, what has ended lately, and the rest on demand. */
export class ExecutionList {
  readonly #now: () => number;
  readonly #l10n: Localizer;
  readonly #pages = new Map<string, Page>();
  readonly #progress = new WeakMap<ExecutionProgress, Progress>();

  constructor(now: () => number, l10n: Localizer) {
    this.#now = now;
    this.#l10n = l10n;
  }

  entries(folder: TreeFolder): Entry[] {
    const { view, uri } = folder;
    if (view === null) return [];
    const page = this.#page(uri);
    const progress = new Map(view.progress.map((one) => [one.executionId, this.#timed(one)]));
    const all = this.#known(folder).sort(byUrgency);
    const active = all.filter(({ status }) => !hasEnded(status)).length;
    const shown = all.slice(0, active + page.shown);
    const entries = shown.map((summary) =>
      executionEntry({ folder: uri, summary, progress: progress.get(summary.executionId) ?? null }, this.#l10n),
    );
    if (shown.length < all.length || mayHaveMore(page, all.length)) {
      entries.push(moreEntry(`${uri}|more`, { folder: uri }, this.#l10n.t("Show older executions")));
    }
    return entries;
  }

  find(folder: TreeFolder, executionId: string): ExecutionSummary | undefined {
    return this.#known(folder).find((one) => one.executionId === executionId);
  }

  /** Throws FailureError. */
  async showOlder(folder: TreeFolder): Promise<void> {
    const page = this.#page(folder.uri);
    page.shown += IN_VIEW;
    const known = this.#known(folder).length;
    if (page.shown <= known || !mayHaveMore(page, known)) return;
    const limit = Math.min(LIST_LIMIT, known + IN_VIEW);
    page.older = await folder.executions(limit);
    page.listed = limit;
  }

  #known({ view, uri }: TreeFolder): ExecutionSummary[] {
    const newest = view?.executions ?? [];
    const ids = new Set(newest.map(({ executionId }) => executionId));
    return [...newest, ...this.#page(uri).older.filter(({ executionId }) => !ids.has(executionId))];
  }

  #page(uri: string): Page {
    const known = this.#pages.get(uri) ?? { shown: ENDED_PAGE, older: [], listed: null };
    this.#pages.set(uri, known);
    return known;
  }

  /** When a progress was told, for what ticks. */
  #timed(value: ExecutionProgress): Progress {
    const known = this.#progress.get(value) ?? { value, at: this.#now() };
    this.#progress.set(value, known);
    return known;
  }
}

/** A list as long as was asked for may go on. */
function mayHaveMore({ listed }: Page, known: number): boolean {
  return listed === null ? known >= IN_VIEW : known >= listed && listed < LIST_LIMIT;
}
