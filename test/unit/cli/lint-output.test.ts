import assert from "node:assert/strict";
import { z } from "zod";
import { DiagnosticCode } from "../../../schemas/diagnostic.ts";
import type { LintedFile, LintFinding, LintProblem, LintReport } from "../../../schemas/lint.ts";
import { githubLines } from "../../../worker/cli/render/lint-github.ts";
import { sarifLog } from "../../../worker/cli/render/lint-sarif.ts";
import { lintTable } from "../../../worker/cli/render/lint-table.ts";
import { Terminal } from "../../../worker/cli/terminal.ts";

const PLACE = { line: 3, column: 5, endLine: 3, endColumn: 9, start: 20, end: 24 };
const finding = (more: Partial<LintFinding> = {}): LintFinding => ({
  ...{ code: "cycle", severity: "error", message: "a waits for b", place: PLACE, fixes: [] },
  ...more,
});
const file = (path: string, ...findings: LintFinding[]): LintedFile => ({
  ...{ path, dialect: "speckit", recognised: "it has task ids", tasks: 4, findings },
});
function report(files: LintedFile[], problems: LintProblem[] = []): LintReport {
  const count = (severity: string): number =>
    files.flatMap(({ findings }) => findings).filter((one) => one.severity === severity).length;
  return { files, problems, counts: { error: count("error"), warning: count("warning"), info: count("info") } };
}
const UNREAD = { path: "gone.md", line: null, column: null, message: "this file does not exist: check the name" };

describe("lint: what GitHub Actions shows", () => {
  it("is a command a finding, and the count", () => {
    const lines = githubLines(
      report([file("specs/1/tasks.md", finding(), finding({ severity: "info", code: "open-parent" }))], [UNREAD]),
    );
    assert.deepEqual(lines.split("\n"), [
      "::error file=specs/1/tasks.md,line=3,endLine=3,col=5,endColumn=9,title=planwright cycle::a waits for b",
      "::notice file=specs/1/tasks.md,line=3,endLine=3,col=5,endColumn=9,title=planwright open-parent::a waits for b",
      "::error file=gone.md,title=planwright::this file does not exist: check the name",
      "1 file, 4 tasks: 1 file not usable, 1 error, 1 note.",
    ]);
  });

  it("cannot be broken out of by names and messages", () => {
    const evil = finding({ severity: "warning", message: "100% a\r\n::set-output name=x::y, z: \u001b[31m" });
    const [line, ...rest] = githubLines(report([file("a,b:c%\n::stop.md", evil)])).split("\n");
    assert.equal(
      line,
      "::warning file=a%2Cb%3Ac%25 %3A%3Astop.md,line=3,endLine=3,col=5,endColumn=9,title=planwright cycle::100%25 a ::set-output name=x::y, z: ·[31m",
    );
    assert.equal(rest.length, 1);
  });

  it("has no columns where a finding goes over several lines, which GitHub refuses", () => {
    const long = finding({ place: { ...PLACE, endLine: 5, endColumn: 2 } });
    assert.match(githubLines(report([file("a.md", long)])), /^::error file=a\.md,line=3,endLine=5,title=/);
  });
});

const Region = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
  charOffset: z.int().min(0),
  charLength: z.int().min(0),
});
const Artifact = z.strictObject({
  uri: z.string().regex(/^[\w%.~!*'()/:-]+$/),
  uriBaseId: z.literal("%SRCROOT%").optional(),
});
const Text = z.strictObject({ text: z.string().min(1) });
const Location = z.strictObject({
  physicalLocation: z.strictObject({ artifactLocation: Artifact, region: Region.partial().optional() }),
});
/** The part of SARIF 2.1.0 (OASIS) that is used, with nothing besides. */
const Sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.literal("Planwright"),
          semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
          rules: z.array(z.strictObject({ id: z.string(), shortDescription: Text, help: Text })),
        }),
      }),
      invocations: z.tuple([
        z.strictObject({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z.array(
            z.strictObject({ level: z.literal("error"), message: Text, locations: z.tuple([Location]).optional() }),
          ),
        }),
      ]),
      columnKind: z.literal("utf16CodeUnits"),
      originalUriBaseIds: z.strictObject({ "%SRCROOT%": z.strictObject({ description: Text }) }),
      artifacts: z.array(z.strictObject({ location: Artifact, encoding: z.literal("UTF-8") })),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(["error", "warning", "note"]),
          message: Text,
          locations: z.tuple([Location]),
          fixes: z
            .array(
              z.strictObject({
                description: Text,
                artifactChanges: z.tuple([
                  z.strictObject({
                    artifactLocation: Artifact,
                    replacements: z
                      .array(z.strictObject({ deletedRegion: Region, insertedContent: Text.optional() }))
                      .min(1),
                  }),
                ]),
              }),
            )
            .optional(),
        }),
      ),
    }),
  ]),
});

