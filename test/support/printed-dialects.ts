import fc from "fast-check";

/** What a person means by one task, whatever tool it is written for. */
export interface MeantTask {
  readonly id: string | null;
  readonly title: string;
  readonly state: "open" | "done";
  readonly parallel: boolean;
  readonly optional: boolean;
  readonly requirements: readonly string[];
  /** Null: nothing is stated. */
  readonly needs: readonly string[] | null;
  readonly instructions: string;
  /** Place of its parent among all tasks. */
  readonly parent: number | null;
  /** The last heading above it. */
  readonly section: string | null;
}

/** A document as data, and as text. */
export interface Printed {
  readonly path: string;
  readonly text: string;
  readonly tasks: readonly MeantTask[];
  /** Before which tasks a checkpoint or phase stands. */
  readonly barriers: readonly string[];
}

const WORD = fc.constantFrom(
  ...["Build", "the", "parser", "so", "that", "it", "reads", "`code`", "größer", "読む", "fast", "v2", "&", "x/y", "100%", "A-1", "<tag>"],
); // prettier-ignore
const FIRST_WORD = fc.constantFrom("Build", "Größe", "読む", "`code`", "Fix", "Read");
const title = fc.tuple(FIRST_WORD, fc.array(WORD, { maxLength: 5 })).map(([first, rest]) => [first, ...rest].join(" "));
const note = fc.option(title, { nil: null });
const newline = fc.constantFrom("\n", "\r\n");
const mark = fc.constantFrom<readonly ["open" | "done", string]>(["open", " "], ["open", "-"], ["open", "~"], ["done", "x"], ["done", "X"]); // prettier-ignore
const bullet = fc.constantFrom("-", "*", "+");

interface Lines {
  readonly lines: string[];
  readonly tasks: MeantTask[];
}

function finish(path: string, { lines, tasks }: Lines, barriers: readonly string[], end: string): Printed {
  return { path, text: lines.join(end), tasks, barriers };
}

const speckitTask = fc.record({
  title,
  mark,
  parallel: fc.boolean(),
  stories: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
  requirement: fc.option(fc.integer({ min: 1, max: 99 }), { nil: null }),
  needs: fc.uniqueArray(fc.nat(100), { maxLength: 3 }),
  isBold: fc.boolean(),
  storyFirst: fc.boolean(),
  square: fc.boolean(),
  wraps: fc.boolean(),
  note,
});

/** Spec Kit's `tasks.md`. */
export const speckitDocument: fc.Arbitrary<Printed> = fc
  .record({
    phases: fc.array(
      fc.record({ title, tasks: fc.array(speckitTask, { minLength: 1, maxLength: 5 }), checkpoint: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    ),
    bullet,
    end: newline,
    legend: fc.boolean(),
  })
  .map(({ phases, bullet: point, end, legend }) => {
    const made: Lines = { lines: ["# Tasks: all of it", ""], tasks: [] };
    if (legend) made.lines.push("## Format", "", "- **[P]**: at the same time", "- [P] = parallel", "");
    const count = phases.reduce((sum, { tasks }) => sum + tasks.length, 0);
    const idAt = (at: number): string => `T${String(at + 1).padStart(3, "0")}`;
    const barriers: string[] = [];
    for (const [number, phase] of phases.entries()) {
      const section = `Phase ${number + 1}: ${phase.title}`;
      made.lines.push(`## ${section}`, "", "**Purpose**: (depends on T001) is only prose here", "");
      if (number > 0 && phases[number - 1]?.checkpoint !== true) barriers.push(`phase ${made.tasks.length}`);
      for (const task of phase.tasks) {
        const id = idAt(made.tasks.length);
        const needs = [...new Set(task.needs.map((at) => idAt(at % count)).filter((need) => need !== id))];
        const stories = task.stories.map((story) => `US${story}`);
        const labels = [...(task.parallel ? ["[P]"] : []), ...(stories.length > 0 ? [`[${stories.join(", ")}]`] : [])];
        if (task.storyFirst) labels.reverse();
        const requirement = task.requirement === null ? null : `FR-${String(task.requirement).padStart(3, "0")}`;
        const [open, close] = task.square ? ["[", "]"] : ["(", ")"];
        const stated = needs.length === 0 ? "" : `${open}depends on ${needs.join(", ")}${close}`;
        const words = [task.title, ...(requirement === null ? [] : [`(${requirement})`])].join(" ");
        const [, character] = task.mark;
        const isWrapped = task.wraps && stated !== "";
        made.lines.push(
          `${point} [${character}] ${[task.isBold ? `**${id}**` : id, ...labels, words].join(" ")}${!isWrapped && stated !== "" ? ` ${stated}` : ""}`,
          ...(isWrapped ? [`  ${stated}`] : []),
          ...(task.note === null ? [] : [`  ${point} ${task.note}`]),
        );
        made.tasks.push({
          ...{ id, state: task.mark[0], parallel: task.parallel, optional: false, parent: null, section },
          title: isWrapped || stated === "" ? words : `${words} ${stated}`,
          requirements: [...stories, ...(requirement === null ? [] : [requirement])],
          needs: needs.length === 0 ? null : needs,
          instructions: [...(isWrapped ? [stated] : []), ...(task.note === null ? [] : [`${point} ${task.note}`])].join(
            "\n",
          ),
        });
      }
      made.lines.push("");
      if (phase.checkpoint) {
        made.lines.push("**Checkpoint**: all of it works", "", "---", "");
        barriers.push(`checkpoint ${made.tasks.length}`);
      }
    }
    made.lines.push("## Notes", "", "- T001 before T002", "");
    return finish("specs/001-all/tasks.md", made, barriers, end);
  });

const kiroLeaf = fc.record({
  title,
  mark,
  optional: fc.boolean(),
  requirements: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 3,
    selector: ([a, b]) => `${a}.${b}`,
  }),
  note,
});

