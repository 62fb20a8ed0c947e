import assert from "node:assert/strict";
import { seedTree, type SeededTree } from "../support/seeded-tree.ts";

/** The compiler's error, file, text, and the flag that it proves. */
const SEEDED: readonly (readonly [string, string, string, string])[] = [
  ["TS2322", "worker/logs/null.ts", "export const x: string = null;\n", "strict"],
  ["TS7006", "worker/logs/implicit.ts", "export const f = (x) => x;\n", "strict"],
  [
    "TS2322",
    "worker/logs/index-access.ts",
    "export const f = (a: string[]): string => a[0];\n",
    "noUncheckedIndexedAccess",
  ],
  [
    "TS2375",
    "worker/logs/optional.ts",
    "export const x: { a?: string } = { a: undefined };\n",
    "exactOptionalPropertyTypes",
  ],
  [
    "TS4114",
    "worker/logs/override.ts",
    "export class A {\n  f(): void {}\n}\nexport class B extends A {\n  f(): void {}\n}\n",
    "noImplicitOverride",
  ],
  ["TS1294", "worker/logs/enum.ts", "export enum Kind {\n  a,\n}\n", "erasableSyntaxOnly"],
  [
    "TS1294",
    "worker/logs/parameter.ts",
    "export class A {\n  constructor(readonly a: string) {}\n}\n",
    "erasableSyntaxOnly",
  ],
  [
    "TS1484",
    "worker/logs/type-import.ts",
    'import { Word } from "../../schemas/word.ts";\nexport type Words = Word[];\n',
    "verbatimModuleSyntax",
  ],
  ["TS6133", "worker/logs/unused.ts", "export function f(): void {\n  const unused = 1;\n}\n", "noUnusedLocals"],
  ["TS6133", "worker/logs/unused-parameter.ts", "export function f(unused: number): void {}\n", "noUnusedParameters"],
  [
    "TS7029",
    "worker/logs/fallthrough.ts",
    "export function f(n: number): number {\n  switch (n) {\n    case 1:\n      n += 1;\n    default:\n      return n;\n  }\n}\n",
    "noFallthroughCasesInSwitch",
  ],
  [
    "TS7030",
    "worker/logs/return.ts",
    "export function f(n: number) {\n  if (n > 1) return 1;\n}\n",
    "noImplicitReturns",
  ],
  ["TS2591", "schemas/node.ts", "export const here = process.cwd();\n", "types: [] in schemas"],
  ["TS2591", "worker/engine/node.ts", "export const here = process.cwd();\n", "types: [] in worker/engine"],
  ["TS2584", "worker/engine/dom.ts", 'export const f = (): void => console.log("x");\n', "no DOM, no Node"],
];

describe("gate: types", function () {
  this.timeout(60_000);
  let tree: SeededTree;
  let reported: string[];

  before(async () => {
    tree = await seedTree({
      ...Object.fromEntries(SEEDED.map(([, file, content]) => [file, content])),
      "schemas/word.ts": "export interface Word {\n  readonly text: string;\n}\n",
      "worker/logs/good.ts": "export const here: string = process.cwd();\n",
      "test/unit/good.test.ts": 'it("is a test", () => {});\n',
    });
    // Projects whose references have errors are still built, so that one run shows all errors.
    const { code, output } = await tree.run("tsc", "-b", "--pretty", "false");
    assert.notEqual(code, 0);
    reported = output.split("\n");
  });
  after(() => tree.remove());

  for (const [error, file, , flag] of SEEDED) {
    it(`${flag}: ${error} in ${file}`, () => {
      assert.ok(
        reported.some((line) => line.startsWith(`${file}(`) && line.includes(` ${error}: `)),
        `reported of ${file}: ${reported.filter((line) => line.startsWith(file)).join("\n")}`,
      );
    });
  }

  it("reports nothing of good files", () => {
    assert.deepEqual(
      reported.filter((line) => /good/.test(line)),
      [],
    );
  });
});
