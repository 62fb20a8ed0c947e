import assert from "node:assert/strict";
import type { AgentView } from "../../../schemas/agent.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { covers, approvedContent } from "../../../worker/plan/approval-hash.ts";
import { sha256 } from "../../../worker/plan/hash.ts";
import { BUILT_IN_ROLES, BUILT_IN_SET } from "../../../worker/plan/roles/built-in.ts";
import { NEEDED_BY_ALL, NEEDED_BY_REVIEWS, placeholderNames } from "../../../worker/plan/roles/placeholders.ts";
import type { RoleSet } from "../../../worker/plan/roles/role.ts";
import { fillTemplate, templateProblems } from "../../../worker/plan/roles/template.ts";
import { agentView, planOf, SHELL, step, told } from "../../support/planning.ts";

const ALL = ["code_generation", "code_review", "web_research", "deployment", "testing", "task_decomposition"];
const agent = (id: string, more: Partial<AgentView> = {}): AgentView => agentView(id, ALL, { adapter: "acp", ...more });
const CODEX = agent("codex");

const only = (text: string, agents = [SHELL, CODEX], roles?: RoleSet): Plan =>
  planOf(text, roles ? { agents, roles } : { agents });

describe("the roles that come built in (D2)", () => {
  it("are ten, each with a complete template", () => {
    const ids = BUILT_IN_ROLES.map(({ id }) => id).sort();
    assert.deepEqual(ids, [
      ...["auditor", "coder", "coding", "deployer", "fix-up"],
      ...["planner", "researcher", "reviewer", "starter", "verifier"],
    ]);
    for (const { id, template } of BUILT_IN_ROLES) {
      assert.deepEqual(templateProblems(template, [...NEEDED_BY_ALL, ...NEEDED_BY_REVIEWS]), [], id);
      for (const name of placeholderNames())
        assert.ok(template.includes(`{{${name}}}`), `${id} tells nothing of ${name}`);
      assert.ok(template.split("\n").filter((line) => line.startsWith("- ")).length >= 6, `${id} says little`);
    }
  });
});

describe("the role of a step (D2)", () => {
  const roleOf = (text: string, agents = [SHELL, CODEX]): string | null => only(text, agents).steps[0]?.role ?? null;

  it("is what the spec says", () => {
    assert.equal(roleOf("- [ ] Do it\n  - role: auditor\n"), "auditor");
    assert.equal(roleOf("- [ ] Do it\n  - role: reviewer\n  - command: ./look\n"), "reviewer");
  });

  it("follows from the capability, stated or told by the title", () => {
    for (const [text, role] of [
      ["- [ ] Add the parser\n", "coder"],
      ["- [ ] Do it\n  - capability: deployment\n", "deployer"],
      ["- [ ] Review the parser\n", "reviewer"],
      ["- [ ] Research parsers\n", "researcher"],
      ["- [ ] Decompose the goal\n", "planner"],
    ] as const)
      assert.equal(roleOf(text), role, text);
  });

  it("follows from the type of the agent where nothing tells the capability", () => {
    const verifier = agent("eve", { type: "verifier" });
    assert.equal(roleOf("- [ ] Look at the page\n  - agent: eve\n", [SHELL, verifier]), "verifier");
    assert.equal(roleOf("- [ ] Deploy the page\n  - agent: eve\n", [SHELL, verifier]), "deployer");
  });

  it("is none where nobody reads a prompt", () => {
    assert.equal(roleOf("- [ ] Add it\n  - command: make\n"), null);
    assert.equal(roleOf("- [ ] Add it\n  - agent: tool\n", [SHELL, agent("tool", { adapter: "mcp" })]), null);
    const parent = only("- [ ] p\n  - role: coder\n  - [ ] build\n    - command: make\n  - [ ] write\n");
    assert.deepEqual(
      parent.steps.map(({ id, role }) => [id, role]),
      [
        ["p-build", null],
        ["p-write", "coder"],
      ],
    );
  });

  it("must be there", () => {
    const plan = only("- [ ] Do it\n  - role: codr\n");
    assert.deepEqual(told(plan.diagnostics), ["error unknown-role 1"]);
    assert.match(plan.diagnostics[0]?.message ?? "", /did you mean coder\?/);
    const far = only("- [ ] Do it\n  - role: gardener\n").diagnostics[0]?.message ?? "";
    assert.match(far, /describe it in `\.planwright\/roles\/gardener\.md`/);
  });

  it("demands a change of those who are there to change things, unless they are to look or the spec says otherwise", () => {
    const changeOf = (text: string, agents = [SHELL, CODEX]): string | undefined => only(text, agents).steps[0]?.change;
    assert.equal(changeOf("- [ ] Add the parser\n"), "required");
    assert.equal(changeOf("- [ ] Run the parser on all files\n"), "optional");
    assert.equal(changeOf("- [ ] Verify that it parses\n"), "optional");
    assert.equal(changeOf("- [ ] Review the parser\n"), "optional");
    assert.equal(changeOf("- [ ] Add the parser\n  - change: optional\n"), "optional");
    assert.equal(changeOf("- [ ] Run it\n  - change: required\n"), "required");
    assert.equal(changeOf("- [ ] Add the parser\n", [SHELL, agent("web", { adapter: "http" })]), "optional");
    assert.equal(changeOf("- [ ] Add it\n  - command: make\n"), "optional");
  });
});

