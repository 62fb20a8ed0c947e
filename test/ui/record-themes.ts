/**
 * `npm run themes`: writes test/support/themes.json anew, the colours that the real workbench gives to webviews in each kind of
 * theme. Pages that are tested outside of the workbench wear them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { launchBrowser, Workspace } from "../support/editor/editor.ts";
import { EditorServer } from "../support/editor/server.ts";

const FILE = fileURLToPath(new URL("../support/themes.json", import.meta.url));
const THEMES = {
  light: "Default Light Modern",
  dark: "Default Dark Modern",
  "hc-black": "Default High Contrast",
  "hc-light": "Default High Contrast Light",
};

interface ThemeReading {
  readonly theme: string;
  readonly bodyClass: string;
  readonly variables: Record<string, string>;
}

const server = await EditorServer.start();
const browser = await launchBrowser();
try {
  const workspace = new Workspace(join(server.root, "workspace"));
  workspace.write("page.md", "# Any page\n");
  const themes: Record<string, ThemeReading> = {};
  let defaultStyles = "";
  for (const [kind, theme] of Object.entries(THEMES)) {
    server.changeSettings({
      "workbench.colorTheme": theme,
      "workbench.editorAssociations": { "*.md": "vscode.markdown.preview.editor" },
    });
    const page = await browser.newPage();
    const opened = [["openFile", `vscode-remote://${server.address}${workspace.folder}/page.md`]];
    await page.goto(server.url({ folder: workspace.folder, payload: JSON.stringify(opened) }));
    const body = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame").locator("body");
    await body.locator("h1").waitFor({ timeout: 60_000 });
    const reading = await body.evaluate((element: HTMLElement) => {
      const { style } = element.ownerDocument.documentElement;
      const names = [...style].filter((name) => name.startsWith("--") && !name.startsWith("--markdown"));
      return {
        theme: element.dataset["vscodeThemeId"] ?? "",
        bodyClass: [...element.classList].filter((name) => name.startsWith("vscode-")).join(" "),
        variables: Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name).trim()])),
        styles: element.ownerDocument.getElementById("_defaultStyles")?.textContent ?? "",
      };
    });
    const { styles, ...rest } = reading;
    defaultStyles = styles;
    themes[kind] = rest;
    await page.close();
  }
  writeFileSync(FILE, await format(JSON.stringify({ defaultStyles, themes }), { parser: "json", printWidth: 120 }));
} finally {
  await browser.close();
  await server.remove();
}
