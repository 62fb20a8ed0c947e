import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FailureError } from "../../../schemas/failure.ts";
import { NEEDED_BY_ALL } from "../../../worker/plan/roles/placeholders.ts";
import { approvedTemplates, isUnapproved, readRoles, refuseRoles } from "../../../worker/server/role-files.ts";
import { readRules } from "../../../worker/server/workspace-rules.ts";
import { inWorkspace } from "../../support/attempts.ts";
import { agentView, planOf, SHELL, step } from "../../support/planning.ts";

const COMPLETE = NEEDED_BY_ALL.map((name) => `{{${name}}}`).join("\n\n");

async function write(folder: string, path: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("prompt templates of a workspace (D2)", () => {
  it("stand in the place of those that are built in, and add others", () =>
    inWorkspace(async (folder) => {
      assert.equal((await readRoles(folder)).templates.size, 10);
      await write(folder, ".planwright/roles/coder.md", `Own.\r\n${COMPLETE}`);
      await write(folder, ".planwright/roles/gardener.md", COMPLETE);
      await write(folder, ".planwright/roles/notes.txt", "no template");
      const { templates, problems } = await readRoles(folder);
      assert.deepEqual(problems, []);
      assert.equal(templates.size, 11);
      const coder = templates.get("coder");
      assert.deepEqual(
        [coder?.path, coder?.text.startsWith("Own.\n"), coder?.demandsChange],
        [".planwright/roles/coder.md", true, true],
      );
    }));

  for (const [name, file, text, message] of [
    [
      "a place is misspelt",
      "coder",
      `{{titel}}\n${COMPLETE}`,
      /roles\/coder\.md:1: \{\{titel\}\} stands for nothing: did you mean \{\{title\}\}\?/,
    ],
    [
      "a place is missing",
      "coder",
      COMPLETE.replace("{{findings}}", ""),
      /roles\/coder\.md: \{\{findings\}\} is missing/,
    ],
    ["a reviewer is not told how to answer", "reviewer", COMPLETE, /\{\{work\}\}, \{\{verdict\}\} are missing/],
    ["it is too large", "coder", COMPLETE + "x".repeat(70_000), /larger than 65536 bytes/],
    ["it is no text", "coder", Buffer.from([0xff, 0xfe, 0x00]), /cannot be used/],
    ["its name is none", "a role", COMPLETE, /rename the file/],
  ] as const) {
    it(`are refused when ${name}, and nothing stands in their place`, () =>
      inWorkspace(async (folder) => {
        await write(folder, `.planwright/roles/${file}.md`, text);
        const { templates, problems } = await readRoles(folder);
        assert.equal(problems.length, 1, JSON.stringify(problems));
        assert.match(problems[0]?.message ?? "", message);
        assert.equal(templates.has(file), false);
      }));
  }

  it("are not read from outside of the folder (SEC15)", () =>
    inWorkspace(async (folder) => {
      await write(folder, "elsewhere.md", COMPLETE);
      await mkdir(join(folder, ".planwright/roles"), { recursive: true });
      await symlink(join(folder, "elsewhere.md"), join(folder, ".planwright/roles/inside.md"));
      await symlink("/etc/passwd", join(folder, ".planwright/roles/coder.md"));
      const { templates, problems } = await readRoles(folder);
      assert.deepEqual([templates.has("inside"), problems.map(({ role }) => role)], [true, ["coder"]]);
    }));

  it("must be what they were when the plan was made (SEC10)", () =>
    inWorkspace(async (folder) => {
      await write(folder, ".planwright/roles/coder.md", COMPLETE);
      const agents = [SHELL, agentView("codex", ["code_generation"], { adapter: "acp" })];
      const before = await readRoles(folder);
      const plan = planOf("- [ ] Add it\n", { agents, roles: before });
      refuseRoles(plan, before);
      await write(folder, ".planwright/roles/coder.md", `Other. ${COMPLETE}`);
      const after = await readRoles(folder);
      const refusal =
        /template of the role coder \(\.planwright\/roles\/coder\.md\) was changed after plan plan-1 was made/;
      assert.throws(
        () => refuseRoles(plan, after),
        (error) => {
          assert.ok(error instanceof FailureError);
          assert.equal(error.failure.code, "not_approved");
          assert.match(error.message, refusal);
          return true;
        },
      );
      assert.equal(isUnapproved(step(plan, "add-it"), plan, approvedTemplates(plan, after)), true);
      await rm(join(folder, ".planwright/roles/coder.md"));
      assert.throws(() => refuseRoles(plan, { templates: new Map(), problems: [] }), refusal);
      refuseRoles(plan, before);
    }));
});

describe("rules of a workspace (D2)", () => {
  const pathsOf = async (folder: string, files: string[] = [], cwd: string | null = null) =>
    (await readRules(folder, { cwd, files })).map(({ path }) => path);

  it("are found where agents look for them, nearest to the files first, each text once", () =>
    inWorkspace(async (folder) => {
      assert.deepEqual(await readRules(folder, { cwd: null, files: [] }), []);
      await write(folder, "AGENTS.md", "top");
      await symlink("AGENTS.md", join(folder, "CLAUDE.md"));
      await write(folder, "GEMINI.md", "   \n");
      await write(folder, ".cursor/rules/style.mdc", "style");
      await write(folder, ".github/copilot-instructions.md", "copilot");
      await write(folder, "packages/web/AGENTS.md", "web");
      await write(folder, "packages/api/CLAUDE.md", "api");
      const top = ["AGENTS.md", ".github/copilot-instructions.md", ".cursor/rules/style.mdc"];
      assert.deepEqual(await pathsOf(folder), top);
      assert.deepEqual(await pathsOf(folder, ["packages/web/src/a.ts"]), ["packages/web/AGENTS.md", ...top]);
      assert.deepEqual(await pathsOf(folder, ["packages/web/**/*.css"]), ["packages/web/AGENTS.md", ...top]);
      assert.deepEqual(await pathsOf(folder, [], "packages/api"), ["packages/api/CLAUDE.md", ...top]);
      assert.deepEqual(await pathsOf(folder, ["../x/y.ts", "/etc/passwd"]), top);
    }));

  it("are bounded, and say what is left out", () =>
    inWorkspace(async (folder) => {
      for (const name of ["a", "b", "c", "d"]) await write(folder, `.cursor/rules/${name}.md`, name.repeat(40_000));
      const rules = await readRules(folder, { cwd: null, files: [] });
      assert.deepEqual(
        rules.map(({ path, text, cut }) => [path, text.length, cut]),
        [
          [".cursor/rules/a.md", 32_768, 7_232],
          [".cursor/rules/b.md", 32_768, 7_232],
        ],
      );
    }));

  it("are not read from outside of the folder (SEC15)", () =>
    inWorkspace(async (folder) => {
      await symlink("/etc/passwd", join(folder, "AGENTS.md"));
      await symlink("/etc", join(folder, ".clinerules"));
      await mkdir(join(folder, "CLAUDE.md"));
      assert.deepEqual(await pathsOf(folder), []);
    }));
});
