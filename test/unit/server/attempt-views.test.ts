import assert from "node:assert/strict";
import { ExecutionEvent } from "../../../schemas/event.ts";
import { attemptsOf } from "../../../worker/server/attempt-views.ts";

const AT = "2026-01-02T03:04:05.000Z";
const ENDED = { outcome: "succeeded", failure: null, result: null, artifacts: [], duration: 10 };

describe("what screens are told of the attempts of a step (E4)", () => {
  let seq = 0;
  const event = (type: string, body: object): ExecutionEvent =>
    ExecutionEvent.parse({
      ...{ v: 1, t: 0, executionId: "x", seq: (seq += 1), at: AT, type, stepId: "s", attemptId: "a1", attempt: 1 },
      ...body,
    });
  const started = (): ExecutionEvent =>
    event("attempt.started", { agent: "coder", simulated: false, reserved: 0, idempotencyKey: "k" });
  const cost = (amount: number | null, service = "llm", certainty = "measured"): object => {
    return { amount, currency: "USD", certainty, service };
  };
  const reported = (costs: object[], refused: object[] = []): ExecutionEvent =>
    event("attempt.reported", { costs, refused });

  it("sums up exactly what it has cost so far, by where it comes from and how sure it is", () => {
    const [running] = attemptsOf([
      started(),
      reported([cost(100_000), cost(200_000)]),
      reported([cost(300_000, "search"), cost(null)]),
    ]);
    assert.equal(running?.outcome, null);
    assert.deepEqual(
      running.costs.map(({ service, amount }) => [service, amount]),
      [
        ["llm", 0.3],
        ["search", 0.3],
        ["llm", null],
      ],
    );
  });

  it("adds what its end tells to what it had reported", () => {
    const [ended] = attemptsOf([
      started(),
      reported([cost(100_000)]),
      event("attempt.finished", { ...ENDED, costs: [cost(50_000), cost(10, "llm", "estimated")] }),
    ]);
    assert.deepEqual(
      ended?.costs.map(({ certainty, amount }) => [certainty, amount]),
      [
        ["measured", 0.15],
        ["estimated", 0.00001],
      ],
    );
  });

  it("keeps the newest of the costs that were refused, also after its end", () => {
    const refused = Array.from({ length: 150 }, (_, index) => ({ said: `NaN ${index}`, reason: "it is no number" }));
    const [ended] = attemptsOf([
      started(),
      reported([], refused),
      reported([], [{ said: "-1", reason: "it is below 0" }]),
      event("attempt.finished", { ...ENDED, costs: [] }),
    ]);
    assert.equal(ended?.refused.length, 100);
    assert.equal(ended.refused.at(-1)?.said, "-1");
  });
});
