import assert from "node:assert/strict";
import { CodeActionRequest, type CodeAction, type Diagnostic } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { AgentView } from "../../../../schemas/agent.ts";
import { SPEC_URI, withEditor } from "../../../support/language-client.ts";
import { agentView, SHELL, SIMULATED } from "../../../support/planning.ts";

const CODER = agentView("coder", ["code_generation"], { name: "The coder", priority: 5 });
const REVIEWER = agentView("reviewer", ["code_review"]);
const AGENTS = [SHELL, SIMULATED, CODER, REVIEWER];

interface Case {
  readonly what: string;
  readonly code: string;
  readonly text: string;
  readonly agents?: AgentView[];
  /** Titles of the fixes in order, the preferred ones with a star. */
  readonly fixes: readonly string[];
  /** What the first fix makes of the text, where it is worth reading. */
  readonly result?: string;
}

const CASES: readonly Case[] = [
  {
    what: "a ring of needs",
    code: "cycle",
    text: "- [ ] A\n  - id: a\n  - needs: b\n- [ ] B\n  - id: b\n  - needs: a\n",
    fixes: ['* Remove "b" from needs of "A"', 'Remove "a" from needs of "B"'],
    result: "- [ ] A\n  - id: a\n  - needs: none\n- [ ] B\n  - id: b\n  - needs: a\n",
  },
  {
    what: "a ring through a parent",
    code: "cycle",
    text: "- [ ] A\n  - id: a\n  - [ ] A1\n    - id: a1\n    - needs: b, c\n- [ ] B\n  - id: b\n  - needs: a\n- [ ] C\n  - id: c\n  - needs: none\n",
    fixes: ['* Remove "b" from needs of "A1"', 'Remove "a" from needs of "B"'],
  },
  {
    what: "a name that is nearly right",
    code: "unknown-dependency",
    text: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: biuld\n",
    fixes: ['* Change to "build"', 'Remove "biuld" from needs'],
    result: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: build\n",
  },
  {
    what: "a name of no task among others",
    code: "unknown-dependency",
    text: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: build, `nothing-like-it`\n",
    fixes: ['* Remove "nothing-like-it" from needs'],
    result: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: build\n",
  },
  {
    what: "the first of several names, in brackets",
    code: "unknown-dependency",
    text: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: [nothing-like-it, build]\n",
    fixes: ['* Remove "nothing-like-it" from needs'],
    result: "- [ ] A\n  - id: build\n- [ ] B\n  - needs: [build]\n",
  },
  {
    what: "a name in bullets below",
    code: "unknown-dependency",
    text: "- [ ] A\n  - id: build\n- [ ] B\n  - needs:\n    - build\n    - nothing-like-it\n",
    fixes: ['* Remove "nothing-like-it" from needs'],
    result: "- [ ] A\n  - id: build\n- [ ] B\n  - needs:\n    - build\n",
  },
  {
    what: "one id twice",
    code: "duplicate-id",
    text: "- [ ] A\n  - id: same\n- [ ] B\n  - id: same\n- [ ] C\n  - id: same-2\n",
    fixes: ['* Rename this id to "same-3"'],
  },
  {
    what: "a need of an id that two tasks have",
    code: "duplicate-reference",
    text: "- [ ] A\n  - id: same\n- [ ] B\n  - id: same\n- [ ] C\n  - needs: same\n",
    fixes: ['* Rename the task on line 3 to "same-2"', 'Need "same#2" on line 3'],
  },
  {
    what: "a need of a title that two tasks have",
    code: "duplicate-reference",
    text: "- [ ] Same\n- [ ] Same\n- [ ] C\n  - needs: Same\n",
    fixes: ['Need "same" on line 1', 'Need "same#2" on line 2'],
  },
  {
    what: "a task that is needed twice",
    code: "duplicate-reference",
    text: "- [ ] A\n  - id: a\n- [ ] B\n  - needs: a, A\n",
    fixes: ['* Remove "A" from needs'],
    result: "- [ ] A\n  - id: a\n- [ ] B\n  - needs: a\n",
  },
  {
    what: "a need that stands further down",
    code: "forward-reference",
    text: "- [ ] A\n  - needs: b\n- [ ] B\n  - id: b\n",
    fixes: ['* Move "B" up, before this task', 'Remove "b" from needs'],
    result: "- [ ] B\n  - id: b\n- [ ] A\n  - needs: b\n",
  },
  {
    what: "a need that stands further down at the end of a file without a line break",
    code: "forward-reference",
    text: "- [ ] A\n  - needs: b\n\n- [ ] B\n  - id: b\n\n  More words.",
    fixes: ['* Move "B" up, before this task', 'Remove "b" from needs'],
  },
  {
    what: "a need that stands further down with another indentation",
    code: "forward-reference",
    text: "- [ ] A\n  - needs: b\n - [ ] B\n   - id: b\n",
    fixes: ['* Remove "b" from needs'],
  },
  {
    what: "a need that stands further down and cannot move ahead of one that it needs itself",
    code: "forward-reference",
    text: "- [ ] A\n  - needs: c\n- [ ] B\n  - id: b\n- [ ] C\n  - id: c\n  - needs: b\n",
    fixes: ['* Remove "c" from needs'],
  },
  {
    what: "a task that needs itself",
    code: "self-dependency",
    text: "- [ ] A\n  - id: a\n  - needs: a\n",
    fixes: ['* Remove "a" from needs'],
    result: "- [ ] A\n  - id: a\n",
  },
  {
    what: "a task that needs its parent",
    code: "self-dependency",
    text: "- [ ] A\n  - id: a\n  - [ ] B\n    - needs: a\n",
    fixes: ['* Remove "a" from needs'],
  },
  {
    what: "parallel tasks with one file",
    code: "false-parallel",
    text: "- [ ] [P] A\n  - id: a\n  - files: x.ts\n- [ ] [P] B\n  - files: x.ts\n",
    fixes: ['* Remove [P] from "B"', 'Remove [P] from "A"', 'Let it need "A"'],
    result: "- [ ] [P] A\n  - id: a\n  - files: x.ts\n- [ ] B\n  - files: x.ts\n",
  },
  {
    what: "nobody for a task",
    code: "no-agent",
    text: "- [ ] Draw a picture\n\n  In colour.\n",
    fixes: ["* Give it to coder (The coder)", "Give it to reviewer"],
    result: "- [ ] Draw a picture\n  - agent: coder\n\n  In colour.\n",
  },
  {
    what: "an agent that is not available",
    code: "no-agent",
    text: "- [ ] A task\n  - id: a\n  - agent: away\n",
    agents: [...AGENTS, agentView("away", ["code_generation"], { available: false, unavailableReason: "gone" })],
    fixes: ["* Give it to coder (The coder) (code_generation)", "Give it to reviewer"],
    result: "- [ ] A task\n  - id: a\n  - agent: coder\n",
  },
  {
    what: "an agent that does not exist",
    code: "unknown-agent",
    text: "- [ ] A\n  - agent: reviewr\n",
    fixes: ["* Change to reviewer", "Change to coder (The coder)"],
  },
  {
    what: "an agent of the parent that does not exist",
    code: "unknown-agent",
    text: "- [ ] A\n  - agent: codr\n  - [ ] A1\n",
    fixes: ["* Change to coder (The coder)", "Change to reviewer"],
  },
  {
    what: "an agent that the front matter does not list",
    code: "unknown-agent",
    text: "---\nagents: [coder]\n---\n- [ ] A\n  - agent: reviewer\n",
    fixes: ["Add reviewer to agents of the front matter", "* Change to coder (The coder)"],
    result: "---\nagents: [coder, reviewer]\n---\n- [ ] A\n  - agent: reviewer\n",
  },
  {
    what: "an agent that the front matter does not list among its bullets",
    code: "unknown-agent",
    text: "---\nagents:\n  - coder\n---\n- [ ] A\n  - agent: reviewer\n",
    fixes: ["Add reviewer to agents of the front matter", "* Change to coder (The coder)"],
    result: "---\nagents:\n  - coder\n  - reviewer\n---\n- [ ] A\n  - agent: reviewer\n",
  },
  {
    what: "an agent of the front matter that does not exist",
    code: "unknown-agent",
    text: "---\nagents: {code_generation: codr}\n---\n- [ ] A\n",
    fixes: [
      "* Change to coder (The coder) for all of code_generation",
      "Change to reviewer for all of code_generation",
    ],
  },
  {
    what: "a capability that no step before provides",
    code: "missing-capability",
    text: "- [ ] Before\n  - agent: reviewer\n\n- [ ] A\n  - agent: builder\n",
    agents: [...AGENTS, buildsOn("builder", "code_generation", "dependency_analysis")],
    fixes: ["* Add a task before it that provides dependency_analysis"],
    result:
      "- [ ] Before\n  - agent: reviewer\n\n- [ ] Dependency analysis\n  - capability: dependency_analysis\n\n- [ ] A\n  - agent: builder\n",
  },
  {
    what: "a misspelt attribute",
    code: "unknown-key",
    text: "- [ ] A\n  - outputs: x.txt\n",
    fixes: ['* Change to "output"'],
    result: "- [ ] A\n  - output: x.txt\n",
  },
  {
    what: "a misspelt key of the front matter",
    code: "unknown-key",
    text: "---\nbudgt: 5 USD\n---\n- [ ] A\n  - agent: coder\n",
    fixes: ['* Change to "budget"'],
  },
  {
    what: "a key that the front matter does not have",
    code: "unknown-key",
    text: "---\ntitle: T\nauthor:\n  name: me\n---\n- [ ] A\n",
    fixes: ['Remove "author"'],
    result: "---\ntitle: T\n---\n- [ ] A\n",
  },
  {
    what: "a policy that is nearly right",
    code: "bad-value",
    text: "- [ ] A\n  - onFailure: contine\n",
    fixes: ['* Change to "continue"'],
  },
  {
    what: "a time without a unit",
    code: "bad-value",
    text: "- [ ] A\n  - timeout: 30\n",
    fixes: ['* Change to "30s"', 'Change to "30m"'],
  },
  {
    what: "a time in words",
    code: "bad-value",
    text: "- [ ] A\n  - duration: 5 minutes\n",
    fixes: ['* Change to "5m"'],
  },
  {
    what: "a cost with a sign",
    code: "bad-value",
    text: "- [ ] A\n  - cost: $0,50\n",
    fixes: ['* Change to "0.50 USD"'],
  },
  { what: "too many retries", code: "bad-value", text: "- [ ] A\n  - retries: 200\n", fixes: ['* Change to "100"'] },
  {
    what: "a flag in other words",
    code: "bad-value",
    text: "- [ ] A\n  - idempotent: nope\n",
    fixes: ['* Change to "no"'],
  },
  {
    what: "a code of failures",
    code: "bad-value",
    text: "- [ ] A\n  - retryOn: timeuot\n",
    fixes: ['* Change to "timeout"'],
  },
  {
    what: "none beside names",
    code: "bad-value",
    text: "- [ ] Z\n  - id: z\n- [ ] A\n  - needs: none, z\n",
    fixes: ['* Change to "z"'],
  },
  {
    what: "a way to a value of JSON",
    code: "bad-value",
    text: "- [ ] A\n  - extract: cid: /IpfsHash\n",
    fixes: ['* Change to "cid: json /IpfsHash"'],
  },
  {
    what: "agents with blanks in their names",
    code: "bad-value",
    text: "- [ ] A\n  - agent: code writer, codex\n",
    fixes: ['* Change to "code-writer, codex"'],
  },
  {
    what: "an attribute twice",
    code: "bad-value",
    text: "- [ ] A\n  - id: a\n  - id: b\n",
    fixes: ["* Remove this id"],
  },
  {
    what: "a command and a block",
    code: "bad-value",
    text: "- [ ] A\n  - command: ls\n\n  ```sh\n  ls\n  ```\n",
    fixes: ["* Remove this command"],
  },
  {
    what: "an agent with a command that it does not run",
    code: "bad-value",
    text: "- [ ] A\n  - agent: coder\n  - command: ls\n",
    fixes: ["* Remove the agent of this task"],
  },
  {
    what: "front matter that is not closed",
    code: "front-matter",
    text: "---\ntitle: T\nbudget: 5 USD\n\n- [ ] A\n",
    fixes: ["* Close the front matter"],
    result: "---\ntitle: T\nbudget: 5 USD\n---\n\n- [ ] A\n",
  },
  {
    what: "a budget with a sign",
    code: "front-matter",
    text: "---\nbudget: $5\n---\n- [ ] A\n",
    fixes: ['* Change to "5 USD"'],
  },
  {
    what: "a mode that is not there",
    code: "front-matter",
    text: "---\nbudget: {total: 5, mode: enforced}\n---\n- [ ] A\n",
    fixes: ['* Change to "enforce"'],
  },
  {
    what: "too many at once",
    code: "front-matter",
    text: "---\nmaxConcurrent: 5000\n---\n- [ ] A\n",
    fixes: ['* Change to "1000"'],
  },
  {
    what: "a budget below the estimate",
    code: "over-budget",
    text: "---\nbudget: 1.00 USD\n---\n- [ ] A\n  - agent: coder\n  - cost: 2.345\n",
    fixes: ["* Raise the budget to 2.35 USD"],
    result: "---\nbudget: 2.35 USD\n---\n- [ ] A\n  - agent: coder\n  - cost: 2.345\n",
  },
  {
    what: "a budget with a mode below the estimate",
    code: "over-budget",
    text: "---\nbudget:\n  total: 1.00\n  mode: enforce\n---\n- [ ] A\n  - agent: coder\n  - cost: 2\n",
    fixes: ["* Raise the budget to 2.00 USD"],
  },
  {
    what: "a block that is not run",
    code: "ignored-command",
    text: "- [ ] A\n\n  ```bash\n  ls\n  ```\n",
    fixes: ["Let the task run this block (sh)"],
  },
  {
    what: "a box that is none",
    code: "ignored-task",
    text: "- [ ] A\n- [✓] B\n",
    fixes: ["Change to [ ], an open task", "* Change to [x], a finished task"],
  },
  {
    what: "a box with too many blanks",
    code: "ignored-task",
    text: "- [ ] A\n- [ x ] B\n",
    fixes: ["Change to [ ], an open task", "* Change to [x], a finished task"],
  },
  {
    what: "a box without a blank behind it",
    code: "ignored-task",
    text: "- [ ] A\n- [x]*B\n",
    fixes: ["* Put a blank behind the box"],
    result: "- [ ] A\n- [x]* B\n",
  },
  {
    what: "a box with a no-break space behind it",
    code: "ignored-task",
    text: "- [ ] A\n- [x]\u00A0B\n",
    fixes: ["* Put a blank behind the box"],
    result: "- [ ] A\n- [x] B\n",
  },
  {
    what: "a box without a blank before it",
    code: "ignored-task",
    text: "- [ ] A\n\n-[x] B\n",
    fixes: ["* Put a blank before the box"],
    result: "- [ ] A\n\n- [x] B\n",
  },
  {
    what: "a box with a no-break space before it",
    code: "ignored-task",
    text: "- [ ] A\n\n-\u00A0[ ]\u00A0B\n",
    fixes: ["* Change to ordinary spaces"],
    result: "- [ ] A\n\n- [ ] B\n",
  },
];