describe("lint: SARIF", () => {
  it("has the shape of version 2.1.0: each rule with help, places in lines and in characters, and what can be done", () => {
    const fixes = [
      {
        title: "Remove it",
        preferred: true,
        changes: [
          { place: PLACE, text: "" },
          { place: { ...PLACE, start: 30, end: 30 }, text: "x" },
        ],
      },
    ];
    const { runs } = Sarif.parse(
      sarifLog(report([file("sub dir/ä,#.md", finding({ fixes }), finding({ severity: "info" }))], [UNREAD])),
    );
    const [{ tool, results, artifacts, invocations }] = runs;
    assert.deepEqual(
      tool.driver.rules.map(({ id }) => id),
      DiagnosticCode.options,
    );
    const [first, second] = results;
    assert.equal(tool.driver.rules[first?.ruleIndex ?? -1]?.id, "cycle");
    assert.equal(second?.level, "note");
    assert.deepEqual(artifacts[0]?.location, { uri: "sub%20dir/%C3%A4%2C%23.md", uriBaseId: "%SRCROOT%" });
    const region = { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9, charOffset: 20, charLength: 4 };
    assert.deepEqual(first?.locations[0].physicalLocation.region, region);
    assert.deepEqual(first?.fixes?.[0]?.artifactChanges[0].replacements, [
      { deletedRegion: region },
      { deletedRegion: { ...region, charOffset: 30, charLength: 0 }, insertedContent: { text: "x" } },
    ]);
    assert.equal(invocations[0].executionSuccessful, false);
    assert.equal(invocations[0].toolExecutionNotifications[0]?.message.text, UNREAD.message);
  });

  it("names a file outside of the workspace by its whole place", () => {
    const { runs } = Sarif.parse(sarifLog(report([file("/elsewhere/a b.md", finding())])));
    assert.deepEqual(runs[0].artifacts[0]?.location, { uri: "file:///elsewhere/a%20b.md" });
    assert.equal(runs[0].invocations[0].executionSuccessful, true);
  });
});

describe("lint: the table", () => {
  const terminal = new Terminal(process.stdout, process.stderr, process.stdin);
  /** Whether the tests run in a terminal does not matter. */
  // oxlint-disable-next-line no-control-regex -- The colours that are ours.
  const shown = (of: LintReport): string => lintTable(of, terminal).replace(/\u001b\[\d+m/g, "");

  it("has the findings of each file below its name, aligned, and what could not be read", () => {
    const far = { ...PLACE, line: 120, column: 1 };
    const text = shown(
      report([file("a.md", finding(), finding({ severity: "warning", place: far })), file("fine.md")], [UNREAD]),
    );
    assert.deepEqual(text.split("\n"), [
      "a.md (Spec Kit)",
      "  3:5    error    a waits for b [cycle]",
      "  120:1  warning  a waits for b [cycle]",
      "",
      "gone.md: not usable: this file does not exist: check the name",
      "",
      "2 files, 8 tasks: 1 file not usable, 1 error, 1 warning.",
    ]);
    assert.equal(shown(report([file("fine.md")])), "1 file, 4 tasks: nothing found.");
  });

  it("has as many findings as there are", () => {
    const many = { ...file("a.md"), findings: Array.from({ length: 150_000 }, () => finding()) };
    assert.equal(shown(report([many])).split("\n").length, 150_003);
  });

  it("lets nothing of a file reach the terminal but its visible words (SEC20)", () => {
    const text = shown(report([file("a\u001b]0;x\u0007.md", finding({ message: "b\u001b[2J\u202e\u009b1m" }))]));
    // oxlint-disable-next-line no-control-regex -- These are what is looked for.
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
