import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import type { SpecTask } from "../../schemas/spec.ts";
import { BoxBase } from "../../worker/spec/box-base.ts";
import { boxMarks } from "../../worker/spec/box-marks.ts";
import { replaceAt } from "../../worker/spec/replace-at.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { tickBoxes } from "../../worker/spec/write-back.ts";
import { CORPUS, parseCorpusFile } from "../support/corpus.ts";
import { planOfDocument } from "../support/planning.ts";
import { DONE, TickingWorld } from "../support/ticking.ts";
import { DIALECTS_WITH_BOXES, manner, meantTasks, print, walk, type MeantTask } from "../support/written-specs.ts";

const PATHS = { taskmaster: "tasks/tasks.json" } as const;
const pathOf = (dialect: string): string => (dialect === "taskmaster" ? PATHS.taskmaster : "any/tasks.md");

/** What a person does to a task while it runs. */
const deed = fc.constantFrom("nothing", "nothing", "nothing", "reword", "tick", "open", "remove", "under way");
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** The tasks after a person's deeds, taken in turn. */
function edited(tasks: readonly MeantTask[], deeds: readonly Deed[], turn = { at: 0 }): MeantTask[] {
  return tasks.flatMap((task) => {
    const what = deeds[(turn.at += 1) % deeds.length];
    const children = edited(task.children, deeds, turn);
    if (what === "remove") return [];
    const words = what === "reword" ? `${task.words} anew` : task.words;
    const state = what === "tick" ? "done" : what === "open" ? "open" : what === "under way" ? "under way" : task.state;
    return [{ ...task, children, words, state }];
  });
}

/** The same tasks, with those that were ticked before shown so. */
function ticked(tasks: readonly MeantTask[], paths: ReadonlySet<string>, above = ""): MeantTask[] {
  return tasks.map((task) => {
    const path = above === "" ? String(task.number) : `${above}.${task.number}`;
    const children = ticked(task.children, paths, path);
    return { ...task, children, state: paths.has(path) ? "done" : task.state };
  });
}

interface Rules {
  readonly base: ReadonlyMap<string, MeantTask>;
  readonly finished: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  readonly depth: number;
}

/** The boxes that must be set, written down without any of the product's code. */
function expected(tasks: readonly MeantTask[], rules: Rules, above = ""): { set: string[]; allDone: boolean } {
  const set: string[] = [];
  let allDone = true;
  for (const task of tasks) {
    const path = above === "" ? String(task.number) : `${above}.${task.number}`;
    const children = path.split(".").length < rules.depth ? task.children : [];
    const below = expected(children, rules, path);
    set.push(...below.set);
    const before = rules.base.get(path);
    const isSame = before?.words === task.words;
    const isOpen = task.state !== "done" && !rules.written.has(path) && isSame;
    const follows =
      children.length > 0 && below.allDone && children.some(({ number }) => below.set.includes(`${path}.${number}`));
    const isSet = isOpen && (rules.finished.has(path) ? children.length === 0 || below.allDone : follows);
    if (isSet) set.push(path);
    if (!isSet && task.state !== "done") allDone = false;
  }
  return { set, allDone };
}

describe("write-back into real files (A8)", () => {
  for (const file of CORPUS.filter(({ dialect }) => dialect !== "prose" && dialect !== "kiro-requirements")) {
    it(`ticks all of ${file.name} and nothing else`, () => {
      const { text, path } = file;
      const spec = parseCorpusFile(file);
      const options = { dialect: spec.dialect };
      const marks = spec.tasks.filter(({ runs }) => runs).map((task) => ({ ...task, line: task.range.line }));
      const base = new BoxBase(text, path, options);
      const half = tickBoxes(
        text,
        path,
        marks.filter((_, index) => index % 2 === 0),
        { base, options },
      );
      const written = new Set(half.boxes.map(({ task }) => task));
      const all = tickBoxes(half.text, path, marks, { base, options, written });
      assert.deepEqual([...half.left, ...all.left], []);
      const places = spec.tasks.flatMap((task) => (task.box && task.state === "open" ? [{ task, ...task.box }] : []));
      const changed = places.filter(({ start, end }) => text.slice(start, end) !== boxMarks(spec.dialect).done);
      assert.equal(all.text, replaceAt(text, changed.filter(({ task }) => isTicked(spec.tasks, task)).map(({ start, end }) => ({ start, end, to: boxMarks(spec.dialect).done })))); // prettier-ignore
      assert.deepEqual(
        parseSpec(all.text, path, options).tasks.filter(({ runs, box }) => runs && box !== null),
        [],
      );
    });
  }
});

/** Whether an open task is to be ticked when all that runs is done: it runs itself, or something below it does. */
function isTicked(tasks: readonly SpecTask[], task: SpecTask): boolean {
  if (task.runs || (task.checkpoint && tasks.every(({ parent }) => parent !== task.id))) return true;
  return tasks.some((child) => child.parent === task.id && child.state === "open" && isTicked(tasks, child));
}

