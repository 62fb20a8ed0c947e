import assert from "node:assert/strict";
import { Plan } from "../../../schemas/plan.ts";
import { agentPrompt } from "../../../worker/plan/prompt.ts";
import { agentView, planOf, SHELL, step } from "../../support/planning.ts";

describe("plan (A2)", () => {
  it("gives the vocabulary's own shape, and the same plan for the same input", () => {
    const text = "---\nbudget: 2 USD\n---\n# H\n- [ ] a\n  - command: x\n- [ ] p\n  - [ ] b\n";
    const plan = planOf(text);
    assert.deepEqual(Plan.parse(plan), plan);
    assert.deepEqual(planOf(text), plan);
  });

  it("carries what the spec says of a step", () => {
    const made = planOf(
      "---\nonFailure: fail-fast\n---\n# H\n- [ ] a\n  Do it.\n  - command: x\n  - files: f\n  - output: o\n  - check: c\n  - priority: 2\n  - timeout: none\n  - env: A=1\n  - cwd: d\n",
    );
    const { reason, range, fingerprint, ...only } = step(made, "a");
    assert.equal(range.line, only.line);
    assert.ok(fingerprint.length > 0);
    assert.deepEqual(reason.dependencies, {});
    assert.deepEqual(only, {
      id: "a",
      title: "a",
      agent: "shell",
      capability: "command",
      decision: "agent",
      simulated: false,
      service: null,
      parameters: {
        instructions: "Do it.",
        command: { kind: "shell", script: "x" },
        cwd: "d",
        env: { A: "1" },
        extra: {},
      },
      dependencies: [],
      estimatedCost: 0,
      estimatedDuration: null,
      highCost: null,
      highDuration: null,
      estimateNote: null,
      estimateSource: { cost: "none", duration: "unknown" },
      parent: null,
      priority: 2,
      requirements: [],
      retry: {
        maxAttempts: 3,
        base: 2_000,
        factor: 2,
        cap: 8_000,
        jitter: 0,
        retryOn: ["timeout", "transport", "crash", "rate_limit", "unhealthy"],
      },
      timeout: "none",
      onFailure: "fail-fast",
      idempotent: true,
      role: null,
      change: "optional",
      reviews: null,
      rounds: 2,
      place: "folder",
      locks: [
        { name: "file:f", reason: "works on f" },
        { name: "file:d/o", reason: "works on d/o" },
      ],
      fallbacks: [],
      extract: [],
      files: ["f"],
      outputs: ["o"],
      check: "c",
      checkpoint: false,
      section: ["H"],
      line: 5,
    });
    assert.deepEqual(made.agentHashes, { shell: "hash of shell" });
  });

  it("gives N + 1 attempts for `retries: N`, and then retries failed commands and checks too", () => {
    const { retry } = step(planOf("- [ ] a\n  - command: x\n  - retries: 4\n"), "a");
    assert.equal(retry.maxAttempts, 5);
    assert.deepEqual(retry.retryOn.slice(5), ["exit_nonzero", "check_failed", "output_missing"]);
    assert.equal(step(planOf("- [ ] a\n  - command: x\n  - retries: 0\n"), "a").retry.maxAttempts, 1);
  });

  it("takes the timeout of the task, else of the agent", () => {
    const agents = [agentView("shell", ["command"], { timeout: 7_000 })];
    assert.equal(step(planOf("- [ ] a\n  - command: x\n", { agents }), "a").timeout, 7_000);
    assert.equal(step(planOf("- [ ] a\n  - command: x\n  - timeout: 1s\n", { agents }), "a").timeout, 1_000);
    assert.equal(step(planOf("- [ ] a\n", { agents }), "a").timeout, 300_000);
  });

  it("lets a parent or checkpoint that only checks run nothing but its check", () => {
    const made = planOf("- [ ] p\n  - check: make ok\n  - [ ] c\n    - command: x\n- [ ] Checkpoint\n  - output: o\n");
    for (const id of ["p", "checkpoint"]) {
      assert.deepEqual(
        [step(made, id).agent, step(made, id).parameters.command],
        ["shell", { kind: "shell", script: ":" }],
      );
    }
  });

  it("tells agents what stands above their task", () => {
    const made = planOf("- [ ] p\n  Use tabs.\n  - [ ] c\n    Write it.\n");
    assert.equal(step(made, "p-c").parameters.instructions, 'For all parts of "p":\n\nUse tabs.\n\nWrite it.');
  });

  it("leaves the failure policy open where nobody says one (C4)", () => {
    const made = planOf("- [ ] a\n  - command: x\n- [ ] b\n  - command: x\n  - onFailure: tolerate\n");
    assert.deepEqual([made.onFailure, step(made, "a").onFailure, step(made, "b").onFailure], [null, null, "tolerate"]);
    const stated = planOf("---\nonFailure: pause\n---\n- [ ] a\n  - command: x\n");
    assert.deepEqual([stated.onFailure, step(stated, "a").onFailure], ["pause", "pause"]);
  });

  it("carries the timeout of the whole, pools, and what must not simply run again (C3, C9, C12)", () => {
    const made = planOf("---\ntimeout: 2h\npools: {gpu: 2}\n---\n- [ ] a\n  - command: x\n  - idempotent: no\n");
    assert.deepEqual([made.timeout, made.pools, step(made, "a").idempotent], [7_200_000, { gpu: 2 }, false]);
  });

  it("reads plans that were made before these were there", () => {
    const made = planOf("- [ ] a\n  - command: x\n");
    const { timeout: _timeout, pools: _pools, ...old } = made;
    const steps = made.steps.map(({ idempotent: _idempotent, locks: _locks, highCost: _cost, ...step }) => step);
    assert.deepEqual(Plan.parse({ ...old, steps }), made);
  });

  it("uses maxConcurrent of the spec, else 4", () => {
    assert.equal(planOf("- [ ] a\n").maxConcurrent, 4);
    assert.equal(planOf("---\nmaxConcurrent: 9\n---\n- [ ] a\n").maxConcurrent, 9);
  });
});

