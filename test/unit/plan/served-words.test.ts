import assert from "node:assert/strict";
import { agentPrompt } from "../../../worker/plan/prompt.ts";
import { servedRequirements, ServedWords } from "../../../worker/plan/served-requirements.ts";
import { parseSpec } from "../../../worker/spec/parse.ts";
import { planOfDocument, step } from "../../support/planning.ts";

const BESIDE = `# Requirements

### Requirement 1: Greeting

#### Acceptance Criteria

1. WHEN somebody comes THEN the system SHALL greet them
2. IF nobody comes THEN the system SHALL wait

### Requirement 2: Leaving

#### Acceptance Criteria

1. WHEN somebody leaves THEN the system SHALL say goodbye
`;

/** What the agent of a Kiro task is given. */
function prompt(tasks: string, id: string, text = BESIDE): string {
  const companion = { path: ".kiro/specs/a/requirements.md", text };
  const plan = planOfDocument(parseSpec(tasks, ".kiro/specs/a/tasks.md", { companion }));
  return agentPrompt(plan, step(plan, id));
}

describe("plan: what agents are told of what their tasks serve (A1)", () => {
  it("the words of the criteria, not only their numbers", () => {
    const words = prompt("- [ ] 1. Greet\n  - Do it\n  - _Requirements: 1.2, 2.1_\n", "1");
    assert.ok(
      words.endsWith(
        "- Do it\n- _Requirements: 1.2, 2.1_\n\nWhat it serves, from .kiro/specs/a/requirements.md:\n\n" +
          "- 1.2: IF nobody comes THEN the system SHALL wait\n" +
          "- 2.1: WHEN somebody leaves THEN the system SHALL say goodbye\n",
      ),
      words,
    );
  });

  it("all criteria of a requirement that is named as a whole, also by the task above", () => {
    const words = prompt("- [ ] 1. Greet\n  - _Requirements: 1_\n  - [ ] 1.1 Say it\n", "1.1");
    assert.match(words, /- 1: Greeting\n- 1\.1: WHEN somebody comes .*\n- 1\.2: IF nobody/);
    assert.doesNotMatch(words, /goodbye/);
  });

  it("which task they work on a part of, also when that says no more than its title", () => {
    assert.match(prompt("- [ ] 1. Greet people\n- [ ] 1.1 Add tests\n", "1.1"), /This is a part of "Greet people"\./);
  });

  it("nothing of what is not known or not served, and of very much only the beginning", () => {
    assert.doesNotMatch(prompt("- [ ] 1. Greet\n  - _Requirements: 9.9_\n", "1"), /serves/);
    assert.doesNotMatch(prompt("- [ ] 1. Greet\n", "1"), /serves/);
    const many = Array.from({ length: 50 }, (_, at) => `${at + 1}. WHEN ${at + 1} THEN it SHALL\n`).join("");
    const text = `### Requirement 1: Much\n\n#### Acceptance Criteria\n\n${many}`;
    assert.match(prompt("- [ ] 1. A\n  - _Requirements: 1_\n", "1", text), /- 1\.29: .*\n- and more, in that file\n$/);
  });

  it("takes no longer for many tasks that serve much", () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `${at + 1}. WHEN ${at + 1} THEN it SHALL\n`).join("");
    const companion = {
      path: ".kiro/specs/a/requirements.md",
      text: `### Requirement 1: Much\n#### Acceptance Criteria\n${many}`,
    };
    const own = Array.from({ length: 5000 }, (_, at) => `- [ ] ${at + 2}. A\n  - _Requirements: 1_\n`).join("");
    const parts = Array.from({ length: 5000 }, (_, at) => `- [ ] 1.${at + 1} A\n`).join("");
    const numbers = Array.from({ length: 5000 }, (_, at) => `7.${at + 1}`).join(", ");
    const tasks = `- [ ] 1. A\n  - _Requirements: ${numbers}_\n${parts}${own}`;
    const document = parseSpec(tasks, ".kiro/specs/a/tasks.md", { companion });
    const served = servedRequirements(document.tasks);
    const started = process.cpuUsage();
    const words = new ServedWords(document.requirements);
    for (const { id } of document.tasks) words.of(served.get(id) ?? []);
    assert.ok(process.cpuUsage(started).user < 1_000_000);
  });

  it("other words there need a new approval", () => {
    const hash = (text: string): string => {
      const companion = { path: ".kiro/specs/a/requirements.md", text };
      const tasks = "- [ ] 1. Greet\n  - _Requirements: 1.1_\n";
      return planOfDocument(parseSpec(tasks, ".kiro/specs/a/tasks.md", { companion })).hash;
    };
    assert.equal(hash(BESIDE), hash(BESIDE.replace("say goodbye", "be silent")));
    assert.notEqual(hash(BESIDE), hash(BESIDE.replace("greet them", "send them away")));
  });
});
