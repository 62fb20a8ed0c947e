import assert from "node:assert/strict";
import { label, plain, sentence } from "../../../extension/plain-text.ts";

describe("text of strangers", () => {
  it("has nothing invisible in it and stays on one line (SEC20)", () => {
    assert.equal(plain("a\u202eb\u0007c\u200bd\n\te"), "a·b·c·d e");
    assert.equal(plain("\u001b[31mred\u001b[0m"), "·[31mred·[0m");
  });

  it("makes no icon in a label", () => {
    assert.equal(label("$(bug) $(sync~spin) $(no icon)"), "\\$(bug) \\$(sync~spin) $(no icon)");
  });

  it("makes no link in a message", () => {
    const linked = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)\)/;
    const text = "[click](command:workbench.action.terminal.new) [x](https://example.org)";
    assert.match(text, linked);
    assert.doesNotMatch(sentence(text), linked);
    assert.match(sentence(text), /click.*command:workbench/);
  });

  it("keeps letters of every script and emoji", () => {
    assert.equal(plain("Grüße, 世界 👋 عربى"), "Grüße, 世界 👋 عربى");
  });
});
