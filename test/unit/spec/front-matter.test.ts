import assert from "node:assert/strict";
import { parse, told } from "../../support/planning.ts";

function front(yaml: string): ReturnType<typeof parse> {
  return parse(`---\n${yaml}\n---\n- [ ] a\n`);
}

describe("spec: front matter (A1, A4, E1)", () => {
  it("reads every key", () => {
    const { title, settings, diagnostics } = front(
      "title: Release 2\nbudget: 5.00 USD\nmaxConcurrent: 3\nonFailure: tolerate\ntimeout: 2h\npools: {gpu: 2, port 80: 1}\ninferLocks: no\ncontext:\n  text: Be brief.\n  files: [docs/a.md, b.md]\n  environment: staging\nagents:\n  testing: bob\n  code_review: eve",
    );
    assert.deepEqual(diagnostics, []);
    assert.equal(title, "Release 2");
    assert.deepEqual(settings, {
      budget: { total: 5, currency: "USD", mode: "approve" },
      maxConcurrent: 3,
      onFailure: "tolerate",
      timeout: 7_200_000,
      pools: { gpu: 2, "port 80": 1 },
      inputs: [],
      inferLocks: false,
      context: { text: "Be brief.", files: ["docs/a.md", "b.md"], environment: "staging" },
      agents: { allowed: [], byCapability: { testing: "bob", code_review: "eve" } },
      isolation: null,
      merge: null,
    });
  });

  it("reads the other forms of a value", () => {
    assert.deepEqual(front("budget: 5").settings.budget, { total: 5, currency: "USD", mode: "approve" });
    assert.deepEqual(front("budget: {total: 2.5, currency: eur, mode: enforce}").settings.budget, {
      total: 2.5,
      currency: "EUR",
      mode: "enforce",
    });
    assert.equal(front("budget: {total: 1, mode: approve}").settings.budget?.mode, "approve");
    for (const policy of ["pause", "continue", "tolerate", "fail-fast"]) {
      assert.equal(front(`onFailure: ${policy}`).settings.onFailure, policy);
    }
    assert.equal(front("timeout: none").settings.timeout, null);
    assert.equal(front("title: x").settings.inferLocks, true);
    assert.equal(front("context: Just text").settings.context.text, "Just text");
    assert.deepEqual(front("context: [a.md]").settings.context.files, ["a.md"]);
    assert.deepEqual(front("agents: [bob, eve]").settings.agents.allowed, ["bob", "eve"]);
    assert.equal(front("title: 2026-01-02").title, "2026-01-02");
  });

  it("knows the three ways in which a budget is meant", () => {
    for (const mode of ["warn", "approve", "enforce"] as const) {
      const document = front(`budget: {total: 5, mode: ${mode}}`);
      assert.deepEqual(document.diagnostics, []);
      assert.equal(document.settings.budget?.mode, mode);
    }
  });

  const wrong: [string, string, RegExp][] = [
    ["budget: lots", "error front-matter 2", /5\.00 USD/],
    ["\nbudget:\n  total: -1", "error front-matter 4", /budget\.total/],
    ["budget: {total: 5, mode: ask}", "error front-matter 2", /must be `approve` \(a person is asked/],
    ["timeout: 90", "error front-matter 2", /`timeout` must be a time/],
    ["timeout: 0s", "error front-matter 2", /`timeout` must be a time/],
    ["pools: gpu", "error front-matter 2", /`\{gpu: 2\}`/],
    ["pools: {gpu: 0}", "error front-matter 2", /`pools\.gpu` must be a whole number/],
    ["inferLocks: maybe", "error front-matter 2", /`true` or `false`/],
    ["budget: {currency: USD}", "error front-matter 2", /no `total`/],
    ["maxConcurrent: 0", "error front-matter 2", /from 1 to 1000/],
    ["maxConcurrent: many", "error front-matter 2", /from 1 to 1000/],
    ["onFailure: stop", "error front-matter 2", /`pause` or `continue` or `tolerate` or `fail-fast`/],
    ["context: {files: [../secret]}", "error front-matter 2", /inside the workspace/],
    ["agents: {testing: [a]}", "error front-matter 2", /`agents.testing` must be a text/],
    ["title: [a]", "error front-matter 2", /`title` must be a text/],
    ["title: a\nmaxConcurent: 2", "warning unknown-key 3", /did you mean `maxConcurrent`/],
    ["owner: me", "warning unknown-key 2", /ignored: known are title, budget/],
    ["budget: {total: 1, curency: EUR}", "warning unknown-key 2", /did you mean `currency`/],
    ["just text", "error front-matter 2", /keys with values/],
    ["title: *anchor", "error front-matter 2", /alias|YAML/i],
  ];
  for (const [yaml, place, message] of wrong) {
    it(`tells ${JSON.stringify(yaml)} with its line, and still reads the tasks`, () => {
      const document = front(yaml);
      assert.equal(told(document.diagnostics)[0], place);
      assert.match(document.diagnostics[0]?.message ?? "", message);
      assert.equal(document.tasks.length, 1);
    });
  }

  it("tells invalid YAML with the line of the file", () => {
    const document = front('title: "open\nbudget: 5');
    assert.equal(document.diagnostics[0]?.code, "front-matter");
    assert.equal(document.tasks.length, 1);
    assert.deepEqual(told(front("a:\n\tb: 1").diagnostics).slice(0, 1), ["error front-matter 3"]);
  });

  it("says of a text that YAML takes for something else that it needs quotes", () => {
    for (const text of ["title: Login: step one", "owner: @me"])
      assert.match(front(text).diagnostics[0]?.message ?? "", /; put a text with such a sign in quotes$/);
  });

  it("does not follow aliases, deep nesting or long blocks", () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: [*a, *a]`).join("\n")}\ntitle: ok`;
    assert.equal(front(bomb).title, "ok");
    assert.match(front(`title: ${"[".repeat(60_000)}`).diagnostics[0]?.message ?? "", /nested deeper/);
    assert.match(front(`title: ${"x".repeat(100_000)}`).diagnostics[0]?.message ?? "", /longer than/);
  });

  it("tells front matter that is not closed, and takes a rule for a rule", () => {
    assert.deepEqual(told(parse("---\ntitle: x\n\n- [ ] a\n").diagnostics), ["error front-matter 1"]);
    const ruled = parse("---\n\nText\n\n- [ ] a\n");
    assert.deepEqual(ruled.diagnostics, []);
    assert.equal(ruled.tasks.length, 1);
    const twice = parse("---\n- [ ] a\n---\n- [ ] b\n");
    assert.deepEqual([twice.diagnostics, twice.tasks.map(({ title }) => title)], [[], ["a", "b"]]);
  });

  it("bears a byte order mark and Windows line ends", () => {
    const document = parse("\uFEFF---\r\ntitle: T\r\nbudget: x\r\n---\r\n- [ ] a\r\n  - timeout: 1s\r\n");
    assert.equal(document.title, "T");
    assert.deepEqual(told(document.diagnostics), ["error front-matter 3"]);
    assert.equal(document.tasks[0]?.range.line, 5);
    assert.equal(document.tasks[0].attributes.timeout, 1_000);
  });
});
