import assert from "node:assert/strict";
import { z } from "zod";
import { seedTree, type ProgramResult, type SeededTree } from "../support/seeded-tree.ts";

const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
    totalCruised: z.number(),
  }),
});

const leaf = (name: string): string => `export const ${name} = 1;\n`;
const uses = (...modules: string[]): string => modules.map((module) => `import "${module}";\n`).join("");

/** A file that every other one may find, for each room. */
const LEAVES: Record<string, string> = {
  "schemas/word.ts": leaf("word"),
  "worker/spec/leaf.ts": leaf("spec"),
  "worker/spec/json-source.ts": leaf("json"),
  "worker/plan/leaf.ts": leaf("plan"),
  "worker/lint/leaf.ts": leaf("lint"),
  "worker/engine/leaf.ts": leaf("engine"),
  "worker/run/leaf.ts": leaf("run"),
  "worker/agents/leaf.ts": leaf("agents"),
  "worker/agents/selection.ts": leaf("selection"),
  "worker/agents/registry.ts": leaf("registry"),
  "worker/store/leaf.ts": leaf("store"),
  "worker/logs/leaf.ts": leaf("logs"),
  "worker/link/leaf.ts": leaf("link"),
  "worker/cli/leaf.ts": leaf("cli"),
  "worker/server/leaf.ts": leaf("server"),
  "worker/server/spec-file.ts": leaf("file"),
  "webview/leaf.ts": leaf("webview"),
  "test/support/leaf.ts": leaf("support"),
};

/** What each room may do; none of it may be reported. */
const ALLOWED: Record<string, string> = {
  "schemas/allowed.ts": uses("zod", "./word.ts"),
  "worker/spec/allowed.ts": uses("yaml", "@lezer/markdown", "../../schemas/word.ts", "./leaf.ts"),
  "worker/plan/allowed.ts": uses("../spec/leaf.ts", "../../schemas/word.ts", "node:crypto"),
  "worker/lint/allowed.ts": uses("../spec/leaf.ts", "../plan/leaf.ts", "../agents/selection.ts"),
  "worker/engine/allowed.ts": uses("../../schemas/word.ts", "./leaf.ts"),
  "worker/run/allowed.ts": uses("../engine/leaf.ts", "node:fs"),
  "worker/agents/allowed.ts": uses("yaml", "../spec/json-source.ts", "node:fs"),
  "worker/store/allowed.ts": uses("sql.js", "zod", "node:fs"),
  "worker/link/allowed.ts": uses("ws", "vscode-jsonrpc", "node:net"),
  "worker/cli/allowed.ts": uses(
    ...["commander", "log-update", "string-width", "../link/leaf.ts", "../lint/leaf.ts"],
    ...["../agents/registry.ts", "../server/spec-file.ts"],
  ),
  "worker/server/allowed.ts": uses("ws", "../store/leaf.ts", "../run/leaf.ts", "../plan/leaf.ts", "../agents/leaf.ts"),
  "extension/allowed.ts": uses("vscode", "../worker/link/leaf.ts", "../schemas/word.ts"),
  "test/unit/allowed.test.ts": uses("../../worker/engine/leaf.ts", "../support/leaf.ts", "fast-check"),
};

