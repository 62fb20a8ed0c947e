import fc from "fast-check";
import assert from "node:assert/strict";
import { fillText } from "../../worker/spec/inputs.ts";
import { parseSpec } from "../../worker/spec/parse.ts";

const NAMES = ["a", "b-c", "constructor", "toString", "long_name_1"];
const name = fc.constantFrom(...NAMES);
/** Texts that look like what is searched for. */
const nasty = fc.array(fc.constantFrom("{{", "}}", "{", "}", "\\", " ", "$&", "$1", ...NAMES, "é", "\u{1F600}"), {
  maxLength: 12,
});
const plainText = nasty.map((parts) => parts.join(""));

type Piece = { kind: "text"; text: string } | { kind: "input"; name: string; blanks: string };

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: fc.string().map((text) => text.replace(/[{}\\]/g, "")) }),
  fc.record({ kind: fc.constant("input" as const), name, blanks: fc.constantFrom("", " ", "\t ") }),
);

describe("property: inputs", () => {
  it("each `{{name}}` becomes exactly its value, whatever values hold, and nothing else changes", () => {
    fc.assert(
      fc.property(fc.array(piece), fc.dictionary(name, plainText, { noNullPrototype: true }), (pieces, given) => {
        const written = pieces.map((one) =>
          one.kind === "text" ? one.text : `{{${one.blanks}${one.name}${one.blanks}}}`,
        );
        const expected = pieces.map((one, index) =>
          one.kind === "input" && Object.hasOwn(given, one.name) ? given[one.name] : written[index],
        );
        assert.equal(
          fillText(written.join(""), (one) => new Map(Object.entries(given)).get(one)),
          expected.join(""),
        );
      }),
    );
  });

  it("an escaped text comes out as it was", () => {
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const text = names.map((one) => `{{${one}}}`).join("-");
        assert.equal(
          fillText(text.replaceAll("{{", "\\{{"), () => "x"),
          text,
        );
      }),
    );
  });

  it("no value changes which tasks, commands and boxes a spec has", () => {
    const text = `---\ninputs: [a, b-c]\n---\n# {{a}}\n\n{{b-c}}\n\n- [ ] {{a}}\n  {{b-c}}\n  - command: [x, {{a}}]\n- [ ] Do {{a}}\n  - needs: none\n  \`\`\`sh\n  echo "$INPUT_A"\n  \`\`\`\n`;
    const shape = (inputs?: Record<string, string>): unknown => {
      const { tasks, checkpoints, diagnostics } = parseSpec(text, "t.spec.md", inputs ? { inputs } : {});
      return [
        tasks.map(({ id, parent, state, box, needs, fingerprint, runs, attributes: { command, check, agent } }) => {
          const words = command?.kind === "argv" ? command.argv.length : command;
          return [id, parent, state, box, needs, fingerprint, runs, words, check, agent];
        }),
        checkpoints.length,
        diagnostics,
      ];
    };
    const plain = shape();
    fc.assert(
      fc.property(plainText, fc.string(), (a, b) => {
        if (a.includes("\0") || b.includes("\0")) return;
        assert.deepEqual(shape({ a, "b-c": b }), plain);
      }),
    );
  });

  it("whatever a spec says, values move no box and make or remove no task", () => {
    const words = [
      "- [ ] ",
      "\n",
      "  ",
      "{{a}}",
      "{{ b-c }}",
      "\\{{a}}",
      "{{x}}",
      "# ",
      "T001 ",
      "- command: [x, {{a}}]",
      "- check: {{a}}",
    ];
    const body = fc.array(fc.constantFrom(...words, "text", "```sh\n", "- cwd: {{a}}", "{{", "}}", "Checkpoint"), {
      maxLength: 40,
    });
    const shape = (text: string, inputs: Record<string, string>): unknown => {
      const { dialect, tasks } = parseSpec(text, "t.md", { inputs });
      return [
        dialect,
        tasks.map(({ id, parent, state, box, range, fingerprint }) => [id, parent, state, box, range, fingerprint]),
      ];
    };
    fc.assert(
      fc.property(body, plainText, fc.string(), (pieces, a, b) => {
        const text = `---\ninputs: [a, b-c]\n---\n${pieces.join("")}`;
        assert.deepEqual(shape(text, { a, "b-c": b }), shape(text, {}));
      }),
    );
  });
});
