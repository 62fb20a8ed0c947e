import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { SpecDocument, SpecTask } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { CORPUS, parseCorpusFile, type CorpusFile } from "../../support/corpus.ts";
import { planOfDocument } from "../../support/planning.ts";

/** Sections that hold no task, so that nothing in a document tells of them. */
const EMPTY_SECTIONS: Readonly<Record<string, number>> = {
  "speckit--mori-shin-x--artgraph--015.md": 1,
  "openspec--Fission-AI--OpenSpec--add-shell-completions.md": 2,
};

/** What a person would count in a document. */
class Counted {
  readonly tasks: readonly SpecTask[];
  readonly leaves: readonly SpecTask[];
  readonly parents: readonly SpecTask[];
  readonly #text: string;

  constructor({ text }: CorpusFile, document: SpecDocument) {
    this.#text = text;
    // The tasks of prose are the template's.
    this.tasks = document.dialect === "prose" ? [] : document.tasks;
    const withParts = new Set(this.tasks.map(({ parent }) => parent));
    this.parents = this.tasks.filter(({ id }) => withParts.has(id));
    this.leaves = this.tasks.filter(({ id }) => !withParts.has(id));
  }

  /** What the file shows of a task's state. */
  shown = ({ box }: SpecTask): string => (box ? this.#text.slice(box.start, box.end) : "");

  marks(tasks: readonly SpecTask[]): Record<string, number> {
    const of = (mark: RegExp): number => tasks.filter((task) => mark.test(this.shown(task))).length;
    return { open: of(/^ $/), done: of(/^x$/i), "running-": of(/^-$/), "running~": of(/^~$/) };
  }

  partsOf({ id }: SpecTask): SpecTask[] {
    return this.tasks.filter(({ parent }) => parent === id);
  }
}

for (const file of CORPUS) {
  const { extra } = file;
  const has = (...facts: (keyof typeof extra)[]): boolean => facts.some((fact) => extra[fact] !== undefined);

  describe(`spec: corpus, ${file.name} (A1)`, () => {
    let document: SpecDocument;
    let counted: Counted;
    before(() => {
      document = parseCorpusFile(file);
      counted = new Counted(file, document);
    });

    it("is the file of that commit, byte for byte", () => {
      const header = Buffer.from(`blob ${file.bytes.length}\0`);
      assert.equal(createHash("sha1").update(header).update(file.bytes).digest("hex"), extra.gitBlob);
      assert.equal(file.bytes.length, extra.bytes);
    });

    it("is of its dialect, with all its tasks in their states", () => {
      const { leaves, parents, tasks } = counted;
      const done = leaves.filter(({ state }) => state === "done").length;
      assert.deepEqual(
        {
          dialect: document.dialect,
          leafTasks: leaves.length,
          parentTasks: parents.length,
          done,
          open: leaves.length - done,
          optional: leaves.filter(({ optional }) => optional).length,
          running: leaves.filter((task) => /^(?:[-~]|in-progress)$/.test(counted.shown(task))).length,
          firstId: tasks.at(0)?.ownId ?? null,
          lastId: tasks.at(-1)?.ownId ?? null,
        },
        {
          dialect: file.dialect,
          leafTasks: file.leafTasks,
          parentTasks: file.parentTasks,
          done: file.done,
          open: file.open,
          optional: file.optional,
          running: extra.runningMarkers,
          firstId: file.firstId,
          lastId: file.lastId,
        },
      );
    });

    it("states its dependencies, and they can be planned", () => {
      const edges = counted.tasks.flatMap(({ ownId, needs }) => (needs ?? []).map((need) => [ownId, need]));
      assert.equal(edges.length, file.explicitEdges);
      if (extra.edges) assert.deepEqual(edges, extra.edges);
      const plan = planOfDocument(document);
      const wrong = (codes: RegExp): string[] =>
        plan.diagnostics.filter(({ code }) => codes.test(code)).map(({ message }) => message);
      assert.deepEqual(wrong(/^unknown-dependency$/), extra.danglingEdges ?? []);
      assert.deepEqual(wrong(/^(?:cycle|self-dependency)$/), extra.cycleEdges ?? []);
      const open = counted.leaves.filter(({ state, runs }) => state === "open" && runs);
      for (const { id } of open)
        assert.ok(
          plan.steps.some((step) => step.id === id),
          id,
        );
    });

    if (has("firstLeafId", "duplicateIds", "outOfOrderIds", "unnumberedTasks")) {
      it("has these ids, also twice, out of order or not at all", () => {
        const ids = counted.tasks.flatMap(({ ownId }) => ownId ?? []);
        const backwards = ids.filter((id, at) => ids[at - 1]?.[0] === id[0] && id < (ids[at - 1] ?? ""));
        assert.deepEqual([...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))], extra.duplicateIds);
        if (extra.outOfOrderIds) assert.deepEqual(backwards, extra.outOfOrderIds);
        if (extra.firstLeafId !== undefined) assert.equal(counted.leaves.at(0)?.ownId, extra.firstLeafId);
        if (extra.lastLeafId !== undefined) assert.equal(counted.leaves.at(-1)?.ownId, extra.lastLeafId);
        if (has("unnumberedTasks"))
          assert.equal(counted.leaves.filter(({ ownId }) => ownId === null).length, extra.unnumberedTasks);
        assert.equal(new Set(document.tasks.map(({ id }) => id)).size, document.tasks.length);
      });
    }

    if (has("parallelMarked", "userStories", "phaseHeadings", "sections")) {
      it("has these marks, stories and sections", () => {
        const { tasks } = counted;
        if (has("parallelMarked")) assert.equal(tasks.filter(({ parallel }) => parallel).length, extra.parallelMarked);
        if (extra.userStories) {
          const stories = new Set(tasks.flatMap(({ requirements }) => requirements).filter((id) => /^US\d/.test(id)));
          assert.deepEqual([...stories].sort(), extra.userStories);
        }
        const empty = EMPTY_SECTIONS[file.name] ?? 0;
        const sections = [
          ...new Set(tasks.map(({ section }) => section.find((title) => /^(?:\d+\.|phase) /i.test(title)))),
        ];
        const named = sections.filter((section) => section !== undefined);
        assert.equal(named.length + empty, extra.phaseHeadings ?? extra.sections);
      });
    }

    if (has("nonTaskCheckboxes")) {
      it("takes no other line with brackets for a task", () => {
        const lines = file.text.split(/\r?\n/).filter((line) => /^\s*[-*+] \[[^\]]\]/.test(line));
        const boxes = counted.tasks.filter(({ box }) => box !== null);
        assert.equal(lines.length - boxes.length, extra.nonTaskCheckboxes);
      });
    }