describe("reviews of a plan (issue 7, Roles and prompts)", () => {
  const TEXT =
    "- [ ] Build\n  - id: B\n- [ ] Other\n- [ ] Look at the build\n  - id: R\n  - needs: none\n  - reviews: B\n  - rounds: 3\n";

  it("wait for what they look at, and say so", () => {
    const review = step(only(TEXT), "R");
    assert.deepEqual([review.reviews, review.rounds, review.dependencies], ["B", 3, ["B"]]);
    assert.deepEqual(review.reason.dependencies, { B: "it reviews that" });
    assert.deepEqual([review.role, review.change, review.capability], ["reviewer", "optional", "code_review"]);
    assert.equal(step(only(TEXT), "B").reviews, null);
  });

  it("are waited for by what builds on work that they may send back, and by other reviews of it", () => {
    const text =
      "- [ ] Make\n  - id: M\n- [ ] Test\n  - id: T\n  - needs: M\n- [ ] a\n  - id: A\n  - reviews: M\n  - needs: T\n" +
      "- [ ] b\n  - id: B\n  - reviews: M\n  - needs: M\n- [ ] Use\n  - id: U\n  - needs: T\n- [ ] Else\n  - id: E\n  - needs: none\n";
    const plan = only(text);
    assert.deepEqual(step(plan, "T").dependencies, ["M"]);
    assert.deepEqual(step(plan, "A").dependencies, ["T"]);
    assert.deepEqual(step(plan, "B").dependencies, ["M", "A"]);
    assert.deepEqual(step(plan, "U").dependencies, ["T", "A", "B"]);
    assert.deepEqual(step(plan, "E").dependencies, []);
    assert.equal(step(plan, "U").reason.dependencies["A"], "it may send back what this builds on");
    // One that sends nothing back holds up nobody.
    assert.deepEqual(
      step(only(text.replaceAll("  - reviews: M\n", "  - reviews: M\n  - rounds: 0\n")), "U").dependencies,
      ["T"],
    );
  });

  it("find it by id or title", () => {
    for (const word of ["B", "Build", "build"])
      assert.equal(step(only(TEXT.replace("reviews: B", `reviews: ${word}`)), "R").reviews, "B", word);
  });

  it("look at the one task before them where their role is stated and nothing else", () => {
    const implied = "- [ ] a\n- [ ] b\n- [ ] c\n  - role: reviewer\n";
    assert.equal(step(only(implied), "c").reviews, "b");
    assert.equal(step(only(implied.replace("role: reviewer", "needs: a, b\n  - role: reviewer")), "c").reviews, null);
    // Whoever only writes "Review" gets a report, as ever.
    assert.equal(step(only("- [ ] a\n- [ ] Review it\n"), "review-it").reviews, null);
  });

  for (const [name, text, message] of [
    ["nothing", "- [ ] a\n- [ ] r\n  - reviews: zzz\n", /reviews "zzz", which is no task/],
    ["something misspelt", "- [ ] Build\n  - id: build\n- [ ] r\n  - reviews: biuld\n", /did you mean "build"\?/],
    ["itself", "- [ ] a\n- [ ] r\n  - id: R\n  - reviews: R\n", /it reviews itself/],
    ["what comes after it", "- [ ] r\n  - reviews: b\n- [ ] b\n", /which waits for it/],
    ["a whole without work of its own", "- [ ] p\n  - id: P\n  - [ ] x\n- [ ] r\n  - reviews: P\n", /name the part/],
    ["two tasks", "- [ ] a\n  - id: A\n- [ ] a\n  - id: B\n- [ ] r\n  - reviews: a\n", /stands on line 1 and line 3/],
  ] as const) {
    it(`may not look at ${name}`, () => {
      const plan = only(text);
      const wrong = plan.diagnostics.filter(({ code }) => code === "bad-review");
      assert.equal(wrong.length, 1, JSON.stringify(plan.diagnostics));
      assert.match(wrong[0]?.message ?? "", message);
    });
  }

  it("may not look at one another", () => {
    const plan = only(
      "- [ ] a\n  - id: A\n  - needs: none\n  - reviews: B\n- [ ] b\n  - id: B\n  - needs: none\n  - reviews: A\n",
    );
    assert.deepEqual(
      plan.diagnostics.map(({ code, steps }) => [code, steps[0]]),
      [["bad-review", "B"]],
    );
  });

  it("need a template that tells what to look at and how to answer", () => {
    const text = "{{title}} {{instructions}} {{results}} {{missing}} {{findings}} {{done}}";
    const own = {
      id: "mine",
      summary: "",
      writes: true,
      demandsChange: false,
      text,
      path: ".planwright/roles/mine.md",
    };
    const roles = { templates: new Map([...BUILT_IN_SET.templates, ["mine", own]]), problems: [] };
    const plan = only(`${TEXT}  - role: mine\n`, [SHELL, CODEX], roles);
    assert.match(plan.diagnostics[0]?.message ?? "", /template of its role mine has no \{\{work\}\}, \{\{verdict\}\}/);
  });

  it("keep their approval when what they look at has been done", () => {
    const before = only(TEXT);
    const after = only(TEXT.replace("- [ ] Build", "- [x] Build"));
    assert.equal(step(after, "R").reviews, "B");
    assert.equal(covers(approvedContent(before, sha256), after, sha256), true);
    const other = only(TEXT.replace("reviews: B", "reviews: Other"));
    assert.equal(covers(approvedContent(before, sha256), other, sha256), false);
  });
});

