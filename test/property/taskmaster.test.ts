import assert from "node:assert/strict";
import fc from "fast-check";
import type { SpecDocument } from "../../schemas/spec.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { planOfDocument } from "../support/planning.ts";

const PATH = ".taskmaster/tasks/tasks.json";

/** What a file says of a task, in our words. Dependencies are places in the list of all tasks of the tag. */
interface Told {
  readonly title: string;
  readonly status: string | null;
  readonly details: string | null;
  readonly priority: string | null;
  readonly needs: readonly number[] | null;
}
interface ToldTag {
  readonly name: string;
  readonly form: "numbers" | "digits" | "words";
  readonly tasks: readonly (Told & { readonly parts: readonly Told[] })[];
}
/** How a file is written where Task Master and its users write it in several ways. */
interface Style {
  readonly tagged: boolean;
  readonly indent: number;
  readonly windows: boolean;
  readonly mark: boolean;
  /** How subtasks are called: 1, "1", "5.1" or 5.1. */
  readonly parts: "number" | "digits" | "dotted" | "float";
  /** Whether subtasks name those beside them in short. */
  readonly short: boolean;
}

const TITLE = fc.string({ unit: "binary", maxLength: 30 }).map((text) => `${text.replace(/\s+/g, " ")}.`.trim());
const TOLD = {
  title: TITLE,
  status: fc.constantFrom("pending", "in-progress", "review", "done", "completed", "deferred", "cancelled", null),
  details: fc.option(fc.string({ unit: "binary", maxLength: 40 })),
  priority: fc.constantFrom("high", "medium", "low", "critical", null),
  needs: fc.option(fc.uniqueArray(fc.nat(30), { maxLength: 3 })),
};
const TAG: fc.Arbitrary<Omit<ToldTag, "name">> = fc.record({
  form: fc.constantFrom("numbers", "digits", "words"),
  tasks: fc.array(fc.record({ ...TOLD, parts: fc.array(fc.record(TOLD), { maxLength: 12 }) }), { maxLength: 6 }),
});
const TAGS = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), TAG, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  .map((tags) => Object.entries(tags).map(([name, tag]) => ({ name, ...tag })))
  .filter((tags) => tags.some(({ tasks }) => tasks.length > 0) && !tags.some(({ name }) => name === "tasks"));
const STYLE: fc.Arbitrary<Style> = fc.record({
  tagged: fc.boolean(),
  indent: fc.constantFrom(0, 2, 4),
  windows: fc.boolean(),
  mark: fc.boolean(),
  parts: fc.constantFrom("number", "digits", "dotted", "float"),
  short: fc.boolean(),
});

interface Expected {
  readonly ownId: string;
  readonly parent: string | null;
  readonly section: readonly string[];
  readonly title: string;
  readonly state: string;
  readonly instructions: string;
  readonly needs: readonly string[] | null;
}

const STATE: Readonly<Record<string, string>> = {
  done: "done",
  completed: "done",
  deferred: "skipped",
  cancelled: "skipped",
};

function topId({ form }: Pick<ToldTag, "form">, at: number): string {
  return form === "words" ? `task-${String.fromCharCode(97 + at)}` : String(at + 1);
}

function partId(tag: ToldTag, at: number, part: number): string {
  return tag.form === "words" ? `${topId(tag, at)}-part-${part}` : `${at + 1}.${part + 1}`;
}

/** All ids of a tag, in file order. */
function allIds(tag: ToldTag): string[] {
  return tag.tasks.flatMap(({ parts }, at) => [topId(tag, at), ...parts.map((_, part) => partId(tag, at, part))]);
}

function expected(tags: readonly ToldTag[], tagged: boolean): Expected[] {
  return tags.flatMap((tag) => {
    const ids = allIds(tag);
    const section = tagged ? [tag.name] : [];
    const one = (told: Told, ownId: string, parent: string | null, isOut: boolean): Expected => {
      const state = told.status === null ? "open" : (STATE[told.status] ?? "open");
      return {
        ...{ ownId, parent, section, title: told.title },
        state: isOut && state === "open" ? "skipped" : state,
        instructions: (told.details ?? "").replace(/\r\n?/g, "\n").trim(),
        needs: told.needs && told.needs.map((need) => ids[need % ids.length] ?? ""),
      };
    };
    return tag.tasks.flatMap((told, at) => {
      const top = one(told, topId(tag, at), null, false);
      return [
        top,
        ...told.parts.map((part, index) => one(part, partId(tag, at, index), top.ownId, top.state === "skipped")),
      ];
    });
  });
}

