import assert from "node:assert/strict";
import type { StepGlance } from "../../../schemas/execution.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { byStart, packedLanes, timelineRows, type TimelineRow } from "../../../webview/plan/timeline-rows.ts";
import {
  panned,
  percentOf,
  placed,
  tickLabel,
  ticks,
  wholeWindow,
  zoomed,
} from "../../../webview/plan/timeline-scale.ts";
import { planOf } from "../../support/planning.ts";

const spec = (tasks: string, concurrency = 2): Plan =>
  planOf(`---\ntitle: T\nmaxConcurrent: ${concurrency}\n---\n\n${tasks}`);

const THREE = [
  "- [ ] A\n  - id: a\n  - command: [true]\n  - duration: 10s",
  "- [ ] B\n  - id: b\n  - command: [true]\n  - duration: 20s",
  "- [ ] C\n  - id: c\n  - command: [true]\n  - duration: 5s",
].join("\n");

function glance(id: string, status: StepGlance["status"], spans: StepGlance["spans"]): StepGlance {
  return { id, status, agent: "shell", simulated: false, duration: null, cost: null, spans, problem: null };
}

const none = new Map<string, StepGlance>();
const rowOf = (rows: readonly TimelineRow[], id: string): TimelineRow => {
  const row = rows.find(({ step }) => step.id === id);
  assert.ok(row, id);
  return row;
};
const plannedTimes = (rows: readonly TimelineRow[]) => rows.map(({ planned }) => [planned?.start, planned?.end]);

describe("rows of the timeline (K2)", () => {
  it("shows a plan as it can be expected to run, one step after what it depends on", () => {
    assert.deepEqual(plannedTimes(timelineRows(spec(THREE), none, 0)), [
      [0, 10_000],
      [10_000, 30_000],
      [30_000, 35_000],
    ]);
  });

  it("lets no more steps run at once than the plan has places", () => {
    const parallel = THREE.replaceAll("- [ ] ", "- [ ] [P] ");
    const starts = (places: number) =>
      timelineRows(spec(parallel, places), none, 0).map(({ planned }) => planned?.start);
    assert.deepEqual(starts(3), [0, 0, 0]);
    assert.deepEqual(starts(2), [0, 0, 10_000]);
    assert.deepEqual(starts(1), [0, 10_000, 30_000]);
  });

  it("draws attempts and the time between them, and what is left from now on", () => {
    const glances = new Map([
      ["a", glance("a", "completed", [{ attempt: 1, start: 0, end: 4_000, outcome: "succeeded" }])],
      [
        "b",
        glance("b", "running", [
          { attempt: 1, start: 4_000, end: 6_000, outcome: "failed" },
          { attempt: 2, start: 8_000, end: null, outcome: null },
        ]),
      ],
    ]);
    const rows = timelineRows(spec(THREE), glances, 9_000);
    assert.deepEqual(
      rowOf(rows, "b").attempts.map(({ outcome, start, end }) => [outcome, start, end]),
      [
        ["failed", 4_000, 6_000],
        ["running", 8_000, 9_000],
      ],
    );
    assert.deepEqual(rowOf(rows, "b").waits, [{ start: 6_000, end: 8_000 }]);
    assert.deepEqual(rowOf(rows, "a").planned, { start: 0, end: 10_000, estimated: true });
    assert.deepEqual(rowOf(rows, "c").planned, { start: 28_000, end: 33_000, estimated: true });
  });

  it("shows that a step waits until now, and none for a step that is left out", () => {
    const glances = new Map([
      ["a", glance("a", "waiting", [{ attempt: 1, start: 0, end: 1_000, outcome: "failed" }])],
      ["b", glance("b", "skipped", [])],
    ]);
    const rows = timelineRows(spec(THREE), glances, 5_000);
    assert.deepEqual(rowOf(rows, "a").waits, [{ start: 1_000, end: 5_000 }]);
    assert.equal(rowOf(rows, "b").planned, null);
  });

  it("gives a step without an estimate the usual time and says that it is none", () => {
    const plan = spec(THREE);
    const open = {
      ...plan,
      steps: plan.steps.map((step) => (step.id === "b" ? { ...step, estimatedDuration: null } : step)),
    };
    assert.deepEqual(rowOf(timelineRows(open, none, 0), "b").planned, { start: 10_000, end: 17_500, estimated: false });
  });

  it("puts steps that do not overlap into one lane", () => {
    const rows = timelineRows(spec(THREE.replaceAll("- [ ] ", "- [ ] [P] "), 2), none, 0);
    const lanes = packedLanes(rows).map((lane) => lane.map(({ step }) => step.id));
    assert.deepEqual(lanes, [["a", "c"], ["b"]]);
    assert.deepEqual(
      byStart(rows).map(({ step }) => step.id),
      ["a", "b", "c"],
    );
  });

  it("marks the critical path", () => {
    assert.deepEqual(
      timelineRows(spec(THREE), none, 0).map(({ critical }) => critical),
      [true, true, true],
    );
  });
});

describe("time of the timeline (K2)", () => {
  const whole = wholeWindow(100_000);

  it("keeps the moment under the pointer where it is while it zooms", () => {
    const shown = zoomed(whole, 4, 50_000, whole);
    assert.ok(Math.abs(percentOf(50_000, shown) - percentOf(50_000, whole)) < 1e-9);
    assert.equal(shown.end - shown.start, (whole.end - whole.start) / 4);
  });

  it("never shows what lies before the start or behind the end", () => {
    assert.deepEqual(zoomed(whole, 0.1, 3, whole), whole);
    const close = zoomed(whole, 10, 0, whole);
    assert.equal(panned(close, -1e9, whole).start, 0);
    assert.equal(panned(close, 1e9, whole).end, whole.end);
  });

  it("has round moments on its ruler, never too many", () => {
    assert.deepEqual(ticks({ start: 0, end: 10_000 }, 5), [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    for (const length of [10, 999, 61_000, 3_599_000, 86_400_000, 1e12]) {
      const moments = ticks({ start: length / 3, end: length * 1.3 }, 8);
      assert.ok(moments.length >= 1 && moments.length <= 9, String(length));
    }
  });

  it("writes moments briefly", () => {
    assert.deepEqual([0, 200, 1_500, 30_000, 60_000, 90_000, 3_600_000, 3_750_000].map(tickLabel), [
      "0",
      "200ms",
      "1.5s",
      "30s",
      "1:00",
      "1:30",
      "1:00:00",
      "1:02:30",
    ]);
  });

  it("leaves out what is not in view", () => {
    const shown = { start: 1_000, end: 2_000 };
    assert.equal(placed({ start: 0, end: 900 }, shown), null);
    assert.deepEqual(placed({ start: 1_500, end: 1_750 }, shown), { left: 50, width: 25 });
    assert.deepEqual(placed({ start: 0, end: 1e9 }, shown), { left: -5, width: 110 });
  });
});
