import assert from "node:assert/strict";
import type { SpecDocument, SpecTask } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { planOfDocument } from "../../support/planning.ts";

const PATH = ".taskmaster/tasks/tasks.json";
const read = (content: object | string, path = PATH): SpecDocument =>
  parseSpec(typeof content === "string" ? content : JSON.stringify(content, null, 2), path);
const task = (id: unknown, more: object = {}): object => ({
  id,
  title: `Task ${String(id)}`,
  status: "pending",
  ...more,
});
const master = (...tasks: unknown[]): object => ({ master: { tasks, metadata: {} } });
const ids = ({ tasks }: SpecDocument): (string | null)[] => tasks.map(({ ownId }) => ownId);
const needs = ({ tasks }: SpecDocument): Record<string, string[] | null> =>
  Object.fromEntries(tasks.map((one) => [one.id, one.needs]));
const told = ({ diagnostics }: SpecDocument): string[] =>
  diagnostics.map(
    ({ severity, message, range }) => `${range?.line ?? 0}:${range?.column ?? 0} ${severity}: ${message}`,
  );
const only = ({ tasks }: SpecDocument): SpecTask => {
  const [first, ...rest] = tasks;
  assert.ok(first && rest.length === 0);
  return first;
};
/** What the dependencies come to, as pairs of internal ids. */
function waits(document: SpecDocument): Record<string, readonly string[]> {
  return Object.fromEntries(planOfDocument(document).steps.map(({ id, dependencies }) => [id, dependencies]));
}