    if (has("parentsDone", "markers", "parentChildMismatch", "flatSubtasks", "tasksPerIndent")) {
      it("has these parents, whatever their own boxes say", () => {
        const { parents, tasks } = counted;
        if (has("parentsDone")) assert.equal(parents.filter(({ state }) => state === "done").length, extra.parentsDone);
        if (extra.markers) assert.deepEqual(counted.marks(counted.leaves), extra.markers);
        if (extra.parentMarkers) assert.deepEqual(counted.marks(parents), extra.parentMarkers);
        if (extra.parentChildMismatch) assert.deepEqual(mismatches(counted, file), extra.parentChildMismatch);
        if (has("flatSubtasks")) {
          const flat = tasks.filter(({ parent, range }) => parent !== null && range.column === 1);
          assert.equal(flat.length, extra.flatSubtasks);
        }
        if (extra.tasksPerIndent)
          assert.deepEqual(
            countBy(tasks, ({ range }) => String(range.column - 1)),
            extra.tasksPerIndent,
          );
      });
    }

    if (has("requirements", "criteriaUncovered")) {
      it("has these requirements and criteria, and leaves these without a task", () => {
        const [criteria, above] = [true, false].map((is) =>
          document.requirements.filter(({ criterion }) => criterion === is).map(({ id }) => id),
        );
        if (has("requirements"))
          assert.deepEqual([above?.length, criteria?.length], [extra.requirements, extra.criteria]);
        const named = new Set(counted.tasks.flatMap(({ requirements }) => requirements));
        if (extra.criteriaUncovered)
          assert.deepEqual(
            criteria?.filter((id) => !named.has(id)),
            extra.criteriaUncovered,
          );
      });
    }

