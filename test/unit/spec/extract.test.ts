import assert from "node:assert/strict";
import type { Extractor } from "../../../schemas/spec.ts";
import { parse } from "../../support/planning.ts";

/** The extractors that a task states in bullets, and what is said about them. */
function extractorsOf(...bullets: string[]): { extract: Extractor[]; problems: string[] } {
  const lines = bullets.map((bullet) => `    - ${bullet}\n`).join("");
  const document = parse(`- [ ] deploy\n  - extract:\n${lines}`);
  return {
    extract: document.tasks[0]?.attributes.extract ?? [],
    problems: document.diagnostics.map(({ message }) => message),
  };
}

const nothing = { from: "output", path: null, pattern: null, pointer: null, type: "text" } as const;

describe("spec: named outputs (D8)", () => {
  const right: [string, Partial<Extractor>][] = [
    ["url: /Deployed to (https:\\S+)/", { name: "url", type: "url", pattern: "Deployed to (https:\\S+)" }],
    ["`cid: /cid=(\\w+)/i`", { name: "cid", pattern: "(?i)cid=(\\w+)" }],
    ["hash: `/a: (b|c)*/`", { name: "hash", pattern: "a: (b|c)*" }],
    ["cid: output json /IpfsHash", { name: "cid", pointer: "/IpfsHash" }],
    ["tx: result json /receipts/0/a~1b", { name: "tx", from: "result", pointer: "/receipts/0/a~1b" }],
    ["tx = result", { name: "tx", from: "result" }],
    ["version: file dist/version.txt", { name: "version", from: "file", path: "dist/version.txt" }],
    ['v: file "a b.json" json /v', { name: "v", from: "file", path: "a b.json", pointer: "/v" }],
    ["amount: number /total: (\\d+)/", { name: "amount", type: "number", pattern: "total: (\\d+)" }],
    ["previewUrl: url file out/link", { name: "previewUrl", type: "url", from: "file", path: "out/link" }],
    ["site_url: text /x/", { name: "site_url", type: "text", pattern: "x" }],
    ["curl: /x/", { name: "curl", type: "text", pattern: "x" }],
    ["path: /\\/usr\\/(\\w+)/", { name: "path", pattern: "\\/usr\\/(\\w+)" }],
    ["last:", { name: "last" }],
  ];
  for (const [bullet, expected] of right) {
    it(`reads ${bullet}`, () => {
      assert.deepEqual(extractorsOf(bullet), { extract: [{ ...nothing, ...expected }], problems: [] });
    });
  }

  it("reads one on the line of the key, and several as bullets", () => {
    const [one] = parse("- [ ] a\n  - extract: url: /(http\\S+)/\n").tasks;
    assert.deepEqual(one?.attributes.extract, [{ ...nothing, name: "url", type: "url", pattern: "(http\\S+)" }]);
    assert.deepEqual(
      extractorsOf("a: /a/", "b: /b/").extract.map(({ name }) => name),
      ["a", "b"],
    );
  });

  const wrong: [string[], RegExp][] = [
    [["/Deployed/"], /write a name of letters, digits and underscores, a colon and where it is found/],
    [["two words: /x/"], /write a name of letters/],
    [["a: /x/", "A: /y/"], /another name for the second "A"/],
    [["cid: /IpfsHash"], /a pattern between slashes, such as .*, or `cid: json \/IpfsHash` for a value of JSON/],
    [["cid: json IpfsHash"], /`json` with the way to the value, such as `cid: json \/url`/],
    [["v: file"], /`file` with a path, such as `v: file dist\/version\.txt`/],
    [["v: file ../secret"], /`file` with a path that stays inside the workspace/],
    [["a: /(x)\\1/"], /does not refer back/],
    [["a: /x(?=y)/"], /without looking ahead or back/],
    [["a: /(?<!x)y/"], /without looking ahead or back/],
    [["a: /x{2000}/"], /at most 1000 repetitions/],
    [["a: /(x/"], /a pattern that can be read \(unterminated group\)/],
    [["a: /x/gi"], /no letter behind the pattern but `i`/],
    [[`a: /${"x".repeat(1_001)}/`], /at most 1000 characters/],
    [Array.from({ length: 51 }, (_, index) => `o${index}: /x/`), /at most 50 outputs/],
  ];
  for (const [bullets, message] of wrong) {
    it(`refuses ${bullets.join(", ").slice(0, 60)} and says what is meant`, () => {
      const { extract, problems } = extractorsOf(...bullets);
      assert.deepEqual(extract, []);
      assert.match(problems[0] ?? "", message);
    });
  }

  it("is text in the files of other tools", () => {
    const document = parse("# Tasks\n\n- [ ] T001 deploy\n  - extract: url: /x/\n", "specs/1/tasks.md");
    assert.deepEqual(document.tasks[0]?.attributes.extract, []);
  });
});

describe("spec: chains of agents (D7)", () => {
  const chain = (text: string) => parse(`- [ ] a\n  - agent: ${text}\n`);

  it("reads agents in the order in which they are tried", () => {
    for (const text of ["claude, codex, gemini", "[claude, codex, gemini]", "claude, `codex`, 'gemini'"]) {
      const read = chain(text).tasks[0]?.attributes;
      assert.deepEqual([read?.agent, read?.fallbacks], ["claude", ["codex", "gemini"]], text);
    }
  });

  it("gives children the whole chain, or only their own", () => {
    const document = parse("- [ ] p\n  - agent: a, b\n  - [ ] c\n  - [ ] d\n    - agent: e\n");
    const chains = document.tasks.map(({ attributes }) => [attributes.agent, ...attributes.fallbacks]);
    assert.deepEqual(chains, [["a", "b"], ["a", "b"], ["e"]]);
  });

  it("refuses the same agent twice, and more than ten", () => {
    for (const text of ["a, a", Array.from({ length: 11 }, (_, index) => `a${index}`).join(", "), "a, two words"]) {
      const { diagnostics, tasks } = chain(text);
      assert.equal(tasks[0]?.attributes.agent, null);
      assert.match(diagnostics[0]?.message ?? "", /one name of .*, or up to 10 different ones/);
    }
  });
});
