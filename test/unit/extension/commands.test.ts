import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { z } from "zod";
import "../../support/vscode/register.ts";

const { SPEC_PATH } = await import("../../../schemas/spec-files.ts");
const { COMMANDS } = await import("../../../extension/commands/table.ts");
const { readSettings } = await import("../../../extension/settings.ts");
const { editor } = await import("../../support/vscode/editor.ts");

const MenuEntry = z.object({
  command: z.string().optional(),
  submenu: z.string().optional(),
  when: z.string().optional(),
});
const Setting = z.object({
  type: z.string(),
  default: z.unknown(),
  scope: z.enum(["machine", "window", "resource", "application", "machine-overridable", "language-overridable"]),
  markdownDescription: z.string().optional(),
  description: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const Manifest = z.object({
  capabilities: z.object({
    untrustedWorkspaces: z.object({ supported: z.literal("limited"), restrictedConfigurations: z.array(z.string()) }),
    virtualWorkspaces: z.object({ supported: z.literal(false) }),
  }),
  activationEvents: z.array(z.string()),
  extensionKind: z.array(z.string()),
  contributes: z.object({
    commands: z.array(
      z.object({
        command: z.string(),
        title: z.string(),
        category: z.string(),
        icon: z.string(),
        enablement: z.string().optional(),
      }),
    ),
    menus: z.record(z.string(), z.array(MenuEntry)),
    keybindings: z.array(z.object({ command: z.string(), key: z.string(), mac: z.string(), when: z.string() })),
    configuration: z.object({ properties: z.record(z.string(), Setting) }),
    walkthroughs: z.array(
      z.object({
        steps: z.array(z.object({ id: z.string(), completionEvents: z.array(z.string()), description: z.string() })),
      }),
    ),
  }),
});

const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
const { contributes, activationEvents, extensionKind, capabilities } = Manifest.parse(JSON.parse(text));
const ids = contributes.commands.map(({ command }) => command);
const Words = z.record(z.string(), z.string());

function words(file: string): Record<string, string> {
  return Words.parse(JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8")));
}

describe("the commands of the manifest (O1)", () => {
  it("are those that the extension registers, each once", () => {
    assert.deepEqual([...ids].sort(), COMMANDS.map(({ id }) => id).sort());
    assert.equal(new Set(ids).size, ids.length);
  });

  it("stand under one category, with an icon that VS Code has (E9, E10)", () => {
    const mapping = new URL("../../../node_modules/@vscode/codicons/dist/codicon.css", import.meta.url);
    const known = new Set(
      [...readFileSync(mapping, "utf8").matchAll(/\.codicon-([a-z0-9-]+):before/g)].map(([, id]) => id),
    );
    for (const { command, category, icon } of contributes.commands) {
      assert.equal(category, "Planwright", command);
      const name = /^\$\(([a-z0-9-]+)\)$/.exec(icon)?.[1];
      assert.ok(known.has(name), `${command} has the icon ${icon}`);
    }
  });

  it("can be run only in a trusted folder, but for the one that shows what was logged (E37)", () => {
    for (const { command, enablement } of contributes.commands) {
      if (command === "planwright.showOutput") assert.equal(enablement, undefined);
      else assert.match(enablement ?? "", /isWorkspaceTrusted && workspaceFolderCount > 0/, command);
    }
  });

  it("show in menus only where they make sense, and every menu names a command that is there (E10)", () => {
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      for (const { command, submenu, when } of entries) {
        assert.ok(when !== undefined && when !== "", `${command ?? submenu} in ${menu} has no when`);
        if (command !== undefined) assert.ok(ids.includes(command), `${command} in ${menu}`);
      }
    }
    const palette = new Set(contributes.menus["commandPalette"]?.map(({ command }) => command));
    for (const id of ids)
      if (id !== "planwright.showOutput") assert.ok(palette.has(id), `the palette shows ${id} anywhere`);
  });

  it("have few keys, each for the editor of a spec and on a Mac as well (E12)", () => {
    assert.ok(contributes.keybindings.length <= 4);
    for (const { command, when } of contributes.keybindings) {
      assert.ok(ids.includes(command));
      assert.match(when, /resourceLangId == planwright-spec/);
    }
  });

  it("stand at every file that is a spec, wherever the table of specs has it (A1)", () => {
    const known = `resourcePath =~ /${SPEC_PATH.source}/i`;
    const menus = ["editor/title", "editor/context", "explorer/context"] as const;
    const places = [...menus.flatMap((menu) => contributes.menus[menu] ?? []), ...contributes.keybindings].filter(
      ({ command }) => /^planwright\.(?:plan|execute|readAs)$/.test(command ?? ""),
    );
    assert.equal(places.length, 9);
    for (const { command, when = "" } of places) {
      assert.ok(when.includes(known), `package.json: the "when" of ${command} does not have ${JSON.stringify(known)}`);
      assert.match(when, /resourcePath in planwright\.otherSpecs/);
    }
  });

  it("plan a selection in any editor, where there is one", () => {
    const entry = contributes.menus["editor/context"]?.find(({ command }) => command === "planwright.planSelection");
    assert.equal(entry?.when, "editorHasSelection && isWorkspaceTrusted && workspaceFolderCount > 0");
  });

  it("are what the walkthrough offers (E19)", () => {
    const english = words("package.nls.json");
    for (const { steps } of contributes.walkthroughs) {
      assert.ok(steps.length >= 3 && steps.length <= 4);
      for (const { id, completionEvents, description } of steps) {
        assert.ok(completionEvents.length > 0, id);
        const shown = english[description.replaceAll("%", "")] ?? "";
        const linked = [...shown.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? "");
        assert.ok(linked.length > 0 && linked.every((command) => ids.includes(command)), `${id}: ${shown}`);
      }
    }
  });
});

describe("the manifest", () => {
  it("wakes the extension only where there is something for it (E1)", () => {
    assert.ok(!activationEvents.includes("*") && !activationEvents.includes("onStartupFinished"));
    assert.ok(activationEvents.includes("workspaceContains:.planwright/planwright.db"));
    assert.ok(activationEvents.includes("onWebviewPanel:planwright.plan"));
  });

  it("keeps it where the workspace is, and out of workspaces without a disk (E38, E39)", () => {
    assert.deepEqual(extensionKind, ["workspace"]);
    assert.equal(capabilities.virtualWorkspaces.supported, false);
  });

  it("describes every setting, with limits for numbers (E17, E18)", () => {
    for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
      assert.ok(setting.markdownDescription ?? setting.description, key);
      if (setting.type === "integer" || setting.type === "number") {
        assert.ok(setting.minimum !== undefined && setting.maximum !== undefined, key);
      }
    }
  });

  it("lets no workspace say which program starts (E18, E37)", () => {
    const program = contributes.configuration.properties["planwright.worker.program"];
    assert.equal(program?.scope, "machine");
    assert.ok(capabilities.untrustedWorkspaces.restrictedConfigurations.includes("planwright.worker.program"));
  });

  it("has defaults that are what the extension does when nothing is set (E17)", () => {
    editor.reset();
    const { properties } = contributes.configuration;
    const settings = readSettings(undefined);
    assert.deepEqual(settings.notifications, properties["planwright.notifications"]?.default);
    assert.equal(settings.writeBack, properties["planwright.writeBack"]?.default);
    assert.deepEqual(settings.specFiles, properties["planwright.specFiles"]?.default);
    assert.equal(settings.workerProgram ?? "", properties["planwright.worker.program"]?.default);
  });

  it("has words for everything it shows, in every language that it speaks, and none that nobody needs (E40)", () => {
    const used = [...text.matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key ?? "").sort();
    for (const file of ["package.nls.json", "package.nls.de.json"]) {
      assert.deepEqual(Object.keys(words(file)).sort(), [...new Set(used)], file);
    }
  });
});

describe("settings", () => {
  beforeEach(() => {
    editor.reset();
  });

  it("of a wrong form count as not set", () => {
    editor.settings.set("planwright.notifications", "none");
    editor.settings.set("planwright.writeBack", "yes");
    editor.settings.set("planwright.specFiles", ["docs/*.md", 7, "", "x".repeat(501)]);
    editor.settings.set("planwright.worker.program", 7);
    const { notifications, writeBack, specFiles, workerProgram } = readSettings(undefined);
    assert.deepEqual(notifications, { finished: true, failed: true, waiting: true, budget: true });
    assert.equal(writeBack, true);
    assert.deepEqual(specFiles, ["docs/*.md"]);
    assert.equal(workerProgram, null);
  });

  it("turn off one kind of message and leave the others", () => {
    editor.settings.set("planwright.notifications", { finished: false });
    const kept = { finished: false, failed: true, waiting: true, budget: true };
    assert.deepEqual(readSettings(undefined).notifications, kept);
  });
});