/** File, what it wrongly imports, the rule that must say so. */
const SEEDED: readonly (readonly [string, string, string])[] = [
  ["schemas/bad-worker.ts", "../worker/spec/leaf.ts", "schemas-imports"],
  ["schemas/bad-package.ts", "yaml", "schemas-imports"],
  ["schemas/bad-node.ts", "node:fs", "schemas-node"],
  ["worker/spec/bad-room.ts", "../plan/leaf.ts", "worker-spec-imports"],
  ["worker/spec/bad-package.ts", "ws", "worker-spec-imports"],
  ["worker/spec/bad-node.ts", "node:fs", "worker-spec-node"],
  ["worker/plan/bad-room.ts", "../engine/leaf.ts", "worker-plan-imports"],
  ["worker/plan/bad-node.ts", "node:child_process", "worker-plan-node"],
  ["worker/lint/bad-room.ts", "../agents/leaf.ts", "worker-lint-imports"],
  ["worker/lint/bad-node.ts", "node:fs", "worker-lint-node"],
  ["worker/plan/bad-lint.ts", "../lint/leaf.ts", "worker-plan-imports"],
  ["worker/engine/bad-room.ts", "../plan/leaf.ts", "worker-engine-imports"],
  ["worker/engine/bad-package.ts", "zod", "worker-engine-imports"],
  ["worker/engine/bad-node.ts", "node:crypto", "worker-engine-node"],
  ["worker/run/bad-room.ts", "../store/leaf.ts", "worker-run-imports"],
  ["worker/agents/bad-room.ts", "../run/leaf.ts", "worker-agents-imports"],
  ["worker/agents/bad-spec.ts", "../spec/leaf.ts", "worker-agents-imports"],
  ["worker/store/bad-room.ts", "../logs/leaf.ts", "worker-store-imports"],
  ["worker/logs/bad-room.ts", "../store/leaf.ts", "worker-logs-imports"],
  ["worker/workflow/bad-room.ts", "../store/leaf.ts", "worker-workflow-imports"],
  ["worker/insight/bad-room.ts", "../engine/leaf.ts", "worker-insight-imports"],
  ["worker/git/bad-room.ts", "../agents/leaf.ts", "worker-git-imports"],
  ["worker/server/bad-package.ts", "commander", "worker-server-imports"],
  ["worker/server/bad-client.ts", "../cli/leaf.ts", "command-line-is-a-client"],
  ["worker/link/bad-room.ts", "../server/leaf.ts", "worker-link-imports"],
  ["worker/cli/bad-room.ts", "../store/leaf.ts", "worker-cli-imports"],
  ["worker/cli/bad-server.ts", "../server/leaf.ts", "worker-cli-imports"],
  ["worker/cli/bad-package.ts", "ws", "worker-cli-imports"],
  ["worker/main.ts", "commander", "worker-main-imports"],
  ["worker/server/bad-entry.ts", "../main.ts", "entries-are-not-imported"],
  ["extension/bad-room.ts", "../worker/engine/leaf.ts", "extension-imports"],
  ["extension/bad-webview.ts", "../webview/leaf.ts", "extension-imports"],
  ["webview/bad-room.ts", "../worker/link/leaf.ts", "webview-imports"],
  ["webview/bad-node.ts", "node:fs", "webview-node"],
  ["worker/server/bad-host.ts", "vscode", "vscode-in-extension-only"],
  ["worker/agents/bad-test.ts", "../../test/support/leaf.ts", "not-to-test"],
  ["worker/logs/bad-lost.ts", "./lost.ts", "not-to-unresolvable"],
  ["worker/logs/bad-unlisted.ts", "debug", "not-to-unlisted"],
  ["worker/logs/bad-development.ts", "fast-check", "not-to-development-package"],
  ["worker/surprise/bad-new.ts", "../../schemas/word.ts", "unknown-room"],
];

describe("gate: import rules", function () {
  this.timeout(60_000);
  let tree: SeededTree;
  let reported: { from: string; rule: string }[];

  before(async () => {
    tree = await seedTree({
      ...LEAVES,
      ...ALLOWED,
      ...Object.fromEntries(SEEDED.map(([file, target]) => [file, uses(target)])),
      "worker/run/bad-type.ts": 'export type { Store } from "../store/store-type.ts";\n',
      "worker/store/store-type.ts": "export interface Store { readonly open: boolean }\n",
      "worker/git/bad-lazy.ts": 'export const lazy = () => import("../link/leaf.ts");\n',
      "worker/plan/circle-a.ts": 'export type { B } from "./circle-b.ts";\nexport type A = 1;\n',
      "worker/plan/circle-b.ts": 'export type { A } from "./circle-a.ts";\nexport type B = 2;\n',
      "worker/spec/lonely.ts": leaf("lonely"),
    });
    const { output } = await cruise("json");
    const { summary } = Report.parse(JSON.parse(output));
    reported = summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
  });
  after(() => tree.remove());

  function cruise(format: string): Promise<ProgramResult> {
    const settings = ["--config", ".dependency-cruiser.cjs", "--output-type", format];
    return tree.run("depcruise", ...settings, "schemas", "worker", "extension", "webview", "test");
  }

  it("a violation fails the gate", async () => {
    const { code } = await cruise("err-long");
    assert.notEqual(code, 0);
  });

  for (const [file, target, rule] of SEEDED) {
    it(`${rule}: ${file} may not import ${target}`, () => {
      assert.ok(
        reported.some((one) => one.from === file && one.rule === rule),
        `reported of ${file}: ${JSON.stringify(reported.filter((one) => one.from === file))}`,
      );
    });
  }

  it("imports of types and imports on first use are imports", () => {
    assert.ok(reported.some((one) => one.from === "worker/run/bad-type.ts" && one.rule === "worker-run-imports"));
    assert.ok(reported.some((one) => one.from === "worker/git/bad-lazy.ts" && one.rule === "worker-git-imports"));
  });

  it("no-cycle: also a circle of types only", () => {
    assert.ok(reported.some((one) => /circle-[ab]\.ts$/.test(one.from) && one.rule === "no-cycle"));
  });

  it("no-orphan: a file that nothing needs", () => {
    assert.ok(reported.some((one) => one.from === "worker/spec/lonely.ts" && one.rule === "no-orphan"));
  });

  it("reports nothing of what is allowed", () => {
    const expected = new Set([...Object.keys(LEAVES), ...Object.keys(ALLOWED)]);
    assert.deepEqual(
      reported.filter((one) => expected.has(one.from)),
      [],
    );
  });
});
