import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { count, t, visible } from "../text.ts";
import { announcement, LogList } from "./log-list.tsx";
import type { LogModel } from "./log-model.ts";
import { LogToolbar } from "./log-toolbar.tsx";
import { watchTheme } from "./theme-palette.ts";

/** How often a screen reader is told that lines came. */
const SAY_MS = 5_000;

/** The whole view. */
export function LogPage({ model }: { readonly model: LogModel }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const selection = model.selection.value;
  const [, redraw] = useState(0);
  useEffect(() => watchTheme(() => redraw((times) => times + 1)), []);
  useEffect(() => {
    model.selection.value = null;
  }, [model.executionId.value]);
  const go = (backwards: boolean): void => {
    const { search } = model.matches.peek();
    const { ring } = model.feed;
    const rowHeight = list.current?.querySelector(".log-row")?.clientHeight ?? 20;
    const top = ring.firstId + Math.floor((list.current?.scrollTop ?? 0) / rowHeight) - 1;
    const id = search?.next(model.selection.peek()?.active ?? top, backwards) ?? null;
    if (id === null) return;
    model.leaveEnd();
    model.selection.value = { active: id, anchor: id };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "F3") go(event.shiftKey);
    else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey) && !event.altKey) focusSearch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <main class="log" onKeyDown={onKeyDown}>
      <LogToolbar model={model} onGo={go} current={selection?.active ?? null} />
      <Banner model={model} />
      <section class="log-body" role="log" aria-live="off" aria-label={t("Log")}>
        <LogList model={model} list={list} />
        <Empty model={model} />
        <Jump model={model} onJump={() => list.current?.focus()} />
      </section>
      <Announcer model={model} />
    </main>
  );
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("#log-search");
  field?.focus();
  field?.select();
}

/** Trouble in words, above what can still be read. */
function Banner({ model }: { readonly model: LogModel }): JSX.Element | null {
  const { ring, state } = model.view.value;
  const worker = model.host.worker.value;
  const problem = ring.length > 0 ? (state.problem ?? model.problem.value) : null;
  if (worker.state === "lost") {
    return (
      <p class="banner warning" role="status">
        <span class="codicon codicon-debug-disconnect" aria-hidden="true" />
        <span class="banner-body">
          {t("The worker does not answer; the log goes on when it does.")} {visible(worker.message ?? "")}
        </span>
      </p>
    );
  }
  if (problem === null) return null;
  return (
    <div class="banner error" role="status">
      <span class="codicon codicon-error" aria-hidden="true" />
      <span class="banner-body">{visible(problem)}</span>
      <span class="banner-actions">
        <button type="button" class="link" onClick={() => model.retry()}>
          {t("Try again")}
        </button>
      </span>
    </div>
  );
}

/** Back to the newest lines, with their number, for who has left them. */
function Jump({ model, onJump }: { readonly model: LogModel; readonly onJump: () => void }): JSX.Element | null {
  const { state, following, ring } = model.view.value;
  if (following || ring.length === 0 || state.phase === "loading" || state.phase === "failed") return null;
  const { unseen } = state;
  return (
    <button
      type="button"
      class="button primary log-jump"
      onClick={() => {
        model.feed.latest();
        onJump();
      }}
    >
      <span class="codicon codicon-arrow-down" aria-hidden="true" />
      {t("Jump to latest")}
      {unseen !== null && unseen > 0 && (
        <span class="log-jump-count">{count(unseen, "{0} new line", "{0} new lines")}</span>
      )}
    </button>
  );
}

/** What stands where no line does. */
function Empty({ model }: { readonly model: LogModel }): JSX.Element | null {
  const { ring, state } = model.view.value;
  if (state.purged !== null) return <Note icon="archive" text={visible(state.purged)} />;
  if (ring.length > 0 && model.executionId.value !== null) return null;
  const problem = state.phase === "failed" ? state.problem : model.problem.value;
  if (problem !== null) {
    return <Note icon="error" text={visible(problem)} action={t("Try again")} onAction={() => model.retry()} />;
  }
  const executions = model.executions.value;
  if (executions === null) {
    return model.host.worker.value.state === "lost" ? null : (
      <Note icon="loading" text={t("Looking for executions…")} />
    );
  }
  if (model.executionId.value === null) {
    return <Note icon="output" text={t("No execution yet. Execute a plan, and what its steps print shows here.")} />;
  }
  if (state.phase === "loading") return <Note icon="loading" text={t("Reading the log…")} />;
  if (model.isFiltered) {
    const clear = (): void => {
      model.clearFilters();
    };
    return <Note icon="filter" text={t("No line matches.")} action={t("Show all lines")} onAction={clear} />;
  }
  return state.ended ? (
    <Note icon="output" text={t("Nothing was written to this log.")} />
  ) : (
    <Note icon="output" text={t("No line yet. What the steps print shows here as it comes.")} />
  );
}

interface NoteProps {
  readonly icon: string;
  readonly text: string;
  readonly action?: string;
  readonly onAction?: () => void;
}

function Note({ icon, text, action, onAction }: NoteProps): JSX.Element {
  const spin = icon === "loading" ? " codicon-modifier-spin" : "";
  return (
    <div class="empty log-empty">
      <span class={`codicon codicon-${icon}${spin}`} aria-hidden="true" />
      <p>{text}</p>
      {action !== undefined && (
        <button type="button" class="button" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}

/** Says now and then how many lines came since the reader left the end; never line by line. */
function Announcer({ model }: { readonly model: LogModel }): JSX.Element {
  const [said, say] = useState("");
  useEffect(() => {
    const timer = setInterval(() => {
      say(announcement(model.feed.state.unseen));
    }, SAY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [model]);
  return (
    <p class="sr-only" role="status">
      {said}
    </p>
  );
}
