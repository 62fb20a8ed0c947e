import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { FailureError } from "../../../schemas/failure.ts";
import { withDomain, type OpenedDomain } from "../../support/opened-domain.ts";

let calls = 0;
function commandId(): string {
  calls += 1;
  return `new-specs-${calls}`;
}

async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof FailureError) return `${error.failure.code}: ${error.message}`;
    throw error;
  }
  return assert.fail("it was not refused");
}

async function everything(opened: OpenedDomain): Promise<string[]> {
  return (await readdir(opened.folder, { recursive: true })).sort();
}

describe("spec.create (A0)", () => {
  it("writes below the folder that is named, and says what", () =>
    withDomain(async (opened) => {
      await mkdir(join(opened.folder, "docs"));
      const { path, files } = await opened.call("spec.create", {
        dialect: "openspec",
        name: "Page",
        folder: join(opened.folder, "docs"),
        commandId: commandId(),
      });
      assert.equal(path, "docs/openspec/changes/page/tasks.md");
      assert.equal(files.length, 3);
      for (const file of files) assert.ok((await readFile(join(opened.folder, file), "utf8")).length > 50, file);
      const parsed = await opened.call("spec.parse", { path });
      assert.equal(parsed.document.dialect, "openspec");
    }));

  it("leaves nothing behind when one of the files cannot be written", () =>
    withDomain(async (opened) => {
      await opened.write("openspec/changes/page/specs", "a file");
      const before = await everything(opened);
      const request = { dialect: "openspec", name: "page", commandId: commandId() } as const;
      assert.match(await refusal(opened.call("spec.create", request)), /unreadable: nothing was written: openspec/);
      assert.deepEqual(await everything(opened), before);
    }));

  it("does not follow a link out of the workspace, nor a folder that is elsewhere", () =>
    withDomain(async (opened) => {
      const outside = join(opened.folder, "..", "outside");
      await mkdir(outside);
      await symlink(outside, join(opened.folder, ".kiro"));
      const kiro = { dialect: "kiro", name: "x", commandId: commandId() } as const;
      assert.match(await refusal(opened.call("spec.create", kiro)), /bad_request: \.kiro leads out of the workspace/);
      for (const folder of ["..", outside, join(opened.folder, ".kiro")]) {
        const request = { dialect: "spec", name: "x", folder, commandId: commandId() } as const;
        assert.match(await refusal(opened.call("spec.create", request)), /is not inside the workspace/);
      }
      const missing = { dialect: "spec", name: "x", folder: "nowhere", commandId: commandId() } as const;
      assert.match(await refusal(opened.call("spec.create", missing)), /not_found: nowhere is no folder/);
      assert.deepEqual(await readdir(outside), []);
    }));
});

describe("plans of a text (A0)", () => {
  it("need either a path or a text, and no execution of another spec", () =>
    withDomain(async (opened) => {
      await opened.write("a.spec.md", "- [ ] a\n");
      for (const subject of [{}, { path: "a.spec.md", text: "do it" }]) {
        const request = { ...subject, keep: false, commandId: commandId() };
        assert.match(
          await refusal(opened.call("plan.create", request)),
          /bad_request: name the path of a spec or give/,
        );
        assert.match(await refusal(opened.call("spec.parse", subject)), /bad_request: name the path of a spec or give/);
      }
      const against = { text: "do it", against: "run-1", keep: false, commandId: commandId() };
      assert.match(await refusal(opened.call("plan.create", against)), /run-1 goes on with its own spec only/);
      const half = { text: "do \ud800", keep: true, commandId: commandId() };
      assert.match(await refusal(opened.call("plan.create", half)), /half a character/);
      assert.ok(!(await everything(opened)).some((path) => path.startsWith(".planwright/specs")));
    }));

  it("keep the text as it is given, once for each plan that is kept", () =>
    withDomain(async (opened) => {
      const text = "\uFEFFDo it\r\nnow, \u{1F600}";
      const seen = await opened.call("plan.create", { text, keep: false, commandId: commandId() });
      assert.deepEqual(await everything(opened), []);
      const { plan, edited } = await opened.call("plan.create", { text, keep: true, commandId: commandId() });
      assert.notEqual(plan.specPath, seen.plan.specPath);
      assert.equal(await readFile(join(opened.folder, plan.specPath), "utf8"), text);
      assert.equal(edited, false);
      assert.equal((await opened.call("plan.get", { planId: plan.planId })).edited, false);
      const parsed = await opened.call("spec.parse", { text });
      assert.deepEqual([parsed.path, parsed.document.dialect], ["", "prose"]);
    }));
});

