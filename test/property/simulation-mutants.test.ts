import assert from "node:assert/strict";
import { runBatch } from "../simulation/batch.ts";
import { MutantFolder } from "../simulation/mutant.ts";
import { MUTANTS } from "../simulation/mutants.ts";

const FIRST_SEED = 1;
const EXECUTIONS_AT_MOST = 2_500;

describe("simulated world: each mechanism, broken on purpose, is found by behaviour alone", () => {
  let folder: MutantFolder;
  before(() => {
    folder = new MutantFolder();
  });
  after(() => folder.remove());

  for (const mutant of MUTANTS) {
    it(`${mutant.rules.join(" or ")}: ${mutant.name}`, async function () {
      this.timeout(60_000);
      const engine = await folder.engine(mutant);
      const { broken } = runBatch(FIRST_SEED, ({ executions }) => executions >= EXECUTIONS_AT_MOST, {
        engine,
        seesState: false,
      });
      assert.ok(broken, `nothing was found in ${EXECUTIONS_AT_MOST} executions`);
      assert.ok(mutant.rules.includes(broken.violation.rule), broken.violation.message);
    });
  }

  it("has a mutant for each of the ten invariants that one execution can show, and each is a change of the engine", () => {
    const rules = new Set(MUTANTS.map(({ rules: [first] }) => first));
    for (const rule of [1, 2, 3, 4, 5, 6, 7, 8, 9] as const) assert.ok(rules.has(rule), `invariant ${rule}`);
    for (const { from, to } of MUTANTS) assert.notEqual(from, to);
  });
});