/** Text that stands in the JSON without quotes: a number that keeps its digits. */
const BARE = "\u0001";

function print(tags: readonly ToldTag[], style: Style): string {
  const written = tags.map((tag) => {
    const ids = allIds(tag);
    const body = ({ title, status, details, priority }: Told): object => ({
      title,
      ...(status === null ? {} : { status }),
      ...(details === null ? {} : { details }),
      ...(priority === null ? {} : { priority }),
    });
    const number = (id: string): string => (tag.form === "numbers" ? `${BARE}${id}${BARE}` : id);
    const dependencies = (told: Told, beside: readonly string[]): object => {
      if (told.needs === null) return {};
      return {
        dependencies: told.needs.map((need) => {
          const id = ids[need % ids.length] ?? "";
          return number(style.short && beside.includes(id) && tag.form !== "words" ? (id.split(".")[1] ?? "") : id);
        }),
      };
    };
    const tasks = tag.tasks.map((told, at) => {
      const beside = told.parts.map((_, part) => partId(tag, at, part));
      const subtasks = told.parts.map((part, index) => {
        const id = partId(tag, at, index);
        const short = {
          number: `${BARE}${index + 1}${BARE}`,
          digits: `${index + 1}`,
          dotted: id,
          float: `${BARE}${id}${BARE}`,
        };
        return { id: tag.form === "words" ? id : short[style.parts], ...body(part), ...dependencies(part, beside) };
      });
      return {
        id: number(topId(tag, at)),
        ...body(told),
        ...dependencies(told, []),
        ...(subtasks.length > 0 ? { subtasks } : {}),
      };
    });
    return [tag.name, { tasks, metadata: { created: "2025-01-01" } }] as const;
  });
  const [first] = written;
  const content = style.tagged ? Object.fromEntries(written) : { ...first?.[1] };
  const text = JSON.stringify(content, null, style.indent).replaceAll(/"\\u0001([\d.]+)\\u0001"/g, "$1");
  return (style.mark ? "\uFEFF" : "") + (style.windows ? text.replaceAll("\n", "\r\n") : text);
}

function found({ tasks }: SpecDocument): Expected[] {
  const own = new Map(tasks.map(({ id, ownId }) => [id, ownId]));
  return tasks.map(({ ownId, parent, section, title, state, instructions, needs }) => ({
    ...{
      ownId: ownId ?? "",
      parent: parent === null ? null : (own.get(parent) ?? ""),
      section,
      title,
      state,
      instructions,
      needs,
    },
  }));
}

/** A subtask that names a task of the top by a number that one beside it has, too, means the one beside it. */
function isPlain(tags: readonly ToldTag[]): boolean {
  return tags.every((tag) => {
    const ids = allIds(tag);
    return tag.tasks.every(({ parts }) =>
      parts.every(({ needs }) => {
        const named = (needs ?? []).map((need) => ids[need % ids.length] ?? "");
        return named.every((id) => !/^\d+$/.test(id) || Number(id) > parts.length);
      }),
    );
  });
}