describe("spec: Task Master (A1)", () => {
  it("is recognised by its path, and any JSON by its content, with the reason", () => {
    const text = JSON.stringify(master(task(1)));
    for (const path of [PATH, "tasks/tasks.json", "work/anything.json"]) {
      const document = read(text, path);
      assert.equal(document.dialect, "taskmaster");
      assert.deepEqual(ids(document), ["1"]);
    }
    assert.equal(read(text).recognised, "it is the tasks.json of Task Master");
    assert.equal(read(text, "x.json").recognised, "it is JSON with a list of tasks, as Task Master has it");
    assert.equal(parseSpec(text, "notes.txt", { dialect: "taskmaster" }).tasks.length, 1);
  });

  it("reads a file with tags and the older one without", () => {
    const tagged = read(master(task(1), task(2)));
    assert.deepEqual(
      tagged.tasks.map(({ section }) => section),
      [["master"], ["master"]],
    );
    const legacy = read({ tasks: [task(1), task(2)], metadata: { projectName: "Shop" } });
    assert.deepEqual(ids(legacy), ["1", "2"]);
    assert.deepEqual(
      legacy.tasks.map(({ section }) => section),
      [[], []],
    );
    assert.equal(legacy.title, "Shop");
    assert.equal(tagged.title, "Task Master tasks");
    assert.equal(read(master(task(1)), "plans/shop.json").title, "shop");
  });

  it("gives subtasks the number of their task, unless they have it already or are words", () => {
    const document = read(`{"master": {"tasks": [
      {"id": 5, "title": "a", "subtasks": [{"id": 1, "title": "b"}, {"id": "2", "title": "c"}, {"id": "5.3", "title": "d"}]},
      {"id": "31", "title": "e", "subtasks": [{"id": 31.1, "title": "f"}, {"id": 31.10, "title": "g"}]},
      {"id": "auth", "title": "h", "subtasks": [{"id": "login", "title": "i"}, {"id": 1, "title": "j"}]},
      {"id": "login", "title": "k"}
    ]}}`);
    assert.deepEqual(ids(document), [
      ...["5", "5.1", "5.2", "5.3"],
      ...["31", "31.1", "31.10"],
      ...["auth", "auth.login", "auth.1", "login"],
    ]);
    assert.deepEqual(document.diagnostics, []);
    assert.equal(document.tasks.find(({ title }) => title === "g")?.parent, "31");
  });

  it("takes a bare number in a subtask for the one beside it, and every form of an id", () => {
    const document = read(
      master(
        task(1),
        task("2", {
          dependencies: ["1"],
          subtasks: [task(1), task(2, { dependencies: [1] }), task(3, { dependencies: ["2.2", "1.1"] })],
        }),
        task(3, { dependencies: [1, "2.1", 2] }),
        task("api", { subtasks: [task("design"), task("build", { dependencies: ["design", 3] })] }),
      ),
    );
    assert.deepEqual(needs(document), {
      "1": null,
      "2": ["1"],
      "2.1": null,
      "2.2": ["2.1"],
      "2.3": ["2.2", "1.1"],
      "3": ["1", "2.1", "2"],
      api: null,
      design: null,
      build: ["design", "3"],
    });
    const { diagnostics, steps } = planOfDocument(document);
    assert.deepEqual(
      diagnostics.filter(({ code }) => code === "unknown-dependency").map(({ message }) => message.slice(0, 35)),
      ['"Task 3" needs "1.1", which is no t'],
    );
    assert.deepEqual(steps.find(({ id }) => id === "2.2")?.dependencies, ["2.1"]);
  });

  it("orders nothing but by dependencies", () => {
    const document = read(
      master(
        task(1, { dependencies: [3] }),
        task(2, { title: "Checkpoint: all fine" }),
        task(3),
        task(4, { dependencies: [] }),
      ),
    );
    assert.deepEqual(waits(document), { "1": ["3"], "2": [], "3": [], "4": [] });
    assert.deepEqual(document.checkpoints, []);
    assert.deepEqual(
      planOfDocument(document).diagnostics.filter(({ code }) => code === "forward-reference"),
      [],
    );
  });

  it("keeps the tags of a file apart, ids and dependencies alike", () => {
    const document = read({
      feature: { tasks: [task(1), task(2, { dependencies: [1] })], metadata: { description: "The new feature" } },
      master: {
        tasks: [task(1), task(2, { dependencies: ["1"] })],
        metadata: { description: "Tasks for master context" },
      },
    });
    assert.deepEqual(
      document.tasks.map(({ id, ownId, section }) => [id, ownId, section[0]]),
      [
        ["feature:1", "1", "feature"],
        ["feature:2", "2", "feature"],
        ["1", "1", "master"],
        ["2", "2", "master"],
      ],
    );
    assert.deepEqual(waits(document), { "feature:1": [], "feature:2": ["feature:1"], "1": [], "2": ["1"] });
    assert.deepEqual(told(document), []);
    assert.equal(document.preamble, "feature: The new feature");
  });

  it("has the states of Task Master; what is cancelled or deferred is skipped with its subtasks", () => {
    const statuses = [
      "pending",
      "in-progress",
      "review",
      "done",
      "completed",
      "deferred",
      "cancelled",
      "In Progress",
      undefined,
    ];
    const document = read(master(...statuses.map((status, at) => task(at, { status }))));
    assert.deepEqual(
      document.tasks.map(({ state }) => state),
      ["open", "open", "open", "done", "done", "skipped", "skipped", "open", "open"],
    );
    assert.deepEqual(told(document), []);
    const parent = read(master(task(1, { status: "deferred", subtasks: [task(1), task(2, { status: "done" })] })));
    assert.deepEqual(
      parent.tasks.map(({ state }) => state),
      ["skipped", "skipped", "done"],
    );
    assert.deepEqual(waits(parent), {});
  });

  it("says that a status is none, and runs the task", () => {
    const document = read('{"tasks": [\n  {"id": 1, "title": "a",\n   "status": "wip"}\n]}');
    assert.deepEqual(told(document), [
      '3:14 warning: tasks[0].status: "wip" is no status of Task Master, and the task counts as open; accepted: pending, in-progress, review, blocked, done, completed, deferred, cancelled',
    ]);
    assert.equal(only(document).state, "open");
  });

  it("shows where the status stands, without its quotes; nowhere when there is none", () => {
    const text =
      '{"tasks": [{"id": 1, "title": "a", "status": "in-\\u0070rogress"}, {"id": 2, "title": "b"}, {"id": 3, "title": "c", "status": 4}]}';
    const document = read(text);
    assert.deepEqual(
      document.tasks.map(({ box }) => box && text.slice(box.start, box.end)),
      ["in-\\u0070rogress", null, null],
    );
  });

  it("tells the agent what the file says of a task, and turns its priority into a number", () => {
    const words = { description: "Short.", details: "Long.\r\nLonger.", testStrategy: "Try it." };
    const document = read(
      master(
        task(1, { ...words, priority: "high", subtasks: [task(1, { priority: "low" }), task(2)] }),
        task(2, { priority: "critical" }),
        task(3, { details: null, priority: "medium" }),
      ),
    );
    assert.equal(document.tasks[0]?.instructions, "Short.\n\nLong.\nLonger.\n\nHow it is tested:\n\nTry it.");
    assert.deepEqual(
      document.tasks.map(({ attributes }) => attributes.priority),
      [10, -10, 10, 20, 0],
    );
    const steps = planOfDocument(document).steps;
    assert.match(steps[0]?.parameters.instructions ?? "", /For all parts of "Task 1":\n\nShort\./);
  });

  it("reads what is nested below subtasks as text of the subtask", () => {
    const deep = task("x", {
      title: "Mesh",
      description: "Between services",
      subtasks: [task("y", { title: "Proxy" })],
    });
    const document = read(master(task(1, { subtasks: [task(1, { description: "All.", subtasks: [deep] })] })));
    assert.deepEqual(ids(document), ["1", "1.1"]);
    assert.equal(document.tasks[1]?.instructions, "All.\n\nIts parts:\n\n- Mesh: Between services\n  - Proxy");
    assert.match(
      told(document).join(),
      /info: master\.tasks\[0\]\.subtasks\[0\]\.subtasks: Task Master knows no subtasks of subtasks/,
    );
  });

  it("tells JSON that is none, with line and column, and reads nothing of it", () => {
    const document = read('{\n  "master": {\n    "tasks": [],\n  }\n}');
    assert.deepEqual(told(document), ['3:16 error: the file is not JSON: a comma before "}" is one too many']);
    assert.equal(document.diagnostics[0]?.code, "bad-json");
    assert.equal(document.dialect, "taskmaster");
    assert.deepEqual(told(read("")), ["1:1 error: the file is not JSON: the file is empty"]);
  });

  it("names what has a wrong shape by its path, and reads the rest", () => {
    const document = read(`{"master": {"tasks": [
  7,
  {"id": {}, "title": "a"},
  {"id": 2, "title": ""},
  {"id": 3, "title": "c", "dependencies": "2, 9"},
  {"id": 4, "title": "d", "dependencies": [2, null, {"id": 3}]},
  {"id": 5, "title": "e", "subtasks": {"id": 1}},
  {"id": 6, "title": "f", "details": ["x"], "priority": "urgent"},
  {"title": "g"}
]}, "other": {"tasks": null}}`);
    assert.deepEqual(told(document), [
      "10:24 error: other.tasks: null stands here; accepted: a list of tasks",
      "2:3 error: master.tasks[0]: 7 stands here; accepted: a task, which is an object",
      "3:10 warning: master.tasks[1].id: an object stands here; accepted: a number or a word of at most 100 characters",
      '4:22 error: master.tasks[2]: this task has no title: write what is to be done as its "title"',
      '5:43 warning: master.tasks[3].dependencies: "2, 9" stands here; accepted: a list of ids',
      "6:47 warning: master.tasks[4].dependencies[1]: null stands here; accepted: the id of a task",
      "6:53 warning: master.tasks[4].dependencies[2]: an object stands here; accepted: the id of a task",
      "7:39 error: master.tasks[5].subtasks: an object stands here; accepted: a list of tasks",
      '8:57 warning: master.tasks[6].priority: "urgent" stands here; accepted: critical, high, medium, low',
      "8:38 warning: master.tasks[6].details: a list stands here; accepted: a text",
      "9:3 warning: master.tasks[7]: this task has no id: give it one, so that others can depend on it",
    ]);
    assert.deepEqual(needs(document), {
      a: null,
      "2": null,
      "3": ["2", "9"],
      "4": ["2"],
      "5": null,
      "6": null,
      g: null,
    });
  });

  it("tells a file that is JSON of another kind instead of planning it as prose", () => {
    for (const text of ['{"name": "x", "version": "1"}', "[1, 2]", '"text"', '{"tasks": {"a": 1}}']) {
      const document = read(text, "package.json");
      assert.equal(document.dialect, "taskmaster");
      assert.equal(document.tasks.length, 0);
      assert.deepEqual(
        document.diagnostics.map(({ severity }) => severity),
        ["error"],
      );
    }
    assert.match(
      told(read('{"name": "x"}', "package.json")).join(),
      /this JSON file holds no tasks as Task Master has them/,
    );
    assert.match(told(read({ master: { tasks: [] } })).join(), /this Task Master file has no tasks/);
  });

  it("tells ids that stand twice in a tag, at the second one", () => {
    const document = read(
      '{"tasks": [\n{"id": 1, "title": "a"},\n{"id": "1", "title": "b"},\n{"id": 2, "title": "c", "dependencies": [1]}]}',
    );
    assert.deepEqual(told(document), [
      "3:8 warning: the id 1 is already used on line 2; this task is called 1#2 until one of them gets another id",
    ]);
    const [error] = planOfDocument(document).diagnostics.filter(({ code }) => code === "duplicate-reference");
    assert.equal(error?.severity, "error");
    assert.equal(error?.range?.column, 41);
    const words = read(master(task("a", { subtasks: [task("x"), task("x")] }), task("b", { subtasks: [task("x")] })));
    assert.deepEqual(ids(words), ["a", "x", "x", "b", "b.x"]);
    const dotted = read(master(task(5, { subtasks: [task("5.1")] }), task("5.1")));
    assert.deepEqual(
      dotted.diagnostics.map(({ code }) => code),
      ["duplicate-id"],
    );
    assert.equal(words.diagnostics.length, 1);
  });

  it("says that a key stands twice, and takes the last one, as Task Master does", () => {
    const text = '{"tasks": [{"id": 1, "title": "a", "status": "done", "status": "pending"}]}';
    const document = read(text);
    assert.equal(only(document).state, "open");
    assert.equal(only(document).box?.start, text.lastIndexOf("pending"));
    assert.deepEqual(told(document), [
      '1:54 warning: the key "status" stands twice in one object, and only the last one counts: remove one',
    ]);
  });

  it("is not fooled by keys that JavaScript treats in a special way, nor by a byte order mark (SEC17)", () => {
    const document = read(
      '\uFEFF{"__proto__": {"tasks": [{"id": "__proto__", "title": "a", "status": "toString", "priority": "constructor"}]}}',
    );
    assert.deepEqual(ids(document), ["__proto__"]);
    assert.deepEqual(
      document.diagnostics.map(({ code }) => code),
      ["bad-value", "bad-value"],
    );
    assert.equal(only(document).state, "open");
  });

  it("gives a task the same fingerprint whatever its status", () => {
    const of = (status: string): string => only(read(master(task(1, { status, details: "x" })))).fingerprint;
    assert.equal(of("pending"), of("done"));
    assert.notEqual(of("pending"), only(read(master(task(1, { details: "y" })))).fingerprint);
  });

  it("says enough, and not all, of a file that is wrong everywhere", () => {
    const document = read(`{"tasks": [${"0,".repeat(5_000)}{"id": 1, "title": "a"}]}`);
    assert.equal(document.tasks.length, 1);
    assert.equal(document.diagnostics.length, 201);
    assert.match(document.diagnostics.at(-1)?.message ?? "", /^4,800 more places/);
  });
});
