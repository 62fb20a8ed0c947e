import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { listRepositoryFiles } from "../support/house.ts";
import { REPOSITORY } from "../support/seeded-tree.ts";

const FAULTS = 25;

/** The rows of the table of faults in CONTRIBUTING.md: number and files. */
function rows(): { fault: number; files: string[] }[] {
  const [, section = ""] = readFileSync(path.join(REPOSITORY, "CONTRIBUTING.md"), "utf8").split("\n## Faults\n");
  return [...section.matchAll(/^\| (\d+) \|.*$/gm)].map(([line, fault]) => ({
    fault: Number(fault),
    files: [...line.matchAll(/`(test\/[^`]+)`/g)].map(([, file = ""]) => file),
  }));
}

/** The numbers in the names of a file's tests. */
function numbersIn(text: string): Set<number> {
  const names = [...text.matchAll(/\b(?:it|describe)\(\s*(["'`])(.*?)\1/gs)].map(([, , name = ""]) => name);
  return new Set(names.flatMap((name) => [...name.matchAll(/fault (\d+)/g)].map(([, number]) => Number(number))));
}

describe("gate: the table of faults", () => {
  const tests = listRepositoryFiles(REPOSITORY).filter(({ path: name }) =>
    /^test\/(?:unit|property|contract|fault)\/.*\.test\.ts$/.test(name),
  );

  it("has every fault once, each with tests", () => {
    assert.deepEqual(
      rows().map(({ fault }) => fault),
      Array.from({ length: FAULTS }, (_, index) => index + 1),
    );
    for (const { fault, files } of rows()) assert.ok(files.length > 0, `fault ${fault}`);
  });

  it("names exactly the files whose tests have the number of the fault in their names", () => {
    const named = new Map<number, string[]>(rows().map(({ fault, files }) => [fault, files.sort()]));
    const found = new Map<number, string[]>(rows().map(({ fault }) => [fault, []]));
    for (const { path: name, text } of tests)
      for (const number of numbersIn(text)) found.set(number, [...(found.get(number) ?? []), name].sort());
    assert.deepEqual(named, found);
  });
});
