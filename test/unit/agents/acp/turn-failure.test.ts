import assert from "node:assert/strict";
import fc from "fast-check";
import { complaintFailure, isComplaint, resetWithin } from "../../../../worker/agents/acp/turn-failure.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const terms = { agent: "claude", login: "run `claude`", now: NOW };
const failureOf = (text: string, code: number | null = -32603) => complaintFailure({ text, code }, terms);

describe("what coding agents say when they cannot go on (C2, D4)", () => {
  const resets: [string, number | null][] = [
    ['{"error":{"type":"rate_limit_error"},"retry_after_ms":1500}', 1_500],
    ["429 Too Many Requests. Retry-After: 30", 30_000],
    ['{"@type":"RetryInfo","retryDelay":"38.2s"}', 38_200],
    ['{"type":"usage_limit_reached","resets_in_seconds":1234}', 1_234_000],
    ['{"resets_at":1772367000}', 600_000],
    ["Claude AI usage limit reached|1772366700", 300_000],
    ["Your limit resets at 2026-03-01T12:10:00Z", 600_000],
    ["Rate limit reached. Please try again in 1h2m3.5s.", 3_723_500],
    ["Please retry in 38.5 seconds", 38_500],
    ["You've hit your usage limit. Try again in 2 days 3 hours.", 183_600_000],
    ["try again in 20ms", 20],
    ["Your limit will reset at 3pm (UTC)", 10_800_000],
    ["resets 11am (UTC)", 82_800_000],
    ["resets 12pm (UTC), told to the minute", 60_000],
    ["429 and nothing else", null],
    ["try again in a while", null],
  ];
  for (const [text, expected] of resets)
    it(`reads when a quota comes back: ${text}`, () => {
      assert.equal(resetWithin(text, NOW), expected);
    });

  it("a quota is waited for, with its time where it is known", () => {
    const known = failureOf("You've hit your usage limit. Try again in 5 minutes.");
    assert.deepEqual([known.code, known.retryable, known.retryAfter], ["rate_limit", true, 300_000]);
    assert.match(known.message, /is used up, and comes back 2026-03-01T12:05:00\.000Z: You've hit/);
    const unknown = failureOf("429 Too Many Requests");
    assert.deepEqual([unknown.code, unknown.retryable, unknown.retryAfter], ["rate_limit", true, undefined]);
  });

  for (const [text, code, expected] of [
    ["Authentication required", -32000, "needs_login"],
    ["Invalid API key · Please run /login", -32603, "needs_login"],
    ["401 Unauthorized", -32603, "needs_login"],
    ["API Error: 529 overloaded_error", -32603, "transport"],
    ["connect ECONNREFUSED 127.0.0.1:1", -32603, "transport"],
    ["Codex process has exited with code 1", -32603, "crash"],
    ["Error: Unexpected error\n\ndatabase is locked", null, "crash"],
    ["Internal error: Reached maximum budget ($0.012)", -32603, "budget_exceeded"],
    ["Reached maximum budget: error_max_budget_usd", -32603, "budget_exceeded"],
    ["the model has no such tool", -32603, "agent_error"],
  ] as const)
    it(`${text}: ${expected}`, () => {
      assert.equal(failureOf(text, code).code, expected);
    });

  it("says how to log in", () => {
    assert.match(
      failureOf("Not logged in").message,
      /agent claude is not logged in: run `claude` \(it says: Not logged in\)/,
    );
  });

  it("a message that says nothing but a complaint is one; work that tells of one is not", () => {
    assert.equal(isComplaint("Claude AI usage limit reached|1772366700"), true);
    assert.equal(isComplaint("Invalid API key · Please run /login"), true);
    assert.equal(isComplaint("I made the server answer 429 Too Many Requests when the quota is used up."), false);
    assert.equal(isComplaint(`Not logged in\n\nI fixed the message above.`), false);
  });

  it("never throws and never takes long, whatever is said", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        const within = resetWithin(text, NOW);
        assert.ok(within === null || (Number.isInteger(within) && within >= 0 && within <= 30 * 86_400_000));
        failureOf(text);
      }),
    );
    const from = performance.now();
    for (const word of ["try again in 1h", "retry-after: 1", "1h 2m ", "resets at 1", "hit your a"])
      failureOf(word.repeat(100_000));
    assert.ok(performance.now() - from < 1_000);
  });
});
