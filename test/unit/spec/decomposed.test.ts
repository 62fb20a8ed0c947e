import assert from "node:assert/strict";
import { PlannedTask } from "../../../schemas/decomposition.ts";
import type { SpecDocument, SpecTask } from "../../../schemas/spec.ts";
import { BoxBase } from "../../../worker/spec/box-base.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { tickBoxes } from "../../../worker/spec/write-back.ts";

const TEXT = `# Shop

- [ ] Build the shop
  - agent: coder
  - files: shop/
- [ ] Test it
  - check: npm test
- [ ] **Checkpoint**: looks good
- [ ] Say done
  \`\`\`sh
  echo done
  \`\`\`
`;

const BOTH = [
  { id: "data", title: "Data", task: "build-the-shop", files: ["shop/data"] },
  { id: "pages", title: "Pages", task: "build-the-shop", needs: ["data"], agent: "other" },
];

function read(planned: readonly Record<string, unknown>[], text = TEXT): SpecDocument {
  const tasks = planned.map((one) => PlannedTask.parse(one));
  return parseSpec(text, "x.spec.md", { decomposition: { by: "model", tasks } });
}

function task(spec: SpecDocument, id: string): SpecTask {
  const found = spec.tasks.find((one) => one.id === id);
  assert.ok(found, `${id} is not among ${spec.tasks.map((one) => one.id).join(", ")}`);
  return found;
}

describe("a spec that a model has taken apart (A3)", () => {
  it("has the pieces of a task below it, which does nothing itself any more", () => {
    const spec = read(BOTH);
    assert.deepEqual(
      spec.tasks.slice(0, 3).map(({ id, parent, runs, needs }) => ({ id, parent, runs, needs })),
      [
        { id: "build-the-shop", parent: null, runs: false, needs: [] },
        { id: "data", parent: "build-the-shop", runs: true, needs: [] },
        { id: "pages", parent: "build-the-shop", runs: true, needs: ["data"] },
      ],
    );
    assert.deepEqual(task(spec, "data").attributes.files, ["shop/data"]);
    assert.deepEqual(task(spec, "pages").attributes.files, ["shop/"], "what the spec says holds for its pieces");
    assert.equal(task(spec, "data").attributes.agent, "coder");
    assert.equal(task(spec, "data").range.line, 3);
  });

  it("keeps what the spec says of a task that is one piece: agent, command, check, files", () => {
    const spec = read([
      {
        id: "a",
        title: "Other title",
        task: "build-the-shop",
        agent: "other",
        files: ["x"],
        instructions: "More.",
        minutes: 3,
      },
      { id: "b", title: "B", task: "say-done", agent: "other", instructions: "rm -rf /", needs: ["a"] },
      { id: "c", title: "C", task: "test-it", capability: "testing" },
    ]);
    const build = task(spec, "build-the-shop");
    assert.equal(build.title, "Build the shop");
    assert.equal(build.attributes.agent, "coder");
    assert.deepEqual(build.attributes.files, ["shop/"]);
    assert.equal(build.attributes.duration, 180_000);
    assert.match(build.instructions, /More\./);
    const done = task(spec, "say-done");
    assert.deepEqual(done.attributes.command, { kind: "shell", script: "echo done" });
    assert.equal(done.attributes.agent, null);
    assert.doesNotMatch(done.instructions, /rm/);
    assert.deepEqual(done.needs, ["build-the-shop"]);
    assert.equal(task(spec, "test-it").attributes.check, "npm test");
    assert.equal(task(spec, "test-it").attributes.capability, "testing");
    assert.equal(build.fingerprint, task(read([]), "build-the-shop").fingerprint, "its own words are the same");
  });

  it("adds what no task names at the end, and counts checkpoints' tasks anew", () => {
    const spec = read([...BOTH, { id: "say-done", title: "More", task: null }]);
    assert.deepEqual(
      spec.tasks.map(({ id }) => id),
      ["build-the-shop", "data", "pages", "test-it", "checkpoint-looks-good", "say-done", "say-done#2"],
    );
    assert.deepEqual(
      spec.checkpoints.map(({ before }) => before),
      [4],
    );
  });

  it("leaves alone what the model did not see, and out what is gone since", () => {
    const edited = TEXT.replace("Build the shop", "Open the shop");
    const spec = read(BOTH, edited);
    assert.deepEqual(
      spec.tasks.map(({ id }) => id),
      parseSpec(edited, "x.spec.md").tasks.map(({ id }) => id),
    );
  });

  it("ticks the box of a task when all its pieces are done, and not before (A8)", () => {
    const options = { decomposition: { by: "model", tasks: BOTH.map((one) => PlannedTask.parse(one)) } };
    const base = new BoxBase(TEXT, "x.spec.md", options);
    const spec = read(BOTH);
    const mark = (id: string): { id: string; title: string; line: number; fingerprint: string } => {
      const { title, range, fingerprint } = task(spec, id);
      return { id, title, line: range.line, fingerprint };
    };
    const half = tickBoxes(TEXT, "x.spec.md", [mark("pages")], { base, options });
    assert.equal(half.text, TEXT);
    assert.deepEqual(half.left, []);
    const all = tickBoxes(TEXT, "x.spec.md", [mark("pages"), mark("data")], { base, options });
    assert.equal(all.text, TEXT.replace("[ ] Build", "[x] Build"));
    const edited = TEXT.replace("Build the shop", "Open the shop");
    const late = tickBoxes(edited, "x.spec.md", [mark("pages"), mark("data")], { base, options });
    assert.equal(late.text, edited, "a task that has other words now is another task");
  });
});
