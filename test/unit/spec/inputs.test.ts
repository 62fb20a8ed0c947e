import assert from "node:assert/strict";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { told } from "../../support/planning.ts";

function read(inputs: string, body: string, given?: Record<string, string>): SpecDocument {
  const text = `---\ninputs: ${inputs}\n---\n${body}`;
  return parseSpec(text, "test.spec.md", given ? { inputs: given } : {});
}

function declared(inputs: string): unknown[] {
  return read(inputs, "- [ ] a\n").settings.inputs.map(({ name, description, default: value, options }) => [
    name,
    description,
    value,
    options,
  ]);
}

function messages({ diagnostics }: SpecDocument): string[] {
  return diagnostics.map(
    ({ severity, code, range, message }) => `${severity} ${code} ${range?.line ?? "-"}: ${message}`,
  );
}

describe("spec: what inputs a spec declares (A0)", () => {
  it("reads names, defaults and details, in the order of the file", () => {
    assert.deepEqual(declared("[version, branch]"), [
      ["version", null, null, []],
      ["branch", null, null, []],
    ]);
    assert.deepEqual(declared("version, branch").length, 2);
    assert.deepEqual(declared('{z: main, a: "", b: 2, c: }'), [
      ["z", null, "main", []],
      ["a", null, "", []],
      ["b", null, "2", []],
      ["c", null, null, []],
    ]);
    assert.deepEqual(declared("\n  stage:\n    description: Where to\n    default: test\n    options: [test, live]"), [
      ["stage", "Where to", "test", ["test", "live"]],
    ]);
    assert.deepEqual(declared("\n  - version\n  - branch: main"), [
      ["version", null, null, []],
      ["branch", null, "main", []],
    ]);
  });

  it("places each where it is declared", () => {
    const { range } = read("\n  one: 1\n  two: 2", "- [ ] a\n").settings.inputs[1] ?? { range: null };
    assert.deepEqual([range?.line, range?.column], [4, 3]);
  });

  const wrong: [string, RegExp][] = [
    ["[1st]", /has "1st": a name has letters/],
    ["[a b]", /has "a b"/],
    ["{__proto__: x}", /has "__proto__"/],
    ["[a, a]", /`a` stands there twice/],
    ["[a-b, a_b]", /`a_b` is the same as `a-b` for commands, which see both as INPUT_A_B/],
    ["{a: {options: x}}", /`inputs\.a\.options` must be a list/],
    ["{a: {options: []}}", /`inputs\.a\.options` must be a list/],
    ["{a: {default: x, options: [y, z]}}", /the default of `a` is none of its options, which are y, z/],
    ["{a: [x]}", /`inputs\.a` must be a text/],
    ["[[x]]", /an entry that is no name/],
  ];
  for (const [yaml, expected] of wrong) {
    it(`says what is wrong with \`inputs: ${yaml}\``, () => {
      const { diagnostics } = read(yaml, "- [ ] b\n");
      assert.deepEqual(
        diagnostics.map(({ code, severity, range }) => [code, severity, range?.line]),
        [["front-matter", "error", 2]],
      );
      assert.match(diagnostics[0]?.message ?? "", expected);
    });
  }
});

describe("spec: details of inputs that are not known (A0)", () => {
  it("are a warning in a spec of ours, and another tool's own business elsewhere", () => {
    const ours = read("{a: {defualt: x, default: y}}", "- [ ] b {{a}}\n");
    assert.deepEqual(messages(ours), [
      "warning unknown-key 2: an input has no `defualt`, so it is ignored: known are description, default, options",
    ]);
    assert.equal(ours.settings.inputs[0]?.default, "y");
    const text = "---\ninputs:\n  a: {required: true, type: string}\n---\n- [ ] T001 A\n";
    assert.deepEqual(parseSpec(text, "tasks.md", { dialect: "speckit" }).diagnostics, []);
  });
});

