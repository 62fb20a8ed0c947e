import assert from "node:assert/strict";
import fc from "fast-check";
import { readVerdict } from "../../../worker/agents/review-verdict.ts";
import { verdictText } from "../../../worker/plan/prompt-texts.ts";

const APPROVED = { verdict: "approved", findings: "" };
const faults = (findings: string) => ({ verdict: "changes_requested", findings });

function verdictIn(printed: string, answer?: Parameters<typeof readVerdict>[0]["answer"]): unknown {
  const read = readVerdict(answer === undefined ? { printed } : { printed, answer });
  return read.ok ? read.value : read.failure.code;
}

describe("verdicts of reviews (issue 7, Roles and prompts)", () => {
  for (const [name, printed, expected] of [
    ["a block of JSON", 'I looked.\n\n```json\n{"verdict": "approved", "findings": []}\n```\n', APPROVED],
    [
      "JSON on several lines",
      '{\n  "verdict": "changes_requested",\n  "findings": ["a {b}", "c"]\n}',
      faults("- a {b}\n- c"),
    ],
    [
      "findings before the verdict",
      '{"findings": ["use {x}", {"at": 1}], "verdict": "changes_requested"}',
      faults('- use {x}\n- {"at":1}'),
    ],
    ["findings as text", '{"verdict":"changes_requested","findings":"one thing"}', faults("one thing")],
    ["other words for it", '{"verdict": "Request changes", "findings": ["x"]}', faults("- x")],
    ["a line", "All fine.\nVERDICT: approved\n", { verdict: "approved", findings: "All fine." }],
    [
      "a line with its findings below",
      "So so.\n**Verdict:** changes_requested\n\n- a.ts:3 is wrong\n",
      faults("- a.ts:3 is wrong"),
    ],
    ["a line with its findings above", "- a.ts:3 is wrong\nVERDICT: changes requested", faults("- a.ts:3 is wrong")],
    [
      "the last of several",
      '{"verdict": "approved"}\nNo:\n{"verdict": "changes_requested", "findings": ["x"]}',
      faults("- x"),
    ],
    [
      "a line after JSON",
      '{"verdict": "approved"}\nOn second thought\nVERDICT: changes_requested\nx is wrong',
      faults("x is wrong"),
    ],
    ["JSON after a line", 'VERDICT: changes_requested\n\n{"verdict": "approved"}', APPROVED],
    ["lines that end as on Windows", "fine\r\nVERDICT: approved\r\n", { verdict: "approved", findings: "fine" }],
  ] as const) {
    it(`reads ${name}`, () => {
      assert.deepEqual(verdictIn(printed), expected);
    });
  }

  it("reads the answer of an agent that is spoken to in JSON before what it prints", () => {
    assert.deepEqual(verdictIn("VERDICT: approved", { verdict: "changes_requested", findings: ["x"] }), faults("- x"));
    assert.deepEqual(verdictIn("", 'text {"verdict": "approved"}'), APPROVED);
    assert.deepEqual(verdictIn("VERDICT: approved\n", { something: "else" }), APPROVED);
  });

  it("takes nothing else for one, also not its own question", () => {
    for (const printed of [
      ...[
        "",
        "approved",
        "The verdict: it is approved by me",
        '{"verdict": "maybe"}',
        '{"verdict": 1}',
        '{"verdict": "approved"',
      ],
      ...[verdictText(), "VERDICT: approved|changes_requested", '"verdict"', "{".repeat(1_000) + '"verdict"'],
    ])
      assert.equal(verdictIn(printed), "output_missing", printed.slice(0, 60));
  });

  it("does not take a request for changes that does not say which", () => {
    const read = readVerdict({ printed: '{"verdict": "changes_requested", "findings": []}' });
    assert.match(read.ok ? "" : read.failure.message, /does not say which: its answer must end with \{"verdict"/);
  });

  it("keeps findings within their bounds", () => {
    const read = readVerdict({
      printed: "",
      answer: { verdict: "changes_requested", findings: "\u{1f600}".repeat(60_000) },
    });
    assert.ok(read.ok && read.value.findings.length <= 50_000 && read.value.findings.isWellFormed());
  });

  it("property: finds what was said last in any text, and never throws", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("approved", "changes_requested"),
        fc.string({ minLength: 1 }),
        (noise, verdict, finding) => {
          const said = JSON.stringify({ verdict, findings: [finding] });
          const read = readVerdict({ printed: `${noise}\n${said}\n` });
          assert.ok(read.ok);
          assert.equal(read.value.verdict, verdict);
          assert.equal(read.value.findings, `- ${finding}`.trim());
          readVerdict({ printed: noise });
        },
      ),
    );
  });

  it("takes no long time over hostile text (SEC24)", () => {
    for (const text of [
      '{"verdict"'.repeat(20_000),
      '{"verdict":'.repeat(20_000),
      "verdict:".repeat(25_000),
      "\n".repeat(200_000),
      "{[".repeat(100_000),
    ]) {
      const from = performance.now();
      verdictIn(text);
      assert.ok(performance.now() - from < 3_000, text.slice(0, 20));
    }
  });
});