describe("plan: the hash that an approval binds to (B2)", () => {
  const BASE =
    "---\nbudget: 2 USD\n---\n# H\n\n- [ ] a\n  Text.\n  - command: x\n  - cost: 1\n- [ ] b\n  - command: y\n";
  const hash = (text: string, agents = [SHELL]): string => planOf(text, { agents }).hash;

  for (const [name, change] of [
    ["lines", (text: string) => text.replace("# H\n", "\n\n# H\n\n")],
    ["the state of settled tasks", (text: string) => text.replace("# H\n", "# H\n\n- [x] done before\n")],
    ["warnings", (text: string) => text.replace("budget", "unknown: 1\nbudget")],
  ] as const) {
    it(`does not change with ${name}`, () => {
      assert.equal(hash(change(BASE)), hash(BASE));
    });
  }

  it("does not change with an agent's registered figures", () => {
    const slow = agentView("shell", [], {
      capabilities: [
        { name: "command", description: "", parameters: {}, estimatedCost: 0, estimatedDuration: 9, dependencies: [] },
      ],
    });
    assert.equal(hash(BASE, [slow]), hash(BASE));
  });

  for (const [from, to] of [
    ["command: x", "command: z"],
    ["Text.", "Other."],
    ["- [ ] a", "- [ ] A"],
    ["cost: 1", "cost: 1.5"],
    ["cost: 1", "cost: 1\n  - check: c"],
    ["cost: 1", "cost: 1\n  - output: o"],
    ["cost: 1", "cost: 1\n  - timeout: 1s"],
    ["cost: 1", "cost: 1\n  - retries: 1"],
    ["cost: 1", "cost: 1\n  - env: A=1"],
    ["cost: 1", "cost: 1\n  - cwd: d"],
    ["cost: 1", "cost: 1\n  - onFailure: fail-fast"],
    ["cost: 1", "cost: 1\n  - backoff: jitter 10%"],
    ["cost: 1", "cost: 1\n  - retryOn: any"],
    ["cost: 1", "cost: 1\n  - idempotent: no"],
    ["cost: 1", "cost: 1\n  - locks: db"],
    ["cost: 1", "cost: 1\n  - files: a.ts"],
    ["budget: 2 USD", "budget: {total: 2, mode: enforce}"],
    ["budget: 2 USD", "budget: 2 USD\nonFailure: pause"],
    ["budget: 2 USD", "budget: 2 USD\ntimeout: 2h"],
    ["budget: 2 USD", "budget: 2 USD\npools: {gpu: 2}"],
    ["command: y", "command: y\n  - needs: none"],
    ["budget: 2 USD", "budget: 3 USD"],
    ["budget: 2 USD", "budget: 2 USD\nmaxConcurrent: 2"],
    ["budget: 2 USD", "budget: 2 USD\ncontext: x"],
    ["- [ ] b", "- [x] b"],
  ] as const) {
    it(`changes from ${JSON.stringify(from)} to ${JSON.stringify(to)}`, () => {
      assert.notEqual(hash(BASE.replace(from, to)), hash(BASE));
    });
  }

  it("changes with a decision of a person", () => {
    assert.notEqual(planOf(BASE, { agents: [SHELL], modifications: [{ stepId: "a", skip: true }] }).hash, hash(BASE));
  });
});

describe("plan: prompt (D4)", () => {
  it("says what to do, what to know and what done means", () => {
    const plan = planOf(
      "---\ntitle: T\ncontext: {text: Be brief., files: [a.md], environment: staging}\n---\n# H\n- [ ] Add it\n  Like this.\n  - files: src/x.ts\n  - output: out.txt\n  - check: make ok\n",
    );
    assert.equal(
      agentPrompt(plan, step(plan, "add-it")),
      `# Task: Add it

Part of "T" (test.spec.md, section H).

Like this.

## Context

Be brief.

Target environment: staging

## Read these files first

- a.md

## This task concerns these files

- src/x.ts

## Done means

- the file out.txt exists
- this command succeeds: make ok

These are checked after you end; what you say about it is not relied on.
`,
    );
  });

  it("says which named outputs are looked for, and where (D8)", () => {
    const bullets = ["url: /at (\\S+)/", "n: number result json /n", "v: file dist/v.txt"];
    const plan = planOf(`- [ ] Add it\n  - extract:\n${bullets.map((one) => `    - ${one}\n`).join("")}`);
    const prompt = agentPrompt(plan, step(plan, "add-it"));
    assert.match(prompt, /- a line of what you print matches \/at \(\\S\+\)\/, which tells "url" \(a URL\)\n/);
    assert.match(prompt, /- the result that you answer with is JSON with "n" \(a number\) at \/n\n/);
    assert.match(prompt, /- the file dist\/v\.txt is "v"\n/);
  });
});