describe("spec: values of inputs (A0)", () => {
  const BODY = [
    "# Release {{version}}",
    "",
    "About {{ version }}.",
    "",
    "- [ ] Build {{version}}",
    "  Tag it {{version}}, not \\{{version}}.",
    "  - id: b",
    "  - command: [make, {{version}}, '--as={{who}}']",
    "  - output: out/{{version}}/a.txt",
    "  - files: src/{{version}}/**",
    "  - cwd: {{who}}",
    '  - env: {V: "v{{version}}"}',
    "- [ ] Tell {{who}}",
    "",
  ].join("\n");

  it("go into titles, instructions, words of commands, paths and environment", () => {
    const document = read("[version, who]", BODY, { version: "1.2", who: "bob" });
    assert.deepEqual(told(document.diagnostics), []);
    const [build, tell] = document.tasks;
    assert.equal(document.title, "Release 1.2");
    assert.equal(document.preamble, "About 1.2.");
    assert.equal(build?.title, "Build 1.2");
    assert.equal(build?.instructions, "Tag it 1.2, not {{version}}.");
    assert.deepEqual(build?.section, ["Release 1.2"]);
    assert.deepEqual(build?.attributes.command, { kind: "argv", argv: ["make", "1.2", "--as=bob"] });
    assert.deepEqual(build?.attributes.outputs, ["out/1.2/a.txt"]);
    assert.deepEqual(build?.attributes.files, ["src/1.2/**"]);
    assert.equal(build?.attributes.cwd, "bob");
    assert.deepEqual(build?.attributes.env, { INPUT_VERSION: "1.2", INPUT_WHO: "bob", V: "v1.2" });
    assert.equal(tell?.title, "Tell bob");
    assert.deepEqual(tell?.attributes.env, {});
  });

  it("leave ids and fingerprints as they are, so that boxes are found with any values", () => {
    const plain = read("[version, who]", BODY);
    const filled = read("[version, who]", BODY, { version: "1.2", who: "bob" });
    const marks = ({ tasks }: SpecDocument): unknown[] =>
      tasks.map(({ id, fingerprint, box }) => [id, fingerprint, box]);
    assert.deepEqual(marks(filled), marks(plain));
  });

  it("are the given ones, else the defaults; a value is never filled in again", () => {
    const body = "- [ ] {{a}} {{b}} {{c}}\n";
    const document = read("{a: one, b: '', c: x}", body, { c: "{{a}} $& $1" });
    assert.equal(document.tasks[0]?.title, "one {{a}} $& $1");
    assert.deepEqual(told(document.diagnostics), []);
  });

  it("stand in one line where a title stands", () => {
    assert.equal(read("[a]", "- [ ] Do {{a}} now\n", { a: "x\n- [ ] y" }).tasks[0]?.title, "Do x - [ ] y now");
  });

  it("are missed, unknown or not among the options", () => {
    assert.deepEqual(messages(read("[branch]", "- [ ] a\n", {})), [
      "error missing-input 2: the input `branch` has no value: give it with --input branch=VALUE, or a `default` in the front matter",
    ]);
    assert.deepEqual(messages(read("{branch: main}", "- [ ] a\n", { brnach: "x" })), [
      "error unknown-input -: the spec has no input `brnach`: did you mean `branch`?",
    ]);
    assert.deepEqual(messages(parseSpec("- [ ] a\n", "a.spec.md", { inputs: { x: "1" } })), [
      "error unknown-input -: the spec has no input `x`: it declares none in its front matter",
    ]);
    assert.deepEqual(messages(read("{s: {options: [test, live]}}", "- [ ] a\n", { s: "prod" })), [
      'error bad-value 2: the input `s` must be one of test, live, and "prod" is none',
    ]);
    assert.match(messages(read("[a]", "- [ ] a\n", { a: "\0" }))[0] ?? "", /NUL/);
  });

  it("are not missed by whoever only looks, who sees the names", () => {
    const document = read("[branch]", "- [ ] Build {{branch}}\n");
    assert.deepEqual(told(document.diagnostics), []);
    assert.equal(document.tasks[0]?.title, "Build {{branch}}");
  });

  it("never go into shell text, which has them in its environment", () => {
    for (const line of [
      "  - command: rm {{who}}",
      "  - check: test {{ who }}",
      "  - command: [env, /bin/bash, -ec, 'rm {{who}}']",
      "\n  ```sh\n  rm {{who}}\n  ```",
    ]) {
      for (const given of [undefined, { who: "; rm -rf /" }]) {
        const document = read("[who]", `- [ ] a\n${line}\n`, given);
        const [diagnostic, more] = document.diagnostics;
        assert.equal(more, undefined);
        assert.equal(diagnostic?.severity, "error");
        assert.match(diagnostic.message, /holds `\{\{who\}\}`.*write `"\$INPUT_WHO"` instead/);
        const { command } = document.tasks[0]?.attributes ?? {};
        assert.ok(command?.kind === "argv" || !JSON.stringify(command).includes("-rf"));
      }
    }
    const { tasks, diagnostics } = read("[who]", '- [ ] a\n  - check: test -n "$INPUT_WHO"\n', { who: "; x" });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(tasks[0]?.attributes.env, { INPUT_WHO: "; x" });
  });

  it("lead no path out of the workspace", () => {
    for (const line of ["cwd: {{p}}", "output: {{p}}", "files: {{p}}"]) {
      const body = `- [ ] a\n  - ${line}\n`;
      const document = read("[p]", body, { p: "../x" });
      assert.match(messages(document)[0] ?? "", /error bad-value 4: .* a path that stays inside the workspace/, line);
      assert.ok(!JSON.stringify(document.tasks).includes("../x"), line);
    }
  });

  it("leave braces alone that name no input, with a warning where there are inputs", () => {
    const body = "Vue: {{ message }} {{nam}}\n\n- [ ] a {{#if x}} {{ a.b }}\n";
    assert.deepEqual(told(parseSpec(body, "a.spec.md", { inputs: {} }).diagnostics), []);
    const document = read("[name]", body, { name: "x" });
    assert.equal(document.preamble, "Vue: {{ message }} {{nam}}");
    assert.deepEqual(
      document.diagnostics.map(({ severity, code, range }) => [severity, code, range?.line, range?.column]),
      [
        ["warning", "unknown-input", 4, 6],
        ["warning", "unknown-input", 4, 20],
      ],
    );
    assert.match(document.diagnostics[1]?.message ?? "", /did you mean `\{\{name\}\}`\?/);
  });

  it("are read and told of in linear time, however many there are", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `n${index}`);
    const { settings, diagnostics } = read(
      `[${many.join(", ")}]`,
      `{{x1}} {{y}} `.repeat(10) + many.map((name) => `{{z${name}}}`).join(" ") + "\n\n- [ ] a\n",
    );
    assert.equal(settings.inputs.length, 100);
    assert.equal(diagnostics.filter(({ code }) => code === "unknown-input").length, 50);
    assert.match(diagnostics[0]?.message ?? "", /may have 100 inputs/);
  });

  it("do not make a text that no memory holds", () => {
    const texts = [
      `- [ ] a\n  ${"{{x}} ".repeat(100_000)}\n- [ ] b {{x}}\n`,
      "- [ ] a\n  - command: x\n".repeat(10_000),
    ];
    for (const body of texts) {
      const document = read("[x]", body, { x: "y".repeat(100_000) });
      assert.deepEqual(told(document.diagnostics), ["error too-large -"]);
      assert.ok(JSON.stringify(document.tasks).length < 25_000_000);
    }
  });

  it("work in every dialect of Markdown, and in prose", () => {
    const front = "---\ninputs: [place]\n---\n";
    const inputs = { place: "src/x" };
    const speckit = parseSpec(`${front}- [ ] T001 Look into {{place}}\n`, "tasks.md", { dialect: "speckit", inputs });
    assert.equal(speckit.tasks[0]?.title, "Look into src/x");
    const prose = parseSpec(`${front}Mend {{place}}.\n`, "a.md", { inputs });
    assert.equal(prose.title, "Mend src/x.");
    assert.match(prose.tasks[1]?.instructions ?? "", /Mend src\/x\./);
  });
});
