import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { VERSION } from "../../schemas/version.ts";
import { findHouseProblems, listRepositoryFiles, MAX_LINES } from "../support/house.ts";
import { REPOSITORY, runTool } from "../support/seeded-tree.ts";

const read = (name: string): string => readFileSync(path.join(REPOSITORY, name), "utf8");
const Compiler = z.object({ compilerOptions: z.object({ types: z.array(z.string()) }) });
const Cruise = z.object({ modules: z.array(z.object({ source: z.string(), dependencies: z.array(z.unknown()) })) });

describe("gate: the house", () => {
  const files = listRepositoryFiles(REPOSITORY);

  it("holds for every file of the repository", () => {
    assert.ok(files.length > 50, "no files were listed");
    assert.deepEqual(findHouseProblems(files), []);
  });

  for (const [file, text, expected] of [
    ["src/main.ts", "", "does not belong at the top level"],
    ["notes.md", "", "does not belong at the top level"],
    ["worker/utils/text.ts", "", '"utils" says nothing about the job of the file'],
    ["worker/logs/helpers.ts", "", '"helpers.ts" says nothing about the job of the file'],
    ["schemas/common.ts", "", '"common.ts" says nothing about the job of the file'],
    ["test/support/misc.ts", "", '"misc.ts" says nothing about the job of the file'],
    ["worker/logs/index.ts", "", '"index.ts" says nothing about the job of the file'],
    ["worker/logs/long.ts", "x\n".repeat(MAX_LINES + 1), "has 501 lines, at most 500 are allowed"],
    ["CONTRIBUTING.md", `${"TO" + "DO"}: more`, "carries a mark for unfinished work"],
    ["worker/logs/mark.ts", `// ${"FIX" + "ME"}`, "carries a mark for unfinished work"],
    [
      "worker/logs/excuse.ts",
      `// ${"oxlint"}-disable-next-line no-console`,
      "an exception from a rule needs its reason",
    ],
  ] as const) {
    it(`finds: ${file} ${expected}`, () => {
      const [problem] = findHouseProblems([{ path: file, text }]);
      assert.ok(problem?.includes(expected), problem);
    });
  }

  it("messages go to the screen through extension/say.ts, which makes text of links", () => {
    const direct = files.filter(
      ({ path: name, text }) =>
        name.startsWith("extension/") &&
        name !== "extension/say.ts" &&
        /show(?:Error|Warning|Information)Message/.test(text),
    );
    assert.deepEqual(
      direct.map(({ path: name }) => name),
      [],
    );
  });

  it("allows what the house has", () => {
    const allowed = [
      "worker/logs/splitter.ts",
      "test/unit/logs/index-file.test.ts",
      ".oxlintrc.json",
      "media/icon.svg",
    ];
    const full = { path: "worker/logs/full.ts", text: "x\n".repeat(MAX_LINES) };
    const name = { path: "worker/logs/name.ts", text: 'write("TODO.md", /TODO\\.md/);\n' };
    assert.deepEqual(findHouseProblems([full, name, ...allowed.map((name) => ({ path: name, text: "" }))]), []);
  });

  it("schemas and worker/engine compile without the types of any runtime", () => {
    for (const room of ["schemas", "worker/engine"]) {
      const { compilerOptions } = Compiler.parse(JSON.parse(read(`${room}/tsconfig.json`)));
      assert.deepEqual(compilerOptions.types, []);
    }
  });

  it("the version of the source is the version of package.json", () => {
    assert.equal(z.object({ version: z.string() }).parse(JSON.parse(read("package.json"))).version, VERSION);
  });

  it("CONTRIBUTING.md names every room that has import rules", () => {
    const [, table = ""] = /^const ROOMS = \{$(.*?)^\};$/ms.exec(read(".dependency-cruiser.cjs")) ?? [];
    const rooms = [...table.matchAll(/^ {2}"?([a-z/.]+)"?: \{/gm)].map(([, room]) => room);
    assert.ok(rooms.length > 10);
    const map = read("CONTRIBUTING.md");
    assert.deepEqual(
      rooms.filter((room) => !map.includes(`\`${room}`)),
      [],
    );
  });

  it("the import check sees every source file and its imports", async function () {
    this.timeout(60_000);
    const settings = ["--config", ".dependency-cruiser.cjs", "--output-type", "json"];
    const { output } = await runTool(REPOSITORY, "depcruise", ...settings, "schemas", "worker");
    const { modules } = Cruise.parse(JSON.parse(output));
    const seen = modules.filter(({ dependencies }) => dependencies.length > 0).map(({ source }) => source);
    const missing = files
      .filter(({ path: name, text }) => /^(?:schemas|worker)\/.*\.ts$/.test(name) && /^import .* from/m.test(text))
      .filter(({ path: name }) => !seen.includes(name));
    assert.deepEqual(
      missing.map(({ path: name }) => name),
      [],
    );
  });
});
