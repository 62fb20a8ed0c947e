import assert from "node:assert/strict";
import type { SpecTask } from "../../../schemas/spec.ts";
import { parse, task, told } from "../../support/planning.ts";

function withLines(...lines: string[]): { task: SpecTask; told: string[]; messages: string[] } {
  const document = parse(`- [ ] t\n${lines.map((line) => `  ${line}\n`).join("")}`);
  return {
    task: task(document, document.tasks[0]?.id ?? ""),
    told: told(document.diagnostics),
    messages: document.diagnostics.map(({ message }) => message),
  };
}

describe("spec: attributes (A2)", () => {
  it("reads every key", () => {
    const { task: only, told: problems } = withLines(
      "- id: T1",
      "- needs: A, B",
      "- agent: coder, second",
      "- extract: id: number /id=(\\d+)/",
      "- capability: testing",
      "- files: src/a.ts, docs/*.md",
      "- output: out/x.json",
      "- check: test -f out/x.json",
      "- command: make all",
      "- timeout: 1h30m",
      "- retries: 2",
      "- backoff: base 1s, factor 3, cap 1m, jitter 20%",
      "- retryOn: exit_nonzero, timeout",
      "- idempotent: no",
      "- locks: db, port 8080",
      "- cost: 0.50 EUR",
      "- duration: 90s",
      "- priority: -3",
      "- onFailure: fail-fast",
      "- cwd: sub/dir",
      "- env: A=1, B=two words",
      "- role: coder",
      "- change: required",
      "- reviews: T0",
      "- rounds: 3",
    );
    assert.deepEqual(problems, []);
    assert.equal(only.ownId, "T1");
    assert.deepEqual(only.needs, ["A", "B"]);
    assert.deepEqual(only.attributes, {
      agent: "coder",
      fallbacks: ["second"],
      capability: "testing",
      files: ["src/a.ts", "docs/*.md"],
      outputs: ["out/x.json"],
      extract: [{ name: "id", from: "output", path: null, pattern: "id=(\\d+)", pointer: null, type: "number" }],
      check: "test -f out/x.json",
      command: { kind: "shell", script: "make all" },
      timeout: 5_400_000,
      retries: 2,
      backoff: { base: 1_000, factor: 3, cap: 60_000, jitter: 0.2 },
      retryOn: ["exit_nonzero", "timeout"],
      idempotent: false,
      locks: ["db", "port 8080"],
      cost: 0.5,
      costCurrency: "EUR",
      duration: 90_000,
      priority: -3,
      onFailure: "fail-fast",
      cwd: "sub/dir",
      env: { A: "1", B: "two words" },
      role: "coder",
      change: "required",
      reviews: "T0",
      rounds: 3,
    });
    assert.equal(only.instructions, "");
  });

  it("reads lists by commas, in brackets or as bullets, and values in backticks or quotes", () => {
    for (const lines of [
      ["- files: a.ts, b c.ts"],
      ['- files: [a.ts, "b c.ts"]'],
      ["- files:", "  - a.ts", "  - `b c.ts`"],
      ["- `files`: `a.ts`, `b c.ts`"],
      ["- **files**: a.ts, 'b c.ts'"],
      ["- **files:** a.ts,", "  b c.ts"],
    ]) {
      assert.deepEqual(withLines(...lines).task.attributes.files, ["a.ts", "b c.ts"], lines.join("\n"));
    }
  });

  it("runs a list without a shell and a text with one", () => {
    assert.deepEqual(withLines('- command: [node, "a b.js", 1.0, --x=y]').task.attributes.command, {
      kind: "argv",
      argv: ["node", "a b.js", "1.0", "--x=y"],
    });
    assert.deepEqual(withLines("- command: `npm test`").task.attributes.command, { kind: "shell", script: "npm test" });
    assert.deepEqual(withLines("- command:", "  ```sh", "  a", "  b", "  ```").task.attributes.command, {
      kind: "shell",
      script: "a\nb",
    });
    assert.equal(withLines("- check: [ -f out ]").task.attributes.check, "[ -f out ]");
  });

  it("joins sh blocks, and takes no other language for a command", () => {
    const joined = withLines("```sh", "one", "```", "", "- note", "", "  ```sh", "  two", "  ```");
    assert.deepEqual(joined.task.attributes.command, { kind: "shell", script: "one\ntwo" });
    const bash = withLines("```bash", "one", "```");
    assert.equal(bash.task.attributes.command, null);
    assert.equal(bash.task.instructions, "```bash\none\n```");
    assert.deepEqual(bash.told, ["info ignored-command 2"]);
    assert.deepEqual(told(parse("- [ ] a\n\n```sh\nx\n```\n").diagnostics), ["info ignored-command 3"]);
  });

  it("refuses a command beside an sh block, and a key written twice", () => {
    assert.deepEqual(withLines("- command: a", "```sh", "b", "```").told, ["error bad-value 2"]);
    const twice = withLines("- timeout: 1s", "- timeout: 2s");
    assert.deepEqual(twice.told, ["error bad-value 3"]);
    assert.equal(twice.task.attributes.timeout, 1_000);
  });

  it("reads env as pairs, a map or bullets", () => {
    for (const lines of [["- env: A=1, B=x=y"], ['- env: {A: 1, B: "x=y"}'], ["- env:", "  - A=1", "  - `B=x=y`"]]) {
      assert.deepEqual(withLines(...lines).task.attributes.env, { A: "1", B: "x=y" }, lines.join("\n"));
    }
    assert.deepEqual(withLines("- env: A=1, 2, B=3").task.attributes.env, { A: "1, 2", B: "3" });
  });

  it("reads `none` where nothing is meant", () => {
    assert.deepEqual(withLines("- needs: none").task.needs, []);
    assert.equal(withLines("- timeout: none").task.attributes.timeout, "none");
    assert.equal(withLines("text").task.needs, null);
  });

  it("reads a backoff in every form (C2)", () => {
    for (const [text, expected] of [
      ["2s", { base: 2_000, factor: null, cap: null, jitter: null }],
      ["`base=500ms, jitter: .5`", { base: 500, factor: null, cap: null, jitter: 0.5 }],
      ["{cap: 1m, factor: 1.5}", { base: null, factor: 1.5, cap: 60_000, jitter: null }],
      ["jitter 0", { base: null, factor: null, cap: null, jitter: 0 }],
    ] as const) {
      const { task: only, told: problems } = withLines(`- backoff: ${text}`);
      assert.deepEqual(problems, [], text);
      assert.deepEqual(only.attributes.backoff, expected, text);
    }
  });

  it("lets a child's locks replace its parent's (C12)", () => {
    const document = parse("- [ ] p\n  - locks: db, gpu\n  - [ ] a\n  - [ ] b\n    - locks: port 80\n");
    assert.deepEqual(task(document, "p-a").attributes.locks, ["db", "gpu"]);
    assert.deepEqual(task(document, "p-b").attributes.locks, ["port 80"]);
    assert.deepEqual(task(document, "p-b").inherited, []);
  });

  it("does not take everyday words at the beginning of a bullet for a misspelt key", () => {
    assert.deepEqual(withLines("- Docs: see there", "- Links: a, b", "- logs: in var", "- lock: x").told, [
      "warning unknown-key 5",
    ]);
  });

  const refused: [string, RegExp][] = [
    ["- timeout: 90", /`timeout` has "90": write a time such as `90s`/],
    ["- timeout: 0s", /time such as/],
    ["- duration: soon", /90s/],
    ["- retries: -1", /whole number from 0 to 100/],
    ["- retries: 1.5", /whole number/],
    ["- cost: -1", /0\.50 USD/],
    ["- cost: NaN", /0\.50/],
    ["- priority: high", /whole number from -1000 to 1000/],
    ["- onFailure: stop", /`pause` or `continue` or `tolerate` or `fail-fast`/],
    ["- backoff: soon", /`base 2s, factor 3, cap 1m, jitter 0\.2`/],
    ["- backoff: base 10s, cap 5s", /a `cap` that is not below `base`/],
    ["- backoff: base 1s, base 2s", /`base` once/],
    ["- backoff: factor 0.5", /`factor` with a number from 1 to 100/],
    ["- backoff: jitter 120%", /share from 0 to 1/],
    [
      "- retryOn: exit_nonzer",
      /write `exit_nonzero`, or another of timeout, transport,.*command_not_found, stalled, no_change, merge_conflict, or `any`/,
    ],
    ["- role: two words", /one name/],
    ["- change: yes", /`required` or `optional`/],
    ["- reviews: A, B", /the id of one task/],
    ["- rounds: 21", /a whole number from 0 to 20/],
    ["- retryOn: cancelled", /codes of failures: timeout/],
    ["- retryOn: any, timeout", /either `any` or codes/],
    ["- idempotent: maybe", /`yes` or `no`/],
    ["- locks: none, db", /either `none` or names/],
    ["- locks:", /`db, port 8080`, or `none`/],
    ["- output: ../x", /inside the workspace/],
    ["- output: /etc/passwd", /relative to the workspace/],
    ["- cwd: C:\\temp", /relative to the workspace/],
    ["- env: A", /A=1, B=2/],
    ["- env: 1A=2", /A=1, B=2/],
    ["- needs: none, A", /either `none` or ids/],
    ["- needs:", /nothing that it understands: write ids/],
    ["- id: none", /other than `none`/],
    ["- id: a b", /one word/],
    ["- agent: two words", /one name/],
    ["- command: []", /\[npm, test\]/],
    ["- command: [a, [b]]", /\[npm, test\]/],
    ["- check:", /shell command/],
  ];
  for (const [line, message] of refused) {
    it(`refuses \`${line}\` and says what is accepted`, () => {
      const { told: problems, messages } = withLines(line);
      assert.deepEqual(problems, ["error bad-value 2"]);
      assert.match(messages[0] ?? "", message);
    });
  }

  it("gives the exact place of a bad value", () => {
    const text = "- [ ] t\n  - timeout: 90\n";
    const range = parse(text).diagnostics[0]?.range;
    assert.equal(text.slice(range?.start, range?.end), "timeout: 90");
  });

  it("warns of keys that are nearly known, and keeps them as text", () => {
    for (const [key, known] of [
      ["comand", "command"],
      ["Needs", "needs"],
      ["outputs", "output"],
      ["evn", "env"],
      ["onfailure", "onFailure"],
    ]) {
      const { told: problems, messages, task: only } = withLines(`- ${key}: x`);
      assert.deepEqual(problems, ["warning unknown-key 2"], key);
      assert.match(messages[0] ?? "", new RegExp(`did you mean \`${known}\``));
      assert.equal(only.instructions, `- ${key}: x`);
    }
  });

  it("does not take ordinary words for misspelt keys that are ordinary words", () => {
    for (const line of ["- Role: the person who signs", "- note: x", "- changes: x", "- review: x", "- bounds: x"]) {
      assert.deepEqual(withLines(line).told, [], line);
    }
  });

  it("takes other bullets, and keys that are not directly below the task, as text", () => {
    const { told: problems, task: only } = withLines(
      "- Important: read this",
      "- see https://example.org",
      "- note",
      "  - agent: not one",
      "1. command: not one",
    );
    assert.deepEqual(problems, []);
    assert.equal(only.attributes.agent, null);
    assert.equal(only.attributes.command, null);
    assert.match(only.instructions, /Important: read this[^]*agent: not one[^]*command: not one/);
  });

  it("takes no attribute from below another bullet, also beside a command block", () => {
    const { task: only } = withLines("- note", "  - agent: not one", "", "  ```sh", "  x", "  ```");
    assert.equal(only.attributes.agent, null);
    assert.deepEqual(only.attributes.command, { kind: "shell", script: "x" });
    assert.match(only.instructions, /agent: not one/);
  });

  it("lets children inherit all but id, needs, command, output, extract, check and reviews, and merges env", () => {
    const document = parse(
      "- [ ] p\n  - id: P\n  - needs: none\n  - command: x\n  - output: o\n  - extract: x: json /x\n  - check: c\n  - agent: a, b\n  - capability: testing\n  - files: f\n  - timeout: 1s\n  - retries: 1\n  - backoff: 3s\n  - retryOn: any\n  - idempotent: yes\n  - locks: none\n  - cost: 1 EUR\n  - duration: 2s\n  - priority: 5\n  - onFailure: fail-fast\n  - cwd: d\n  - env: A=1, B=2\n  - role: coder\n  - change: optional\n  - reviews: X\n  - rounds: 1\n  - [ ] c\n    - env: B=3\n    - files: g\n",
    );
    const child = task(document, "p-c");
    assert.equal(child.ownId, null);
    assert.equal(child.needs, null);
    assert.deepEqual(child.attributes, {
      agent: "a",
      fallbacks: ["b"],
      capability: "testing",
      files: ["g"],
      outputs: [],
      extract: [],
      check: null,
      command: null,
      timeout: 1_000,
      retries: 1,
      backoff: { base: 3_000, factor: null, cap: null, jitter: null },
      retryOn: [
        "timeout",
        "transport",
        "crash",
        "rate_limit",
        "unhealthy",
        "protocol_error",
        "exit_nonzero",
        "check_failed",
        "output_missing",
        "agent_error",
        "agent_unavailable",
        "command_not_found",
        "stalled",
        "no_change",
        "merge_conflict",
      ],
      idempotent: true,
      locks: [],
      cost: 1,
      costCurrency: "EUR",
      duration: 2_000,
      priority: 5,
      onFailure: "fail-fast",
      cwd: "d",
      env: { A: "1", B: "3" },
      role: "coder",
      change: "optional",
      reviews: null,
      rounds: 1,
    });
    assert.deepEqual(child.inherited, [
      "agent",
      "capability",
      "timeout",
      "retries",
      "backoff",
      "retryOn",
      "idempotent",
      "locks",
      "cost",
      "duration",
      "priority",
      "onFailure",
      "cwd",
      "role",
      "change",
      "rounds",
      "env",
    ]);
  });
});
