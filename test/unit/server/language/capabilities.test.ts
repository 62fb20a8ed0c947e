import assert from "node:assert/strict";
import { REGISTERED_LENSES } from "../../../../schemas/language-options.ts";
import { capabilitiesFor } from "../../../../worker/server/language/capabilities.ts";

describe("what the language server offers (O2)", () => {
  it("has lenses for any editor that begins as it likes", () => {
    for (const options of [undefined, null, {}, "lenses", { lenses: true }]) {
      assert.deepEqual(capabilitiesFor(options).codeLensProvider, {}, JSON.stringify(options));
    }
  });

  it("has all but lenses for one that asks for them without an offer, because two would be shown twice", () => {
    const { codeLensProvider, ...others } = capabilitiesFor(undefined);
    assert.ok(codeLensProvider);
    assert.deepEqual(capabilitiesFor(REGISTERED_LENSES), others);
  });
});