/** Kiro's `tasks.md`, with its subtasks indented or not. */
export const kiroDocument: fc.Arbitrary<Printed> = fc
  .record({
    groups: fc.array(fc.record({ own: kiroLeaf, parts: fc.array(kiroLeaf, { maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    isFlat: fc.boolean(),
    end: newline,
  })
  .map(({ groups, isFlat, end }) => {
    const made: Lines = { lines: ["# Implementation Plan", "", "## Tasks", ""], tasks: [] };
    const add = (
      id: string,
      leaf: typeof kiroLeaf extends fc.Arbitrary<infer Leaf> ? Leaf : never,
      parent: number | null,
      isParent: boolean,
    ): void => {
      const indent = parent === null || isFlat ? "" : "  ";
      const requirements = leaf.requirements.map(([a, b]) => `${a}.${b}`);
      const optional = leaf.optional && !isParent;
      const below = [
        ...(leaf.note === null ? [] : [`- ${leaf.note}`]),
        ...(requirements.length === 0 ? [] : [`- _Requirements: ${requirements.join(", ")}_`]),
      ];
      made.lines.push(
        `${indent}- [${leaf.mark[1]}]${optional ? "*" : ""} ${id}${parent === null ? "." : ""} ${leaf.title}`,
        ...below.map((line) => `${indent}  ${line}`),
      );
      made.tasks.push({
        ...{ id, title: leaf.title, state: leaf.mark[0], parallel: false, optional, requirements, needs: null, parent },
        ...{ instructions: below.join("\n"), section: "Tasks" },
      });
    };
    for (const [index, { own, parts }] of groups.entries()) {
      const parent = made.tasks.length;
      add(`${index + 1}`, own, null, parts.length > 0);
      for (const [part, leaf] of parts.entries()) add(`${index + 1}.${part + 1}`, leaf, parent, false);
      if (isFlat) made.lines.push("");
    }
    return finish(".kiro/specs/all/tasks.md", made, [], end);
  });

/** OpenSpec's `tasks.md`. */
export const openspecDocument: fc.Arbitrary<Printed> = fc
  .record({
    groups: fc.array(
      fc.record({
        title,
        tasks: fc.array(fc.record({ title, mark, isNumbered: fc.boolean(), isBold: fc.boolean(), scenario: note }), {
          minLength: 1,
          maxLength: 5,
        }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    bullet,
    end: newline,
  })
  .map(({ groups, bullet: point, end }) => {
    const made: Lines = { lines: [], tasks: [] };
    for (const [index, group] of groups.entries()) {
      const section = `${index + 1}. ${group.title}`;
      made.lines.push(`## ${section}`);
      for (const [place, task] of group.tasks.entries()) {
        const id = task.isNumbered ? `${index + 1}.${place + 1}` : null;
        const number = id === null ? "" : task.isBold ? `**${id}** ` : `${id} `;
        const scenario = task.scenario === null ? [] : [`${point} Scenario: ${task.scenario}`];
        made.lines.push(`${point} [${task.mark[1]}] ${number}${task.title}`, ...scenario.map((line) => `  ${line}`));
        made.tasks.push({
          ...{ id, title: task.title, state: task.mark[0], parallel: false, optional: false, needs: null },
          requirements: task.scenario === null ? [] : [task.scenario.replaceAll("`", "")],
          ...{ instructions: scenario.join("\n"), parent: null, section },
        });
      }
      made.lines.push("");
    }
    return finish("openspec/changes/all/tasks.md", made, [], end);
  });

interface Nested {
  readonly title: string;
  readonly mark: readonly ["open" | "done", string];
  readonly criteria: readonly number[];
  readonly note: string | null;
  readonly parts: readonly Nested[];
}

const { nested } = fc.letrec<{ nested: Nested }>((tie) => ({
  nested: fc.record({
    title,
    mark,
    criteria: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }),
    note,
    parts: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(tie("nested"), { maxLength: 3 }),
    ),
  }),
}));

/** Nested boxes under headings, with BMAD's criteria, with any markers. */
export const checklistDocument: fc.Arbitrary<Printed> = fc
  .record({
    sections: fc.array(fc.record({ title, tasks: fc.array(nested, { minLength: 1, maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
    marker: fc.constantFrom("-", "*", "+", "1.", "1)"),
    end: newline,
  })
  .map(({ sections, marker, end }) => {
    const made: Lines = { lines: [], tasks: [] };
    const add = (task: Nested, parent: number | null, section: string, indent: string): void => {
      const below = `${indent}${" ".repeat(marker.length + 1)}`;
      const criteria = task.criteria.length === 0 ? "" : ` (AC: ${task.criteria.join(", ")})`;
      made.lines.push(`${indent}${marker} [${task.mark[1]}] ${task.title}${criteria}`);
      if (task.note !== null) made.lines.push("", `${below}${task.note}`, "");
      const own = made.tasks.length;
      made.tasks.push({
        ...{ id: null, title: `${task.title}${criteria}`, state: task.mark[0], parallel: false, optional: false },
        requirements: task.criteria.map((criterion) => `AC${criterion}`),
        ...{ needs: null, instructions: task.note ?? "", parent, section },
      });
      for (const part of task.parts) add(part, own, section, below);
    };
    for (const section of sections) {
      made.lines.push(`# ${section.title}`, "");
      for (const task of section.tasks) add(task, null, section.title, "");
      made.lines.push("");
    }
    return finish("notes/todo.md", made, [], end);
  });
