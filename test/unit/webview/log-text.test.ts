import assert from "node:assert/strict";
import { parseColour, readableOn } from "../../../webview/log/readable-colour.ts";
import { styledRuns } from "../../../webview/log/terminal-colours.ts";
import { visibleRuns, visibleText } from "../../../webview/log/visible-text.ts";

const ESC = "\u001b";

describe("text of a log as a person sees it (K1, SEC20)", () => {
  it("leaves ordinary text alone, also that of other scripts and emoji", () => {
    for (const text of ["", "plain", "tab\there", "naïve – Grüße", "日本語", "👩‍👩‍👧 ✔️", "می‌خواهم", "\ufffd"]) {
      assert.equal(visibleText(text), text);
    }
  });

  it("drops escape sequences of every kind and keeps the text between them", () => {
    const cases = [
      `${ESC}[31mred${ESC}[0m`,
      `${ESC}[2K${ESC}[1Ared`,
      `${ESC}]0;title\u0007red`,
      `${ESC}]8;;https://example.org${ESC}\\red${ESC}]8;;${ESC}\\`,
      `${ESC}Pq#0;2;0;0;0${ESC}\\red`,
      `${ESC}(Bred${ESC}7${ESC}=`,
      `\u009b31mred`,
      `${ESC}[?25lred${ESC}[?25h`,
      `${ESC}[38:2::255:0:0mred`,
    ];
    for (const raw of cases) assert.equal(visibleText(raw), "red", JSON.stringify(raw));
  });

  it("hides nothing behind a sequence that has no end", () => {
    assert.equal(visibleText(`${ESC}]0;rm -rf /`), "0;rm -rf /");
    assert.equal(visibleText(`${ESC}Pabc`), "abc");
    assert.equal(visibleText(`before${ESC}`), "before␛");
  });

  it("names control characters, and those that are invisible or turn the direction of others", () => {
    assert.equal(visibleText("a\u0000b\u0008c\u007fd"), "a␀b␈c␡d");
    assert.equal(visibleText("user\u202Etxt.exe"), "user[U+202E]txt.exe");
    assert.equal(visibleText("a\u2066b\u2069\u200b\ufeff\u2028"), "a[U+2066]b[U+2069][U+200B][U+FEFF][U+2028]");
    assert.equal(visibleText("tag\u{e0041}"), "tag[U+E0041]");
    const marks = visibleRuns("a\u202Eb").filter(({ mark }) => mark);
    assert.deepEqual(
      marks.map(({ text }) => text),
      ["[U+202E]"],
    );
  });

  it("shows of a line that was written over its last part, as a terminal does, and that there was more", () => {
    assert.equal(visibleText("10%\r50%\r100%"), "␍100%");
    assert.equal(visibleText("10%\r100%\r"), "␍100%");
    assert.equal(visibleText("done\r"), "done");
    assert.equal(visibleText("\r"), "");
  });

  it("takes time in proportion to the length, whatever the text", () => {
    const started = performance.now();
    for (const piece of [`${ESC}]`, `${ESC}[`, `${ESC}P`, `${ESC}[1;`, "\u202e", `${ESC}]x${ESC}`]) {
      visibleText(piece.repeat(64_000 / piece.length));
    }
    assert.ok(performance.now() - started < 1_000);
  });
});

describe("colours of a log (K1)", () => {
  it("gives runs their colour and decoration, and none of a later one's", () => {
    const runs = styledRuns(visibleRuns(`a${ESC}[1;31mb${ESC}[4mc${ESC}[0md`));
    assert.deepEqual(
      runs.map(({ text }) => text),
      ["a", "b", "c", "d"],
    );
    assert.equal(runs[0]?.style, null);
    assert.deepEqual(runs[1]?.style?.foreground, { kind: "theme", name: "red" });
    assert.deepEqual([runs[1]?.style?.bold, runs[1]?.style?.underline], [true, false]);
    assert.deepEqual([runs[2]?.style?.bold, runs[2]?.style?.underline], [true, true]);
    assert.equal(runs[3]?.style, null);
  });

  it("knows bright, palette and true colours, with semicolons and with colons", () => {
    const colour = (sgr: string) => styledRuns(visibleRuns(`${ESC}[${sgr}mx`))[0]?.style?.foreground;
    assert.deepEqual(colour("91"), { kind: "theme", name: "bright-red" });
    assert.deepEqual(colour("38;5;9"), { kind: "theme", name: "bright-red" });
    assert.deepEqual(colour("38;5;196"), { kind: "rgb", rgb: [255, 0, 0] });
    assert.deepEqual(colour("38;5;244"), { kind: "rgb", rgb: [128, 128, 128] });
    assert.deepEqual(colour("38;2;1;2;3"), { kind: "rgb", rgb: [1, 2, 3] });
    assert.deepEqual(colour("38:2::1:2:3"), { kind: "rgb", rgb: [1, 2, 3] });
    assert.deepEqual(colour("58;2;1;2;3;31"), { kind: "theme", name: "red" });
  });

  it("never hides text: conceal has no effect and reversed colours change places", () => {
    const [hidden] = styledRuns(visibleRuns(`${ESC}[8mx`));
    assert.deepEqual([hidden?.style?.foreground, hidden?.style?.background], [null, null]);
    const [reversed] = styledRuns(visibleRuns(`${ESC}[7;32mx`));
    assert.deepEqual(reversed?.style?.background, { kind: "theme", name: "green" });
    assert.deepEqual(reversed?.style?.foreground, { kind: "theme", name: "background" });
  });

  it("moves a colour that cannot be read on its ground towards one that can", () => {
    assert.deepEqual(readableOn([255, 255, 255], [0, 0, 0]), [0, 0, 0]);
    const yellow = readableOn([255, 255, 255], [255, 255, 0]);
    assert.ok(yellow[0] < 140 && yellow[2] === 0);
    const hidden = readableOn([30, 30, 30], [30, 30, 30]);
    assert.ok(hidden[0] > 120);
    assert.deepEqual(parseColour("#1e1E1e"), [30, 30, 30]);
    assert.deepEqual(parseColour("#fff"), [255, 255, 255]);
    assert.deepEqual(parseColour("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
    assert.equal(parseColour("var(--x)"), null);
  });
});
