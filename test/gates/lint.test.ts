import assert from "node:assert/strict";
import { z } from "zod";
import { seedTree, type SeededTree } from "../support/seeded-tree.ts";

const Report = z.object({
  diagnostics: z.array(z.object({ filename: z.string(), code: z.string().optional(), message: z.string() })),
});

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `export const line${index} = ${index};\n`).join("");
const longFunction = (count: number): string =>
  `export function long(list: number[]): void {\n${"  list.push(1);\n".repeat(count)}}\n`;

/** Rule as oxlint names it, file, text that breaks the rule and compiles. */
const SEEDED: readonly (readonly [string, string, string])[] = [
  ["no-explicit-any", "worker/logs/any.ts", "export const x: any = 1;\n"],
  ["no-non-null-assertion", "worker/logs/bang.ts", "export const f = (a: string[]): string => a[0]!;\n"],
  ["consistent-type-assertions", "worker/logs/cast.ts", "export const f = (a: unknown): string => a as string;\n"],
  ["consistent-type-assertions", "test/unit/cast.test.ts", "export const f = (a: unknown): string => a as string;\n"],
  ["ban-ts-comment", "worker/logs/ban.ts", "// @ts-ignore\nexport const x: number = 1;\n"],
  [
    "no-floating-promises",
    "worker/logs/floating.ts",
    "export async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n",
  ],
  [
    "no-floating-promises",
    "worker/logs/void.ts",
    "export async function work(): Promise<void> {}\nexport function start(): void {\n  void work();\n}\n",
  ],
  [
    "no-misused-promises",
    "worker/logs/misused.ts",
    "export const f = (list: number[]): void => list.forEach(async (n) => { await Promise.resolve(n); });\n",
  ],
  ["await-thenable", "worker/logs/thenable.ts", "export const f = async (): Promise<number> => await 1;\n"],
  ["only-throw-error", "worker/logs/throw.ts", 'export function f(): never {\n  throw "over budget";\n}\n'],
  [
    "prefer-promise-reject-errors",
    "worker/logs/reject.ts",
    'export const f = (): Promise<never> => Promise.reject("over budget");\n',
  ],
  [
    "preserve-caught-error",
    "worker/logs/cause.ts",
    'export function f(g: () => void): void {\n  try {\n    g();\n  } catch (error) {\n    throw new Error("no");\n  }\n}\n',
  ],
  [
    "no-empty",
    "worker/logs/empty.ts",
    "export function f(g: () => void): void {\n  try {\n    g();\n  } catch {}\n}\n",
  ],
  [
    "switch-exhaustiveness-check",
    "worker/logs/switch.ts",
    'export function f(kind: "a" | "b"): void {\n  switch (kind) {\n    case "a":\n      break;\n  }\n}\n',
  ],
  [
    "no-unsafe-assignment",
    "worker/logs/unsafe.ts",
    "export const f = (text: string): void => {\n  const x = JSON.parse(text);\n  JSON.stringify(x);\n};\n",
  ],
  ["no-unsafe-return", "worker/logs/unsafe-return.ts", "export const f = (t: string): string => JSON.parse(t);\n"],
  ["no-console", "worker/logs/console.ts", 'export const f = (): void => console.log("x");\n'],
  ["no-default-export", "worker/logs/default.ts", "export default 1;\n"],
  ["no-barrel-file", "worker/logs/barrel.ts", 'export * from "./good.ts";\n'],
  ["filename-case", "worker/logs/camelCase.ts", "export const x = 1;\n"],
  ["no-warning-comments", "worker/logs/warning.ts", `// ${"TO" + "DO"}: later\nexport const x = 1;\n`],
  ["max-lines", "worker/logs/lines.ts", lines(501)],
  ["max-lines", "test/unit/lines.test.ts", lines(501)],
  ["max-lines-per-function", "worker/logs/function.ts", longFunction(81)],
  ["no-restricted-globals", "worker/spec/date.ts", "export const f = (): Date => new Date();\n"],
  ["no-restricted-properties", "worker/plan/now.ts", "export const f = (): number => Date.now();\n"],
  ["no-restricted-properties", "worker/plan/random.ts", "export const f = (): number => Math.random();\n"],
  ["no-restricted-globals", "worker/plan/performance.ts", "export const f = (): number => performance.now();\n"],
  ["no-restricted-globals", "worker/spec/timer.ts", "export const f = (): unknown => setTimeout(() => {}, 1);\n"],
  ["no-restricted-globals", "worker/spec/process.ts", "export const f = (): string => process.cwd();\n"],
  ["no-restricted-globals", "worker/engine/date.ts", "export const f = (at: number): Date => new Date(at);\n"],
  ["no-restricted-globals", "worker/plan/console.ts", 'export const f = (): void => console.log("x");\n'],
  [
    "no-restricted-imports",
    "worker/plan/chance.ts",
    'import { randomUUID } from "node:crypto";\nexport const f = (): string => randomUUID();\n',
  ],
  ["eqeqeq", "worker/logs/equal.ts", "export const f = (a: number, b: number): boolean => a == b;\n"],
];

/** What must stay possible. */
const ALLOWED: Record<string, string> = {
  "worker/logs/good.ts": 'export const modes = ["a", "b"] as const;\nexport const now = (): number => Date.now();\n',
  "worker/logs/five-hundred.ts": lines(500),
  "worker/cli/speaks.ts": 'export const f = (): void => console.log("x");\n',
  "worker/plan/hash.ts":
    'import { createHash } from "node:crypto";\nexport const f = (): string => createHash("sha256").digest("hex");\n',
  "test/unit/long.test.ts": longFunction(120),
};

describe("gate: lint", function () {
  this.timeout(60_000);
  let tree: SeededTree;
  let reported: string[];

  before(async () => {
    tree = await seedTree({
      ...ALLOWED,
      ...Object.fromEntries(SEEDED.map(([, file, content]) => [file, content])),
      "worker/logs/excuse.ts": "// oxlint-disable-next-line no-console -- A reason.\nexport const x = 1;\n",
    });
    const { code, output } = await tree.run(
      "oxlint",
      ...["--type-aware", "--deny-warnings", "--report-unused-disable-directives", "--format=json"],
      ...["schemas", "worker", "test"],
    );
    assert.equal(code, 1);
    reported = Report.parse(JSON.parse(output)).diagnostics.map(
      ({ filename, code: rule, message }) => `${filename} ${rule ?? message}`,
    );
  });
  after(() => tree.remove());

  for (const [rule, file] of SEEDED) {
    it(`${rule} in ${file}`, () => {
      assert.ok(
        reported.some((one) => one.startsWith(`${file} `) && one.includes(`(${rule})`)),
        `reported of ${file}: ${JSON.stringify(reported.filter((one) => one.startsWith(`${file} `)))}`,
      );
    });
  }

  it("an exception that excuses nothing", () => {
    assert.ok(reported.some((one) => one.startsWith("worker/logs/excuse.ts ")));
  });

  it("reports nothing of what is allowed", () => {
    const wrong = reported.filter((one) => Object.keys(ALLOWED).some((file) => one.startsWith(`${file} `)));
    assert.deepEqual(wrong, []);
  });
});