/** An agent whose capability builds on another one. */
function buildsOn(id: string, capability: string, wanted: string): AgentView {
  const agent = agentView(id, [capability]);
  return { ...agent, capabilities: agent.capabilities.map((one) => ({ ...one, dependencies: [wanted] })) };
}

describe("quick fixes (A6)", () => {
  for (const one of CASES) {
    it(`repair ${one.what} (${one.code})`, async () => {
      await check(one, one.text, one.result);
    });
    it(`repair ${one.what} in a text with CR LF and a byte order mark`, async () => {
      const text = withCarriageReturns(one.text);
      await check(one, text, one.result === undefined ? undefined : withCarriageReturns(one.result));
    });
  }

  it("keep tabs", async () => {
    const text = "- [ ] Draw a picture\n\n\tIn colour.\n- [ ] Other\n\t- agent: coder\n";
    const [first] = await fixesOf(text, "no-agent", AGENTS);
    assert.ok(first);
    assert.match(applied(text, first), /^- \[ \] Draw a picture\n\t- agent: coder\n\n\tIn colour/);
  });
});

async function check({ code, fixes, agents = AGENTS }: Case, text: string, result?: string): Promise<void> {
  const actions = await fixesOf(text, code, agents);
  assert.deepEqual(
    actions.map(({ title, isPreferred }) => withoutLine(`${isPreferred === true ? "* " : ""}${title}`)),
    fixes.map(withoutLine),
  );
  const before = (await diagnosticsOf(text, agents)).filter((one) => one.code === code).length;
  for (const [index, action] of actions.entries()) {
    const repaired = applied(text, action);
    const after = await diagnosticsOf(repaired, agents);
    const same = after.filter((one) => one.code === code);
    assert.ok(same.length < before, `${action.title} left ${JSON.stringify(same)} in ${JSON.stringify(repaired)}`);
    if (text.includes("\r")) assert.doesNotMatch(repaired, /[^\r]\n/, action.title);
    if (index === 0 && result !== undefined) assert.equal(repaired, result);
  }
}

