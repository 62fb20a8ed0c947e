import assert from "node:assert/strict";
import { loadAgentsFile, type LoadedAgents } from "../../../worker/agents/agents-file.ts";

const FILE = ".planwright/agents.json";
const problems = (text: string): string[] => loadAgentsFile(text, FILE).problems.map(({ message }) => message);
const agent = (more: object = {}): object => ({
  id: "coder",
  name: "Coder",
  capabilities: [{ name: "code_generation" }],
  adapter: { kind: "command", argv: ["claude", "-p"] },
  ...more,
});
const file = (...agents: object[]): string => JSON.stringify({ agents }, null, 2);

describe("the agents file (D1)", () => {
  it("gives its agents with the defaults filled in", () => {
    const { agents, problems: none } = loadAgentsFile(`\uFEFF${file(agent())}`, FILE);
    assert.deepEqual(none, []);
    assert.deepEqual(agents, [
      {
        id: "coder",
        name: "Coder",
        type: "general",
        capabilities: [
          {
            name: "code_generation",
            description: "",
            parameters: {},
            estimatedCost: null,
            estimatedDuration: null,
            dependencies: [],
          },
        ],
        permissions: "limited",
        restrictions: [],
        priority: 0,
        maxLoad: 4,
        timeout: 300_000,
        currency: "USD",
        retry: null,
        service: null,
        status: "active",
        adapter: { kind: "command", argv: ["claude", "-p"], env: {} },
      },
    ]);
  });

  it("reads how an agent's attempts are tried again, and says what is wrong with it (C2)", () => {
    const file = (retry: string): LoadedAgents =>
      loadAgentsFile(
        `{"agents": [{"id": "a", "name": "A", "capabilities": [], "adapter": {"kind": "simulated"}, "retry": ${retry}}]}`,
        "agents.json",
      );
    const stated = { maxAttempts: 5, base: 100, cap: 100, jitter: 0.5, retryOn: ["agent_error"] };
    assert.deepEqual(file(JSON.stringify(stated)).agents[0]?.retry, stated);
    for (const [retry, message] of [
      ['{"base": 100, "cap": 99}', /agents\[0\]\.retry\.cap: not below `base`/],
      [
        '{"attempts": 1}',
        /retry\.attempts: unknown key; accepted here: maxAttempts, base, factor, cap, jitter, retryOn/,
      ],
      ['{"retryOn": ["cancelled"]}', /retry\.retryOn\[0\]: accepted: "timeout", "transport"/],
    ] as const) {
      assert.match(
        file(retry)
          .problems.map((problem) => problem.message)
          .join(),
        message,
      );
    }
  });

  const syntax: [string, string][] = [
    ["", "1:1: the file is empty"],
    ["{", '1:2: the file ends where a key in double quotes, or "}" is expected'],
    ['{\n  "agents": [\n  ],\n}', '3:4: a comma before "}" is one too many'],
    ['{\n  "agents": [] "x": 1\n}', '2:16: "\\"" stands where "," or "}" is expected'],
    ['{\n  // mine\n  "agents": []\n}', "2:3: a comment, which JSON does not have"],
    ["{'agents': []}", `1:2: "'" stands where a key in double quotes, or "}" is expected`],
    ['{"agents": [], "agents": []}', '1:16: the key "agents" stands twice in one object'],
    ['{"agents": "a\nb"}', "1:12: a text that is not closed with a double quote in its line"],
    ['{"agents": "\\x"}', "1:13: an escape that JSON does not know"],
    ['{"agents": 01}', '1:12: "0" stands where a value is expected'],
    ["{} x", '1:4: "x" stands where the end of the file is expected'],
    ["[".repeat(100), "1:66: more than 64 levels of nesting"],
  ];
  for (const [text, message] of syntax) {
    it(`tells the place of a mistake in the syntax: ${message}`, () => {
      assert.deepEqual(problems(text), [`${FILE}:${message}`]);
    });
  }

  it("tells place, field and what is accepted of a value that is not", () => {
    const text = file(
      agent({
        priority: "high",
        permissions: "all",
        colour: "red",
        id: "a b",
        timeout: "5m",
        capabilities: [{ name: "Code", cost: 1 }],
        adapter: { kind: "telepathy" },
      }),
    );
    const lineOf = (part: string): string => {
      const index = text.split("\n").findIndex((line) => line.includes(part));
      return `${FILE}:${index + 1}:${(text.split("\n")[index] ?? "").indexOf('"') + 1}`;
    };
    const at = "agents[0]";
    assert.deepEqual(
      problems(text).sort(),
      [
        `${lineOf('"id"')}: ${at}.id: accepted: letters, digits, dot, dash and underscore`,
        `${lineOf('"name": "Code"')}: ${at}.capabilities[0].name: accepted: lower case letters, digits and underscores, such as code_review`,
        `${lineOf('"cost"')}: ${at}.capabilities[0].cost: unknown key; accepted here: name, description, parameters, estimatedCost, estimatedDuration, dependencies`,
        `${lineOf('"kind"')}: ${at}.adapter.kind: accepted: "command", "process", "http", "acp", "llm", "mcp", "container", "simulated"`,
        `${lineOf('"priority"')}: ${at}.priority: a number is needed`,
        `${lineOf('"permissions"')}: ${at}.permissions: accepted: "full", "limited", "readonly"`,
        `${lineOf('"timeout"')}: ${at}.timeout: a whole number of milliseconds or "none" is needed`,
        `${lineOf('"colour"')}: ${at}.colour: unknown key; accepted here: id, name, type, capabilities, permissions, restrictions, priority, maxLoad, timeout, retry, currency, service, status, adapter`,
      ].sort(),
    );
  });

  it("names what is missing, at the object in which it is missing", () => {
    assert.deepEqual(problems('{\n  "agents": [\n    { "id": "x" }\n  ]\n}'), [
      `${FILE}:3:5: agents[0].name: missing: a string is needed`,
      `${FILE}:3:5: agents[0].capabilities: missing: an array is needed`,
      `${FILE}:3:5: agents[0].adapter: missing: an object is needed`,
    ]);
    assert.deepEqual(problems("[]"), [`${FILE}:1:1: an object is needed`]);
  });

  it("carries the place as data, too", () => {
    const [problem] = loadAgentsFile('{\n "agents": 1 }', FILE).problems;
    assert.deepEqual(
      [problem?.code, problem?.place],
      ["bad_agents_file", { file: FILE, line: 2, column: 2, field: "agents" }],
    );
  });

  it("refuses an id that stands twice or is built in, and then uses nothing", () => {
    const twice = loadAgentsFile(file(agent(), agent(), agent({ id: "shell" })), FILE);
    assert.deepEqual(twice.agents, []);
    assert.deepEqual(
      twice.problems.map(({ message }) => message.replace(/^.*agents\[/, "[")),
      [
        '[1].id: "coder" is used twice: every agent needs an id of its own',
        '[2].id: "shell" is a built-in agent: choose another id',
      ],
    );
  });

  it("is not fooled by keys that JavaScript treats in a special way (SEC17)", () => {
    assert.match(problems('{"agents": [], "__proto__": {"agents": []}}')[0] ?? "", /__proto__: unknown key/);
    assert.match(problems(file(agent({ constructor: 1 })))[0] ?? "", /agents\[0\]\.constructor: unknown key/);
  });
});
