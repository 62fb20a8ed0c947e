import assert from "node:assert/strict";
import fc from "fast-check";
import type { ReportedCost } from "../../../../schemas/agent-protocol.ts";
import { knownAgent } from "../../../../worker/agents/acp/known-agents.ts";
import { UsageMeter } from "../../../../worker/agents/acp/usage-meter.ts";
import { acpAgent } from "../../../support/acp-agents.ts";
import { attemptContext } from "../../../support/attempts.ts";

function meterOf(
  program: string | null,
  allowance: number | null = null,
): { meter: UsageMeter; told: ReportedCost[]; over: number[] } {
  const told: ReportedCost[] = [];
  const over: number[] = [];
  const agent = acpAgent({}, { program });
  const context = attemptContext("/srv/app", null, {
    agent,
    currency: "USD",
    ...(allowance === null ? {} : { allowance }),
  });
  const price = { input: 1, output: 1 };
  const sink = { cost: (cost: ReportedCost) => void told.push(cost) };
  const meter = new UsageMeter({
    context,
    sink,
    known: knownAgent(program),
    price,
    model: null,
    overspent: (spent) => over.push(spent),
  });
  meter.begin();
  return { meter, told, over };
}

const usage = (inputTokens: number): object => ({ usage: { inputTokens, outputTokens: 0, totalTokens: 0 } });

describe("what coding agents cost, turn by turn (E4)", () => {
  for (const [program, expected] of [
    ["codex", [100, 150]],
    ["copilot", [100, 50]],
    ["opencode", []],
  ] as const)
    it(`${program}: its figures are those of ${expected.length === 0 ? "its last call, which nobody can add up" : "two turns"}`, async () => {
      const { meter, told } = meterOf(program);
      meter.answer(usage(100));
      meter.begin();
      meter.answer(usage(150));
      await meter.end();
      assert.deepEqual(
        told.map(({ tokens }) => tokens?.input),
        expected,
      );
    });

  it("a session that begins to count anew is counted from there", async () => {
    const { meter, told } = meterOf("copilot");
    for (const tokens of [100, 40]) meter.answer(usage(tokens));
    await meter.end();
    assert.deepEqual(
      told.map(({ tokens }) => tokens?.input),
      [100, 40],
    );
  });

  it("differences add up to what the agent has told last, and whoever is over the limit is reported whenever it costs still more", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 50 }), (steps) => {
        const { meter, told, over } = meterOf(null, 1);
        let [sum, beyond] = [0, 0];
        for (const step of steps) {
          meter.costs({ amount: (sum += step) / 1_000_000, currency: "USD" });
          if (step > 0 && sum / 1_000_000 > 1 + 1e-9) beyond += 1;
        }
        const reported = told.reduce((total, { amount }) => total + Number(amount), 0);
        assert.ok(Math.abs(reported - sum / 1_000_000) < 1e-6);
        assert.ok(told.every(({ amount }) => Number(amount) >= 0));
        assert.equal(over.length, beyond);
      }),
    );
  });
});