function withoutLine(title: string): string {
  return title.replace(/line \d+/, "line");
}

function withCarriageReturns(text: string): string {
  // A byte order mark takes a column, so that nothing may be nested in its line.
  const heading = text.startsWith("---") ? "" : "# Title\n\n";
  return `\uFEFF${heading}${text}`.replaceAll("\n", "\r\n");
}

async function diagnosticsOf(text: string, agents: AgentView[]): Promise<Diagnostic[]> {
  let found: Diagnostic[] = [];
  await withEditor({ agents }, async (editor) => {
    editor.open(text);
    found = (await editor.diagnostics()).diagnostics;
    assert.deepEqual(editor.bugs, []);
  });
  return found;
}

/** The fixes of the first diagnostic with this code. */
async function fixesOf(text: string, code: string, agents: AgentView[]): Promise<CodeAction[]> {
  let actions: CodeAction[] = [];
  await withEditor({ agents }, async (editor) => {
    editor.open(text);
    const { diagnostics } = await editor.diagnostics();
    const diagnostic = diagnostics.find((one) => one.code === code);
    assert.ok(diagnostic, `no ${code} among ${JSON.stringify(diagnostics.map((one) => [one.code, one.message]))}`);
    const answer = await editor.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: SPEC_URI },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic] },
    });
    actions = (answer ?? []).filter(
      (one): one is CodeAction =>
        "edit" in one && one.diagnostics?.[0]?.code === code && same(one.diagnostics[0], diagnostic),
    );
    assert.deepEqual(editor.bugs, []);
  });
  return actions;
}

function same(a: Diagnostic, b: Diagnostic): boolean {
  return a.message === b.message && a.range.start.line === b.range.start.line;
}

function applied(text: string, { edit, title }: CodeAction): string {
  const change = edit?.documentChanges?.[0];
  assert.ok(change && "edits" in change, title);
  const edits = change.edits.filter((one) => "newText" in one);
  return TextDocument.applyEdits(TextDocument.create(SPEC_URI, "planwright-spec", 1, text), edits);
}