describe("property: write-back (A8)", () => {
  it("sets exactly the boxes that this execution may set, in every dialect, whatever a person has done meanwhile", () => {
    let sets = 0;
    fc.assert(
      fc.property(
        meantTasks,
        manner,
        fc.array(deed, { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        (tasks, how, deeds, ends, writes, isMoved) => {
          const path = pathOf(how.dialect);
          const options = { dialect: how.dialect };
          const before = print(tasks, how);
          const plan = planOfDocument(parseSpec(before.text, path, options));
          const base = new Map<string, MeantTask>();
          walk(tasks, (at, task) => base.set(at, task));
          const stepOf = new Map(plan.steps.map((step) => [/task (\S+) /.exec(step.title)?.[1] ?? "", step]));
          const done = [...stepOf.keys()].filter((_, index) => ends[index % ends.length]);
          const written = new Set(done.filter((_, index) => writes[index % writes.length]));
          const now = edited(ticked(tasks, written), deeds);
          const after = print(now, { ...how, before: isMoved ? "Words of a person." : "" });
          const ids = new Set([...written].map((at) => stepOf.get(at)?.id ?? ""));
          const marks = done.flatMap((at) => stepOf.get(at) ?? []);
          const result = tickBoxes(after.text, path, marks, {
            base: new BoxBase(before.text, path, options),
            options,
            written: ids,
          });
          const depth = how.dialect === "taskmaster" ? 2 : 9;
          const meant = expected(now, { base, finished: new Set(done), written, depth });
          sets += meant.set.length;
          const to = boxMarks(how.dialect).done;
          const places = meant.set.map((at) => ({ ...(after.boxes.get(at) ?? { start: -1, end: -1 }), to }));
          assert.equal(result.text, replaceAt(after.text, places));
          assert.equal(result.changed, meant.set.length > 0);
          const again = tickBoxes(result.text, path, marks, {
            base: new BoxBase(before.text, path, options),
            options,
            written: new Set([...ids, ...result.boxes.map(({ task }) => task)]),
          });
          assert.equal(again.text, result.text, "a second time there is nothing to do");
        },
      ),
      { numRuns: 1_500 },
    );
    assert.ok(sets > 300, `${sets} boxes were set`);
  });

  it("changes nothing but what shows a state in any text, planned from any other", () => {
    const pieces = ["- [ ] ", "- [x] ", "* [X] ", "1. [-] ", "[~] ", "  ", "\t", "\n", "\r\n", "\r", "# ", "Checkpoint", "T001 ", "1.1 ", "* ", "```\n", "> ", "<!--", "-->", "\uFEFF", "\u2028", "é", "😀", "\uD800", "word ", "_Requirements: 1.1_", "command: x", "|", "\\"]; // prettier-ignore
    const json = ['{"tasks":[', '{"id":1,', '"id":"2",', '"status":"pending"', '"status":"done"', '"status": "in-progress"', '"title":"t"', '"subtasks":[', ",", "]", "}", "\n", '"', "\\u0041", "1", "null"]; // prettier-ignore
    const text = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 50 }).map((parts) => parts.join("")),
      fc.array(fc.constantFrom(...json), { maxLength: 40 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary", maxLength: 100 }),
    );
    fc.assert(
      fc.property(text, text, fc.boolean(), fc.constantFrom(...DIALECTS_WITH_BOXES), (before, other, same, dialect) => {
        const path = pathOf(dialect);
        const options = { dialect };
        const now = same ? before : other;
        const { steps } = planOfDocument(parseSpec(before, path, options));
        const result = tickBoxes(now, path, steps, { base: new BoxBase(before, path, options), options });
        const boxes = parseSpec(now, path, options).tasks.flatMap(({ box }) =>
          box ? [`${box.start} ${box.end}`] : [],
        );
        for (const { start, end } of result.boxes) assert.ok(boxes.includes(`${start} ${end}`));
        assert.equal(result.text, replaceAt(now, result.boxes));
        for (const { to } of result.boxes) assert.equal(to, boxMarks(dialect).done);
        assert.equal(result.changed, result.text !== now);
        assert.equal(result.changed, result.boxes.length > 0);
      }),
      { numRuns: 800 },
    );
  });

  it("ticks every box when all steps are finished", () => {
    fc.assert(
      fc.property(meantTasks, manner, (tasks, how) => {
        const path = pathOf(how.dialect);
        const options = { dialect: how.dialect };
        const { text } = print(tasks, how);
        const { steps } = planOfDocument(parseSpec(text, path, options));
        const result = tickBoxes(text, path, steps, { base: new BoxBase(text, path, options), options });
        assert.deepEqual(result.left, []);
        assert.deepEqual(
          parseSpec(result.text, path, options).tasks.filter(({ runs }) => runs),
          [],
        );
      }),
      { numRuns: 300 },
    );
  });

  it("loses nothing that a person writes at any moment between the look and the change", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ turns: fc.nat(12), finishes: fc.boolean() }), { minLength: 1, maxLength: 12 }),
        async (moments) => {
          const world = new TickingWorld(`${"- [ ] a\n- [ ] b\n- [ ] c\n- [ ] d\n"}`);
          try {
            const ids = ["a", "b", "c", "d"];
            let words = 0;
            const flushes: Promise<unknown>[] = [];
            for (const { turns, finishes } of moments) {
              const id = ids[words % ids.length];
              if (finishes && id !== undefined) world.ticker.add(id, DONE);
              flushes.push(world.ticker.flush());
              for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
              // As an editor saves: what it shows, which is what was there, and more.
              writeFileSync(world.file, `\n# Words ${words}\n\n${world.read()}`);
              words += 1;
            }
            await Promise.all(flushes);
            await world.ticker.flush();
            const text = world.read();
            for (let word = 0; word < words; word += 1) assert.ok(text.includes(`# Words ${word}\n`), `words ${word}`);
            const plain = text.replaceAll("[x]", "[ ]");
            assert.equal(plain.replace(/\n# Words \d+\n\n/g, ""), "- [ ] a\n- [ ] b\n- [ ] c\n- [ ] d\n");
          } finally {
            world.remove();
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