    if (has("waveMissingLeaves")) {
      it("tells which of its tasks no wave lists", () => {
        const unlisted = document.diagnostics.filter(({ code }) => code.startsWith("unlisted-"));
        assert.deepEqual(
          unlisted.flatMap(({ steps }) => steps),
          extra.waveMissingLeaves,
        );
      });
    }

    if (has("tags")) {
      it("has these tags and statuses", () => {
        assert.deepEqual(Object.fromEntries(tagsOf(counted)), extra.tags);
        const isTop = ({ parent }: SpecTask): boolean => parent === null;
        assert.deepEqual(countBy(counted.tasks.filter(isTop), counted.shown), extra.taskStatuses);
        assert.deepEqual(
          countBy(
            counted.tasks.filter((task) => !isTop(task)),
            counted.shown,
          ),
          extra.subtaskStatuses,
        );
      });
    }
  });
}

describe("spec: corpus, without its paths (A1)", () => {
  for (const file of CORPUS) {
    const isPlain = file.name.includes("add-shell-completions");
    it(`knows ${file.name} by its content${isPlain ? " as a checklist, which it is" : ""}`, () => {
      const path = file.name.endsWith(".json") ? "x/list.json" : "x/list.md";
      const document = parseSpec(file.text, path);
      assert.equal(document.dialect, isPlain ? "checklist" : file.dialect, document.recognised);
    });
  }
});

/** In the words of the facts. */
function mismatches(counted: Counted, { dialect }: CorpusFile): string[] {
  return counted.parents.flatMap((parent): string[] => {
    const parts = counted.partsOf(parent);
    const open = parts.filter(({ state }) => state !== "done");
    const name = parent.ownId ?? "";
    if (parent.state === "done" && open.length > 0) {
      if (dialect === "taskmaster") {
        const done = parts.length - open.length;
        return [`${parent.section[0] ?? ""}#${name} status done, subtasks done ${done}/${parts.length}`];
      }
      const ids = open.map(({ ownId, optional }) => `${ownId ?? ""}${optional ? "*" : ""}`);
      return [`${name}:done-but-children-open(${ids.join(",")})`];
    }
    return parent.state !== "done" && open.length === 0 ? [`${name}:open-but-all-children-done`] : [];
  });
}

function tagsOf({ tasks, leaves, parents }: Counted): [string, object][] {
  const edges = (some: readonly SpecTask[]): number => some.reduce((sum, { needs }) => sum + (needs?.length ?? 0), 0);
  return [...new Set(tasks.map(({ section }) => section[0] ?? ""))].map((tag) => {
    const within = (all: readonly SpecTask[]): SpecTask[] => all.filter(({ section }) => section[0] === tag);
    const top = within(tasks).filter(({ parent }) => parent === null);
    const done = within(leaves).filter(({ state }) => state === "done").length;
    return [
      tag,
      {
        tasks: top.length,
        leafTasks: within(leaves).length,
        parentTasks: within(parents).length,
        done,
        open: within(leaves).length - done,
        taskEdges: edges(top),
        subtaskEdges: edges(within(tasks)) - edges(top),
        firstId: top.at(0)?.ownId,
        lastId: top.at(-1)?.ownId,
      },
    ];
  });
}

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[keyOf(value)] = (counts[keyOf(value)] ?? 0) + 1;
  return counts;
}
