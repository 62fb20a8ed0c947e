import assert from "node:assert/strict";
import fc from "fast-check";
import { EventBody } from "../../schemas/event.ts";
import { AnyWorld } from "../simulation/any-world.ts";
import { runBatch } from "../simulation/batch.ts";
import { confluentWorld, journalHash, rescheduled, resultOf } from "../simulation/confluent-world.ts";
import { ENGINE, type Engine } from "../simulation/engine.ts";
import { worldOf } from "../simulation/random-world.ts";
import { Simulation } from "../simulation/simulation.ts";
import { reportOf, shrunk, storyOf, violationOf } from "../simulation/story.ts";
import { decodeWorld, Happening, World } from "../simulation/world.ts";

const EXECUTIONS = 2_500;
const FIRST_SEED = 1;
/** What must occur besides every type of event and of happening; else the world is too tame. */
const FAULTS = [
  "agent hangs",
  "answer that comes twice",
  "late answer",
  "fenced",
  "crash",
  "crash that loses events",
  "crash while it waits",
  "command answer refused: conflict",
  "command answer refused: bad_request",
  "command answer refused: not_found",
  "command revise refused: conflict",
  "command rerun refused: conflict",
  "command kill",
  "note after the end",
  "report",
  "report that is refused",
  "report that is too late",
  "attempt.stopping budget",
  "step.requeued fallback",
  "level threshold",
  "level limit",
  "level below",
  "asked for a word",
  "asked budget",
  "asked conflict",
  "asked permission",
  "agent waits for an answer",
  "question too late",
  "question of one who is being stopped",
  "question that nobody answers",
  "question that was answered before",
  "quota that is waited for",
  "failed: review_rejected",
  "withdrawn while it goes on",
  "skipped: budget_exceeded",
  "happening retry after the end",
  "happening rerun after the end",
  "happening revise after the end",
  ...["known", "unknown", "nan", "infinite", "-infinite", "negative", "fractional", "too large"].map(
    (c) => `cost ${c}`,
  ),
];

describe("simulated world (design, section 4)", () => {
  it(`1-9: all invariants hold after every event of ${EXECUTIONS} random executions from seed ${FIRST_SEED} on, in which every event and every fault occurs`, function () {
    this.timeout(120_000);
    const batch = runBatch(FIRST_SEED, ({ executions }) => executions >= EXECUTIONS);
    if (batch.broken) assert.fail(reportOf(worldOf(batch.broken.seed)).join("\n"));
    const types = EventBody.options.map(({ shape }) => shape.type.value);
    const kinds = Happening.options.map(({ shape }) => `happening ${shape.kind.value}`);
    const missing = [...types, ...kinds, ...FAULTS].filter((what) => !batch.coverage.has(what));
    assert.deepEqual(missing, []);
  });

  it("7, 10: order, places, durations, crashes and pauses change no end, no output and no cost of successful attempts", function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(), { minLength: 2, maxLength: 3 }), (seed, schedules) => {
        const world = confluentWorld(seed);
        const calm = new Simulation(world, { isThorough: false });
        calm.run();
        for (const schedule of schedules) {
          const other = new Simulation(rescheduled(world, schedule), { isThorough: false });
          other.run();
          assert.deepEqual(resultOf(other), resultOf(calm));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a clock on the wall that is set anew changes nothing but the times that people see, without limits and quotas that go by it", () => {
    fc.assert(
      fc.property(new AnyWorld(), fc.nat(20_000), (world, at) => {
        const timeless = withoutWindows(world);
        const [still, moved] = [0, -86_400_000].map((by) => {
          const happenings: Happening[] = [{ kind: "wall", at, by }, ...timeless.happenings];
          const simulation = new Simulation({ ...timeless, happenings }, { isThorough: false });
          simulation.run();
          return journalHash(simulation);
        });
        assert.equal(moved, still);
      }),
      { numRuns: 100 },
    );
  });

  it("the same seed gives the same journal, to the letter", () => {
    const hashes = [1, 2].map(() => {
      const simulation = new Simulation(worldOf(77));
      simulation.run();
      return journalHash(simulation);
    });
    assert.equal(hashes[0], hashes[1]);
  });
});

function withoutWindows(world: World): World {
  const timeless = (plan: World["plan"]): World["plan"] => ({
    ...plan,
    limits: plan.limits.filter(({ window }) => window.kind === "execution"),
  });
  const happenings = world.happenings.map((one) =>
    one.kind === "revise" ? { ...one, plan: timeless(one.plan) } : one,
  );
  const agents = Object.fromEntries(
    Object.entries(world.agents).map(([id, deeds]) => [id, deeds.map((deed) => ({ ...deed, retryAfter: null }))]),
  );
  return { ...world, plan: timeless(world.plan), happenings, agents };
}

describe("simulated world: a broken promise", () => {
  /** Forgets that the execution was cancelled, when it decides. */
  const forgetful: Engine = {
    ...ENGINE,
    decide: (state, t, around) => ENGINE.decide({ ...state, cancel: null }, t, around),
  };
  const { broken } = runBatch(FIRST_SEED, ({ executions }) => executions >= EXECUTIONS, { engine: forgetful });
  const world = worldOf(broken?.seed ?? 0);

  it("is found, and made smaller while the same promise stays broken", () => {
    assert.equal(violationOf(world, forgetful)?.rule, 6);
    const small = shrunk(world, forgetful);
    assert.equal(violationOf(small, forgetful)?.rule, 6);
    assert.ok(small.plan.steps.length <= 2, `${small.plan.steps.length} steps`);
    assert.ok(small.happenings.length <= 1 && small.crashes.length === 0);
    assert.equal(violationOf(small), null);
  });

  it("is printed with its seed and a word by which it is replayed, and tells its story to the end", () => {
    const report = reportOf(world, forgetful);
    assert.match(report[0] ?? "", new RegExp(`^Seed ${world.seed}: invariant 6: `));
    const word = /--replay (w\S+)$/.exec(report.at(-1) ?? "")?.[1] ?? "";
    const replayed = decodeWorld(word);
    assert.deepEqual(World.parse(replayed), replayed);
    const story = storyOf(replayed, forgetful);
    assert.ok(story.some((line) => line.includes("ada asks: cancel")));
    assert.match(story.at(-1) ?? "", /^Broken: invariant 6: /);
    assert.equal(storyOf(replayed).at(-1), "Everything held.");
  });
});
