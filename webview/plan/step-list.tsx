import type { JSX } from "preact";
import { useMemo, useRef, useState, useLayoutEffect } from "preact/hooks";
import type { StepGlance } from "../../schemas/execution.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { Icon, State } from "../parts/icon.tsx";
import { useSize } from "../parts/use-size.ts";
import { count, duration, money, oneLine, runningDuration, t } from "../text.ts";
import type { PlanPage } from "./plan-page.ts";
import { rowsOf, type Row, type SortKey } from "./rows.ts";
import { runningTime } from "./run-follower.ts";
import { lookOf, revisionWord, stepLabel } from "./step-words.ts";
import { estimateOf } from "./totals.ts";
import "./step-list.css";

const ROW = { wide: 26, narrow: 46 } as const;
/** From this width on every figure has its own column. */
const WIDE = 580;
const EXTRA_ROWS = 8;

/** The steps as a table that screen readers and the keyboard can walk; only the rows in view are in the document. */
export function StepList({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  const [sort, setSort] = useState<Sort>({ key: "plan", descending: false });
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [top, setTop] = useState(0);
  const [active, setActive] = useState<string | null>(null);
  const { ref, size } = useSize<HTMLDivElement>();
  const glances = page.run.glances.value;
  const sortGlances = sort.key === "plan" ? NO_GLANCES : glances;
  const rows = useMemo(
    () => rowsOf(plan, { sort: sort.key, descending: sort.descending, folded, glances: sortGlances }),
    [plan, sort, folded, sortGlances],
  );
  const isWide = size.width >= WIDE;
  const height = isWide ? ROW.wide : ROW.narrow;
  const { value: selected } = page.selected;
  const current = active ?? (selected === null ? null : `step ${selected}`);
  const index = Math.max(
    0,
    rows.findIndex((row) => row.key === current),
  );
  useRevealed(ref, selected === null ? -1 : rows.findIndex(({ key }) => key === `step ${selected}`), height);
  const fold = (key: string, open: boolean): void => {
    setFolded(new Set(open ? [...folded].filter((one) => one !== key) : [...folded, key]));
  };
  const go = (to: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    setActive(row.key);
    if (row.kind === "step") page.select(row.step.id);
    if (ref.current) reveal(ref.current, rows.indexOf(row), height);
  };
  const first = Math.max(0, Math.floor(top / height) - EXTRA_ROWS);
  const last = Math.min(rows.length, Math.ceil((top + size.height) / height) + EXTRA_ROWS);
  return (
    <div class={isWide ? "list wide" : "list narrow"}>
      <div
        class="list-body"
        ref={ref}
        role="treegrid"
        tabIndex={0}
        aria-label={t("Steps of the plan")}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={rows[index] ? rowId(index) : undefined}
        onKeyDown={(event) => {
          const pageRows = Math.max(1, Math.floor(size.height / height) - 2);
          if (act(event.key, { page, rows, index, pageRows, go, fold })) event.preventDefault();
        }}
        onScroll={(event) => {
          setTop(event.currentTarget.scrollTop);
        }}
      >
        <Header sort={sort} onSort={setSort} isWide={isWide} />
        <div class="list-rows" role="rowgroup" style={{ height: `${rows.length * height}px` }}>
          {rows.slice(first, last).map((row, offset) => {
            const at = first + offset;
            const props = { key: row.key, page, at, height, isActive: at === index };
            if (row.kind === "section") return <SectionRow {...props} row={row} onFold={fold} />;
            const onPick = (): void => {
              setActive(row.key);
              page.select(row.step.id);
            };
            const glance = glances.get(row.step.id);
            return <StepRow {...props} {...{ row, glance, isWide, onPick }} currency={plan.currency} />;
          })}
        </div>
      </div>
    </div>
  );
}

interface Keys {
  readonly page: PlanPage;
  readonly rows: readonly Row[];
  readonly index: number;
  readonly pageRows: number;
  readonly go: (to: number) => void;
  readonly fold: (key: string, open: boolean) => void;
}

/** What a key does in the list; false when it does nothing there. */
function act(key: string, { page, rows, index, pageRows, go, fold }: Keys): boolean {
  const row = rows[index];
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    Home: 0,
    End: rows.length - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
  };
  const to = moves[key];
  if (to !== undefined) go(to);
  else if (row?.kind === "section" && key === "ArrowLeft") fold(row.key, false);
  else if (row?.kind === "section" && key === "ArrowRight") fold(row.key, true);
  else if (row?.kind === "section" && key === "Enter") fold(row.key, !row.open);
  else if (row?.kind === "step" && key === "Enter") page.openInspector(row.step.id);
  else if (row?.kind === "step" && key === "ArrowLeft" && row.level === 2) {
    go(rows.slice(0, index).findLastIndex(({ kind }) => kind === "section"));
  } else return false;
  return true;
}

interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

const NO_GLANCES: ReadonlyMap<string, StepGlance> = new Map();

interface HeaderProps {
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly isWide: boolean;
}

function Header({ sort, onSort, isWide }: HeaderProps): JSX.Element {
  const columns: readonly [SortKey, string, string][] = [
    ["plan", t("#"), "number"],
    ["title", t("Step"), "title"],
    ["agent", t("Agent"), "agent"],
    ["cost", t("Cost"), "cost"],
    ["time", t("Time"), "time"],
    ["state", t("State"), "state-cell"],
  ];
  return (
    <div class="list-header" role="rowgroup">
      <div class="row" role="row" aria-rowindex={1}>
        {columns.map(([key, title, name]) => {
          const isSorted = sort.key === key;
          const order = sort.descending ? "descending" : "ascending";
          return (
            <div key={key} role="columnheader" class={`cell ${name}`} aria-sort={isSorted ? order : "none"}>
              <button
                type="button"
                tabIndex={-1}
                title={key === "plan" ? t("Order of the plan") : t("Sort by {0}", title)}
                onClick={() => {
                  onSort({ key, descending: isSorted ? !sort.descending : false });
                }}
              >
                {title}
                {isSorted && (isWide || key !== "plan") && <Icon name={sort.descending ? "arrow-down" : "arrow-up"} />}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly page: PlanPage;
  readonly at: number;
  readonly height: number;
  readonly isActive: boolean;
}

function SectionRow(
  props: RowProps & { row: Extract<Row, { kind: "section" }>; onFold: (key: string, open: boolean) => void },
): JSX.Element {
  const { row, at, height, isActive, onFold } = props;
  return (
    <div
      id={rowId(at)}
      class={`row section${isActive ? " active" : ""}`}
      role="row"
      aria-rowindex={at + 2}
      aria-level={1}
      aria-expanded={row.open}
      style={{ transform: `translateY(${at * height}px)`, height: `${height}px` }}
      onClick={() => {
        onFold(row.key, !row.open);
      }}
    >
      <div class="cell section-title" role="gridcell" aria-colspan={6}>
        <Icon name={row.open ? "chevron-down" : "chevron-right"} />
        <span class="ellipsis">{row.title === "" ? t("Without a heading") : oneLine(row.title)}</span>
        <span class="muted">{count(row.steps, "{0} step", "{0} steps")}</span>
      </div>
    </div>
  );
}

interface StepRowProps extends RowProps {
  readonly row: Extract<Row, { kind: "step" }>;
  readonly currency: string;
  readonly glance: StepGlance | undefined;
  readonly isWide: boolean;
  readonly onPick: () => void;
}

function StepRow(props: StepRowProps): JSX.Element {
  const { page, row, at, height, isActive, glance, currency, isWide, onPick } = props;
  const { step, number, level } = row;
  const look = lookOf(page, step, glance);
  const isSelected = page.selected.value === step.id;
  const classes = ["row", "step", isSelected ? "selected" : "", isActive ? "active" : "", `state-${look.kind}`];
  const figures = figuresOf(page, step, glance, currency);
  return (
    <div
      id={rowId(at)}
      class={classes.join(" ")}
      role="row"
      aria-rowindex={at + 2}
      aria-level={level}
      aria-selected={isSelected}
      aria-label={stepLabel(page, step, glance)}
      style={{ transform: `translateY(${at * height}px)`, height: `${height}px` }}
      onClick={onPick}
      onDblClick={() => {
        page.openInspector(step.id);
      }}
    >
      <div class="cell number muted" role="gridcell">
        {number}
      </div>
      <div class="cell title" role="gridcell" title={oneLine(step.title)}>
        {!isWide && <State look={look} compact />}
        <span class="ellipsis">{oneLine(step.title)}</span>
        <Marks page={page} step={step} />
      </div>
      <div class="cell agent ellipsis" role="gridcell" title={figures.agent}>
        {figures.agent}
      </div>
      <div class="cell cost" role="gridcell" title={figures.costNote}>
        {figures.cost}
      </div>
      <div class="cell time" role="gridcell" title={figures.timeNote}>
        {figures.time}
      </div>
      <div class="cell state-cell" role="gridcell">
        {isWide ? <State look={look} /> : <span class="state-word">{look.word}</span>}
      </div>
    </div>
  );
}

/** What is special about a step, as small icons with their names. */
function Marks({ page, step }: { page: PlanPage; step: PlanStep }): JSX.Element {
  const revised = page.revised.value.get(step.id);
  const isChanged = page.draft.value.some(({ stepId }) => stepId === step.id);
  return (
    <>
      {page.critical.value.has(step.id) && (
        <span class="mark-icon" title={t("On the critical path: it decides how long the whole takes")}>
          <Icon name="flame" />
        </span>
      )}
      {step.checkpoint && (
        <span class="mark-icon" title={t("Checkpoint: everything after it waits for everything before it")}>
          <Icon name="milestone" />
        </span>
      )}
      {step.simulated && (
        <span class="mark-icon" title={t("Simulated: nothing really runs")}>
          <Icon name="beaker" />
        </span>
      )}
      {isChanged && (
        <span class="mark-icon changed" title={t("Changed here")}>
          <Icon name="edit" />
        </span>
      )}
      {revised && (
        <span class={`badge ${revised.status}`} title={revised.reason}>
          {revisionWord(revised.status)}
        </span>
      )}
    </>
  );
}

interface Figures {
  readonly agent: string;
  readonly cost: string;
  readonly costNote: string;
  readonly time: string;
  readonly timeNote: string;
}

/** Before it has begun a step has estimates, and then what it really took. */
function figuresOf(page: PlanPage, step: PlanStep, glance: StepGlance | undefined, currency: string): Figures {
  const cost = estimateOf(step, "cost", currency);
  const time = estimateOf(step, "duration", currency);
  const agent = glance?.agent ?? step.agent ?? "–";
  const hasBegun = glance !== undefined && glance.spans.length > 0;
  if (glance !== undefined && !hasBegun && (glance.status === "skipped" || glance.status === "cancelled")) {
    return { agent, cost: "–", costNote: "", time: "–", timeNote: "" };
  }
  if (!hasBegun) return { agent, cost: cost.text, costNote: cost.note, time: time.text, timeNote: time.note };
  const isRunning = glance.status === "running";
  const spent = isRunning ? runningTime(glance, page.run.elapsed.value) : glance.duration;
  return {
    agent,
    cost: isRunning && glance.cost === null ? cost.text : money(glance.cost, currency),
    costNote: t("expected {0}, {1}", cost.text, cost.note),
    time: isRunning && spent !== null ? runningDuration(spent) : duration(spent),
    timeNote: t("expected {0}, {1}", time.text, time.note),
  };
}

function rowId(index: number): string {
  return `row-${index}`;
}

/** A step that was selected elsewhere comes into view; the list does not move for anything else. */
function useRevealed(ref: { current: HTMLDivElement | null }, index: number, height: number): void {
  const last = useRef(-1);
  useLayoutEffect(() => {
    if (index === last.current) return;
    last.current = index;
    if (index >= 0 && ref.current) reveal(ref.current, index, height);
  });
}

const HEADER_HEIGHT = 26;

function reveal(element: HTMLElement, index: number, height: number): void {
  const top = index * height;
  const room = element.clientHeight - HEADER_HEIGHT;
  if (room <= 0) return;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + height > element.scrollTop + room) element.scrollTop = top + height - room;
}
