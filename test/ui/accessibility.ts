import { AxeBuilder } from "@axe-core/playwright";
import type { EditorWindow } from "../support/editor/window.ts";

/** What a screen reader or a person with weak eyes would stumble over in a page of ours: `rule: element`, one line each. */
export async function findSeriousProblems(window: EditorWindow, page: "plan" | "log"): Promise<string[]> {
  // The page is transparent: what lies below its frame is in another page, where axe cannot see it.
  const ground = page === "log" ? "--vscode-panel-background" : "--vscode-editor-background";
  await window
    .webview(page)
    .locator("html")
    .evaluate((html, name) => html.style.setProperty("background", `var(${name})`), ground);
  const { violations } = await new AxeBuilder({ page: window.page })
    .include([window.webviewSelector(page), "#active-frame", "body"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 200)} ${any[0]?.message ?? ""}`));
}