describe("templates and the approval (B2, SEC10)", () => {
  const TEXT = "- [ ] Build\n  - id: B\n- [ ] r\n  - reviews: B\n";
  const withTemplate = (id: string, text: string): RoleSet => {
    const builtIn = BUILT_IN_SET.templates.get(id);
    assert.ok(builtIn);
    const own = { ...builtIn, text, path: `.planwright/roles/${id}.md` };
    return { templates: new Map([...BUILT_IN_SET.templates, [id, own]]), problems: [] };
  };

  it("binds those that are used, also for what comes back from a review", () => {
    assert.deepEqual(Object.keys(only(TEXT).roleHashes), ["coder", "fix-up", "reviewer"]);
    assert.deepEqual(Object.keys(only("- [ ] x\n  - command: make\n").roleHashes), []);
  });

  it("changes with a template that is used, and not with another", () => {
    const { hash } = only(TEXT);
    const changed = only(TEXT, [SHELL, CODEX], withTemplate("coder", "other"));
    assert.notEqual(changed.hash, hash);
    assert.deepEqual(changed.roleFiles, { coder: ".planwright/roles/coder.md" });
    assert.equal(covers(approvedContent(only(TEXT), sha256), changed, sha256), false);
    assert.equal(only(TEXT, [SHELL, CODEX], withTemplate("deployer", "other")).hash, hash);
  });

  it("does not take a plan whose file cannot be used", () => {
    const roles = { ...BUILT_IN_SET, problems: [{ role: "coder", message: ".planwright/roles/coder.md:3: wrong" }] };
    assert.deepEqual(told(only(TEXT, [SHELL, CODEX], roles).diagnostics), ["error bad-role -"]);
  });
});

describe("templates (D2, SEC12)", () => {
  const texts = Object.fromEntries(placeholderNames().map((name) => [name, ""]));
  const fill = (template: string, values: Record<string, string>): string =>
    fillTemplate(template, { ...BLANK, ...texts, ...values });
  const BLANK = {
    ...{ title: "", origin: "", instructions: "", context: "", files: "", parameters: "", workplace: "" },
    ...{ results: "", missing: "", findings: "", work: "", rules: "", verdict: "", done: "" },
  };

  it("put each text in its place as it is, also one that looks like a place", () => {
    assert.equal(
      fill("# {{title}}\n\n{{ done }}\n", { title: "{{done}} $& $1", done: "{{title}}" }),
      "# {{done}} $& $1\n\n{{title}}\n",
    );
  });

  it("leave out the lines of places that have nothing to say, and nothing else", () => {
    assert.equal(fill("a\n\n{{done}}\n\n{{rules}}\n\nb {{work}}c\n", {}), "a\n\nb c\n");
    assert.equal(fill("{{done}}", { done: "x\n\n\n\ny" }), "x\n\n\n\ny\n");
  });

  it("are refused with the line of what is wrong, and what is meant", () => {
    assert.deepEqual(templateProblems("a\n{{titel}} {{ x.y }} {{done}}", ["done", "title"]), [
      { line: 2, message: "{{titel}} stands for nothing: did you mean {{title}}?" },
      {
        line: null,
        message: "{{title}} is missing, so that its agents would not be told what they have to know: add it",
      },
    ]);
  });
});