describe("how a plan's spec is read (A1)", () => {
  const TEXT = "---\ninputs: [who]\n---\n- [ ] T001 Tell {{who}}\n- [ ] T002 Tell all\n";

  it("stays what it was when the plan is made, whatever is chosen later", () =>
    withDomain(async (opened) => {
      await opened.write("tasks.md", TEXT);
      const reading = { dialect: "checklist", inputs: { who: "bob" } } as const;
      const { plan } = await opened.call("plan.create", {
        path: "tasks.md",
        reading,
        keep: true,
        commandId: commandId(),
      });
      assert.deepEqual(plan.reading, {
        dialect: "checklist",
        optional: false,
        inputs: { who: "bob" },
        decomposition: null,
      });
      await opened.call("spec.setDialect", { path: "tasks.md", dialect: "speckit", commandId: commandId() });
      const modifications = [{ stepId: plan.steps[0]?.id ?? "", retries: 3 }];
      const changed = (await opened.call("plan.get", { planId: plan.planId, modifications })).plan;
      assert.deepEqual(
        changed.steps.map(({ id, title }) => [id, title]),
        plan.steps.map(({ id, title }) => [id, title]),
      );
      assert.equal(changed.steps[0]?.title, "T001 Tell bob");
      const next = await opened.call("plan.create", {
        path: "tasks.md",
        reading: { inputs: { who: "eve" } },
        keep: true,
        commandId: commandId(),
      });
      assert.deepEqual([next.plan.dialect, next.plan.steps[0]?.title], ["speckit", "Tell eve"]);
    }));

  it("is what was recognised then, also when the rest of the file looks different later", () =>
    withDomain(async (opened) => {
      await opened.write("tasks.md", "- [ ] T001 A\n- [ ] T002 B\n");
      const { plan } = await opened.call("plan.create", { path: "tasks.md", keep: true, commandId: commandId() });
      assert.equal(plan.reading.dialect, "speckit");
    }));

  it("can be chosen and taken back, for this spec alone", () =>
    withDomain(async (opened) => {
      await opened.write("a.md", "- [ ] T001 A\n");
      await opened.write(".planwright/specs.json", '{ "$schema": "x", "dialects": { "b.md": "kiro" } }');
      const choose = (dialect: "kiro" | null): ReturnType<typeof opened.call<"spec.setDialect">> =>
        opened.call("spec.setDialect", { path: join(opened.folder, "a.md"), dialect, commandId: commandId() });
      assert.equal((await choose("kiro")).dialect, "kiro");
      const parsed = await opened.call("spec.parse", { path: "a.md" });
      assert.deepEqual([parsed.document.dialect, parsed.recognised.dialect], ["kiro", "speckit"]);
      assert.deepEqual(await choose(null), { dialect: "speckit", recognised: parsed.recognised.why });
      const file: unknown = JSON.parse(await readFile(join(opened.folder, ".planwright/specs.json"), "utf8"));
      assert.deepEqual(file, { $schema: "x", dialects: { "b.md": "kiro" } });
    }));

  it("a specs.json that is no file is a notice", () =>
    withDomain(async (opened) => {
      await opened.write("a.md", "- [ ] T001 A\n");
      await mkdir(join(opened.folder, ".planwright/specs.json"), { recursive: true });
      const { notices, document } = await opened.call("spec.parse", { path: "a.md" });
      assert.match(notices[0] ?? "", /specs\.json: this is no file/);
      assert.equal(document.dialect, "speckit");
    }));

  for (const [what, text, message] of [
    ["no JSON", "{ dialects: }", /specs\.json:1:3: /],
    ["something else", '{ "dialect": "kiro" }', /must look like/],
    ["a list", "[]", /must look like/],
  ] as const) {
    it(`a specs.json that holds ${what} is a notice, and never overwritten`, () =>
      withDomain(async (opened) => {
        await opened.write("a.md", "- [ ] T001 A\n");
        await opened.write(".planwright/specs.json", text);
        const { notices, document } = await opened.call("spec.parse", { path: "a.md" });
        assert.match(notices[0] ?? "", message);
        assert.equal(document.dialect, "speckit");
        const planned = await opened.call("plan.create", { path: "a.md", keep: false, commandId: commandId() });
        assert.ok(planned.notices.some((notice) => message.test(notice)));
        const request = { path: "a.md", dialect: "kiro", commandId: commandId() } as const;
        assert.match(await refusal(opened.call("spec.setDialect", request)), /^bad_request/);
        assert.equal(await readFile(join(opened.folder, ".planwright/specs.json"), "utf8"), text);
      }));
  }
});
