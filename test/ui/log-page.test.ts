import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { logEntry } from "../support/log-entries.ts";
import { SyntheticLog } from "../support/synthetic-log.ts";
import { THEMES, WebviewPages, type PageOptions, type WebviewPage } from "../support/webview-page.ts";
import { eventually } from "../support/editor/eventually.ts";

const SHOW = { type: "show-log" as const, state: { folder: "file:///project", executionId: null, stepId: null } };
const HOSTILE = [
  "<img src=x onerror=\"document.title='owned'\">",
  "[click](command:workbench.action.terminal.new) https://example.org",
  "user\u202Etxt.exe",
  "\u001b]0;title\u0007\u001b[31mred\u001b[0m \u001b[8mhidden\u001b[0m",
  "a\u0000b\u0007c",
];

describe("the log view in a browser (K1)", () => {
  let pages: WebviewPages;
  let shown: WebviewPage;

  before(async () => {
    pages = await WebviewPages.start();
  });
  after(() => pages.close());
  afterEach(async () => {
    assert.deepEqual(shown.errors, []);
    await shown.close();
  });

  const open = async (log: SyntheticLog, more: Partial<PageOptions> = {}): Promise<WebviewPage> => {
    const connect = async () => log.client();
    shown = await pages.open({ name: "log", show: SHOW, connect, width: 1000, height: 300, ...more });
    return shown;
  };
  const rows = () => shown.page.locator(".log-row");
  const list = () => shown.page.getByRole("grid", { name: "Log lines" });
  const jump = () => shown.page.getByRole("button", { name: /Jump to latest/ });
  const topLine = () =>
    list().evaluate((element) => {
      const edge = element.getBoundingClientRect().top;
      const first = [...element.querySelectorAll(".log-row")]
        .map((row) => ({
          top: row.getBoundingClientRect().top - edge,
          text: row.querySelector(".log-text")?.textContent,
        }))
        .filter(({ top }) => top >= -1)
        .sort((a, b) => a.top - b.top)[0];
      return first?.text ?? "";
    });

  it("shows what agents print as plain text, whatever it is", async () => {
    const log = new SyntheticLog((line) => logEntry(HOSTILE[line] ?? ""));
    log.length = HOSTILE.length;
    const { page } = await open(log);
    await rows()
      .nth(HOSTILE.length - 1)
      .waitFor();
    assert.deepEqual(await page.locator(".log-text").allTextContents(), [
      HOSTILE[0],
      HOSTILE[1],
      "user[U+202E]txt.exe",
      "red hidden",
      "a␀b␇c",
    ]);
    assert.notEqual(await page.title(), "owned");
    assert.equal(await page.locator(".log-list img, .log-list a").count(), 0);
  });

  it("follows the end, and stays where the reader is until they jump to the latest line", async () => {
    const log = new SyntheticLog();
    log.length = 200;
    const { page } = await open(log);
    await page.getByText("line 199", { exact: true }).waitFor();
    log.append(50);
    await page.getByText("line 249", { exact: true }).waitFor();
    await list().hover();
    await page.mouse.wheel(0, -1_000);
    await jump().waitFor();
    const before = await topLine();
    log.append(75);
    await page.getByText("75 new lines").first().waitFor();
    assert.equal(await topLine(), before);
    await jump().click();
    await page.getByText("line 324", { exact: true }).waitFor();
    assert.equal(await jump().count(), 0);
  });

  it("keeps what somebody reads while a flood passes, and reads on from there", async () => {
    const log = new SyntheticLog();
    log.length = 900;
    const { page } = await open(log, { settings: { logLines: 1_000 } });
    await page.getByText("line 899", { exact: true }).waitFor();
    await list().hover();
    await page.mouse.wheel(0, -1_000);
    await jump().waitFor();
    const before = await topLine();
    for (let batch = 0; batch < 5; batch += 1) log.append(5_000);
    await page.getByText("25000 new lines").first().waitFor();
    assert.equal(await topLine(), before);
    await page.mouse.wheel(0, 5_000);
    await eventually(() => assert.ok(log.queries > 0));
    await jump().click();
    await page.getByText("line 25899", { exact: true }).waitFor();
  });

  it("says where lines are missing and shows them when it is asked", async () => {
    const log = new SyntheticLog();
    log.length = 50_000;
    const { page } = await open(log);
    await page.getByText("line 49999", { exact: true }).waitFor();
    await list().focus();
    await page.keyboard.press("Home");
    await page.getByText("45000 lines are not shown").waitFor();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByText("line 0", { exact: true }).waitFor();
  });

  it("finds text, goes from match to match and clears with Escape", async () => {
    const log = new SyntheticLog((line) => logEntry(line % 100 === 50 ? `Needle ${line}` : `hay ${line}`));
    log.length = 500;
    const { page } = await open(log);
    await page.getByText("hay 499", { exact: true }).waitFor();
    await list().focus();
    await page.keyboard.press("Control+f");
    await page.keyboard.type("needle");
    await page.getByText("5 lines", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText(/^[1-5] of 5$/).waitFor();
    await page.locator(".log-match.current").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".log-match").first().waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Search the log").inputValue(), "");
  });

  it("copies selected lines as clean text, by keys alone", async () => {
    const log = new SyntheticLog((line) => logEntry(`\u001b[32mline ${line}\u001b[0m`));
    log.length = 20;
    const { page, asked } = await open(log, { height: 600 });
    await page.getByText("line 19", { exact: true }).waitFor();
    await list().focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+c");
    await eventually(() => assert.ok(asked.some((message) => message.type === "copy")));
    assert.deepEqual(
      asked.find((message) => message.type === "copy"),
      { type: "copy", text: "line 0\nline 1\nline 2" },
    );
  });

  it("cuts a line of 10 MB and keeps the rest of the log readable", async () => {
    const piece = "x".repeat(65_536);
    const log = new SyntheticLog((line) =>
      logEntry(line < 160 ? piece : "after", { metadata: line < 159 ? { continues: true } : {} }),
    );
    log.length = 161;
    const { page, asked } = await open(log);
    await page.getByText("after", { exact: true }).waitFor();
    assert.equal(await rows().count(), 2);
    await page.getByRole("button", { name: /more characters$/ }).click();
    await page.getByRole("button", { name: /more characters, open the log$/ }).click();
    assert.deepEqual(asked.at(-1), { type: "open-log-file", executionId: "run-1", stepId: null });
  });

  it("says so in words when there is nothing to show, and when the worker is lost", async () => {
    const empty = new SyntheticLog();
    empty.status = "completed";
    const { page } = await open(empty);
    await page.getByText("No execution yet.").waitFor();
    await shown.close();
    const log = new SyntheticLog();
    log.length = 5;
    await open(log);
    await shown.page.getByText("line 4", { exact: true }).waitFor();
    log.lose();
    await shown.page.getByText("The worker does not answer").waitFor();
    assert.equal(await rows().count(), 5);
  });

  it("comes back after a reload with what it showed and how", async () => {
    const log = new SyntheticLog();
    log.length = 30;
    const { page } = await open(log);
    await page.getByText("line 29", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Wrap lines" }).click();
    await page.getByLabel("Search the log").fill("line 7");
    await page.getByText("1 line", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("line 29", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Search the log").inputValue(), "line 7");
    assert.equal(await page.getByRole("button", { name: "Wrap lines" }).getAttribute("aria-pressed"), "true");
  });

  for (const theme of THEMES) {
    it(`has nothing serious against it for those who cannot see or use a mouse (${theme})`, async () => {
      const log = new SyntheticLog((line) =>
        logEntry(`\u001b[${30 + (line % 8)}mcolour\u001b[0m \u001b[${90 + (line % 8)};44mon blue`, {
          level: (["debug", "info", "success", "warn", "error", "critical"] as const)[line % 6] ?? "info",
        }),
      );
      log.length = 5_000;
      const { page } = await open(log, { theme });
      await rows().first().waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assert.deepEqual(
        serious.map(({ id, nodes }) => [id, nodes[0]?.html]),
        [],
      );
    });
  }
});