describe("Task Master's files (property, A1)", () => {
  it("are read as what was written, in every way of writing them", () => {
    fc.assert(
      fc.property(TAGS, STYLE, (tags, style) => {
        const kept = style.tagged ? tags : tags.slice(0, 1);
        fc.pre(kept.some(({ tasks }) => tasks.length > 0) && isPlain(kept));
        const document = parseSpec(print(kept, style), PATH);
        assert.deepEqual(document.diagnostics, []);
        assert.deepEqual(found(document), expected(kept, style.tagged));
      }),
      { numRuns: 500 },
    );
  });

  it("show each status where it stands", () => {
    fc.assert(
      fc.property(TAGS, STYLE, (tags, style) => {
        const text = print(tags, { ...style, tagged: true });
        const { tasks } = parseSpec(text, PATH);
        const statuses = tags.flatMap((tag) =>
          tag.tasks.flatMap(({ status, parts }) => [status, ...parts.map((part) => part.status)]),
        );
        assert.deepEqual(
          tasks.map(({ box }) => box && text.slice(box.start, box.end)),
          statuses,
        );
      }),
    );
  });

  it("never keep the reader from an answer, whatever JSON or text they hold", () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          id: fc.jsonValue(),
          title: fc.jsonValue(),
          dependencies: fc.jsonValue(),
          status: fc.jsonValue(),
          subtasks: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    const texts = fc.oneof(
      fc.array(odd).map((tasks) => JSON.stringify({ tasks })),
      fc
        .dictionary(fc.string(), fc.array(odd))
        .map((tags) =>
          JSON.stringify(Object.fromEntries(Object.entries(tags).map(([tag, tasks]) => [tag, { tasks }]))),
        ),
      fc.tuple(TAGS, STYLE, fc.nat(), fc.nat(20)).map(([tags, style, at, length]) => {
        const text = print(tags, style);
        return text.slice(0, at % text.length) + text.slice((at % text.length) + length);
      }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const document = parseSpec(text, PATH);
        const places = [
          ...document.tasks.flatMap(({ range, box, needsRange }) => [range, box, needsRange]),
          ...document.diagnostics.map(({ range }) => range),
        ];
        for (const place of places) {
          if (place) assert.ok(place.start >= 0 && place.start <= place.end && place.end <= text.length);
        }
        assert.equal(new Set(document.tasks.map(({ id }) => id)).size, document.tasks.length);
        planOfDocument(document);
      }),
      { numRuns: 300 },
    );
  });
});

const HOSTILE: readonly [name: string, text: (size: number) => string][] = [
  ["brackets", (size) => "[".repeat(size)],
  ["nested tags", (size) => '{"a":'.repeat(size / 5)],
  ["wrong tasks", (size) => `{"tasks": [${"0,".repeat(size / 2)}0]}`],
  [
    "a long tag over many tasks",
    (size) => `{"${"t".repeat(size / 2)}": {"tasks": [${'{"id":1},'.repeat(size / 18)}0]}}`,
  ],
  [
    "a long id over many subtasks",
    (size) => `{"tasks": [{"id": "${"t".repeat(size / 2)}", "subtasks": [${'{"id":1},'.repeat(size / 18)}0]}]}`,
  ],
  [
    "many tags",
    (size) =>
      `{${Array.from({ length: size / 80 }, (_, at) => `"tag${at}": {"tasks": [{"id": 1, "title": "a", "dependencies": [1]}]}`).join(",")}}`,
  ],
  [
    "equal ids",
    (size) => `{"tasks": [${Array.from({ length: size / 40 }, () => '{"id": 1, "title": "a"}').join(",")}]}`,
  ],
  ["many keys", (size) => `{"tasks": [{${Array.from({ length: size / 12 }, (_, at) => `"k${at}": 1`).join(",")}}]}`],
  ["the same key", (size) => `{"tasks": [{${'"id": 1, '.repeat(size / 9)}"title": "a"}]}`],
  [
    "many dependencies",
    (size) =>
      `{"tasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "dependencies": [${"1,".repeat(size / 2)}1]}]}`,
  ],
  ["escapes", (size) => `{"tasks": [{"id": 1, "title": "${"\\n".repeat(size / 2)}"}]}`],
  ["an open text", (size) => `{"tasks": [{"id": 1, "title": "${"a".repeat(size)}`],
];

describe("Task Master's files that are hostile (bad input)", () => {
  for (const [name, text] of HOSTILE) {
    it(`are read and planned in time that grows with the size: ${name}`, function () {
      this.timeout(60_000);
      const time = (size: number): number => {
        const content = text(size);
        const start = process.cpuUsage();
        planOfDocument(parseSpec(content, PATH));
        return process.cpuUsage(start).user;
      };
      time(10_000);
      const small = Math.max(time(50_000), 20_000);
      assert.ok(time(200_000) < small * 14, `${small} µs for a quarter`);
    });
  }
});
