import { createLogUpdate } from "log-update";
import { formatDuration } from "../../../schemas/duration.ts";
import type { ExecutionEvent } from "../../../schemas/event.ts";
import type { ExecutionProgress } from "../../../schemas/execution.ts";
import { formatAmount } from "../../../schemas/money.ts";
import { stepName } from "../../../schemas/step-name.ts";
import type { Terminal } from "../terminal.ts";
import { EventLines } from "./event-lines.ts";
import { clip, pad, plain } from "./text.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 120;
const WAITING_SHOWN = 5;

/** Shows an execution while it runs. `close` leaves the last state on the screen. */
export interface ProgressView {
  /** Events that were shown before, for what must be known of them. */
  prime(events: readonly ExecutionEvent[]): void;
  update(events: readonly ExecutionEvent[], progress: ExecutionProgress): void;
  /** A message of the command itself, on the standard error. */
  say(text: string): void;
  close(): void;
}

/** One line for each thing that happens: for pipes and files. */
export function plainView(terminal: Terminal): ProgressView {
  const lines = new EventLines(terminal);
  const show = (event: ExecutionEvent): void => {
    for (const line of lines.of(event)) terminal.print(line);
  };
  return lineView(terminal, show, (event) => void lines.of(event));
}

/** One event a line: for machines. */
export function jsonView(terminal: Terminal): ProgressView {
  return lineView(terminal, (event) => {
    terminal.json(event);
  });
}

function lineView(
  terminal: Terminal,
  show: (event: ExecutionEvent) => void,
  learn: (event: ExecutionEvent) => void = () => undefined,
): ProgressView {
  let stalled: string | null = null;
  return {
    prime(events) {
      for (const event of events) learn(event);
    },
    update(events, progress) {
      for (const event of events) show(event);
      if (progress.stalled !== stalled && progress.stalled !== null)
        terminal.error(`planwright: ${plain(progress.stalled)}`);
      ({ stalled } = progress);
    },
    say(text) {
      terminal.error(text);
    },
    close() {
      // Everything is printed already.
    },
  };
}

/** A live picture: what has ended scrolls by, what runs and waits stays below (catalogue C6). */
export function liveView(terminal: Terminal): ProgressView {
  const area = createLogUpdate(terminal.stream, { showCursor: false });
  const lines = new EventLines(terminal);
  let latest: { progress: ExecutionProgress; at: number } | null = null;
  let frame = 0;
  const draw = (): void => {
    if (latest)
      area(picture(latest.progress, performance.now() - latest.at, FRAMES[frame % FRAMES.length] ?? "", terminal));
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, FRAME_MS);
  return {
    prime(events) {
      for (const event of events) lines.of(event);
    },
    update(events, progress) {
      const ended = events.flatMap((event) => (event.type === "attempt.started" ? [] : lines.of(event)));
      for (const event of events) if (event.type === "attempt.started") lines.of(event);
      if (ended.length > 0) {
        area.clear();
        for (const line of ended) terminal.print(line);
      }
      latest = { progress, at: performance.now() };
      draw();
    },
    say(text) {
      area.clear();
      terminal.error(text);
      draw();
    },
    close() {
      clearInterval(timer);
      area.clear();
      area.done();
    },
  };
}

function picture(progress: ExecutionProgress, since: number, spinner: string, terminal: Terminal): string {
  const width = terminal.columns - 1;
  const titles = Math.min(44, Math.max(16, width - 40));
  const running = progress.running.map(({ stepId, title, agent, attempt, elapsed, simulated }) => {
    const again = attempt > 1 ? `, attempt ${attempt}` : "";
    const who = `${agent}${simulated ? " (simulated)" : ""}`;
    return clip(
      `${spinner} ${pad(clip(plain(stepName({ id: stepId, title })), titles), titles)}  ${who}  ${formatDuration(elapsed + since)}${again}`,
      width,
    );
  });
  const waiting = progress.waiting.slice(0, WAITING_SHOWN).map(({ stepId, title, blocker }) => {
    const line = `◌ ${pad(clip(plain(stepName({ id: stepId, title })), titles), titles)}  ${plain(blocker.detail)}`;
    return terminal.style("dim", clip(line, width));
  });
  const hidden = progress.waitingTotal - waiting.length;
  if (hidden > 0 && waiting.length > 0) waiting.push(terminal.style("dim", `  and ${hidden} more`));
  const asked = progress.decisions.map(({ message }) =>
    terminal.style("yellow", clip(`? ${plain(message)} (planwright inbox)`, width)),
  );
  const stalled = progress.stalled === null ? [] : [terminal.style("red", clip(plain(progress.stalled), width))];
  return [
    terminal.style("bold", clip(headline(progress, since), width)),
    ...stalled,
    ...asked,
    ...running,
    ...waiting,
  ].join("\n");
}

function headline(progress: ExecutionProgress, since: number): string {
  const { completed, failed, skipped, total, costs } = progress;
  const limit = costs.limit === null ? "" : ` of ${formatAmount(costs.limit, costs.currency)}`;
  const left =
    progress.remaining === null
      ? "time left unknown"
      : `about ${formatDuration(Math.max(0, progress.remaining - since))} left`;
  const parts = [
    progress.status,
    `${completed} of ${total} completed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${formatAmount(costs.total, costs.currency)}${limit}${expected(progress)}`,
    formatDuration(progress.elapsed + since),
    left,
  ];
  return parts.join(" · ");
}

/** What the whole is expected to cost, where that says more than what was spent. */
function expected({ expectedCost, costs, completed, total }: ExecutionProgress): string {
  if (expectedCost === null || expectedCost === costs.total || completed === total) return "";
  return `, ${formatAmount(expectedCost, costs.currency)} expected in all`;
}
