import assert from "node:assert/strict";
import { resetTime } from "../../../../worker/agents/llm/reset-time.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

function pause(headers: Record<string, string>, body = ""): number | null {
  return resetTime(headers, body, NOW);
}

describe("when a quota comes back", () => {
  it("is told in milliseconds, seconds or as a date", () => {
    assert.equal(pause({ "retry-after-ms": "1500.5", "retry-after": "9" }), 1_501);
    assert.equal(pause({ "retry-after": "30" }), 30_000);
    assert.equal(pause({ "retry-after": "Sun, 01 Mar 2026 12:01:00 GMT" }), 60_000);
  });

  it("is the time at which the limit that is used up is free again, not one that has something left (Anthropic)", () => {
    const headers = {
      "anthropic-ratelimit-requests-remaining": "12",
      "anthropic-ratelimit-requests-reset": "2026-03-01T13:00:00Z",
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-tokens-reset": "2026-03-01T12:00:20Z",
    };
    assert.equal(pause(headers), 20_000);
  });

  it("is read from durations and from seconds since 1970 (OpenAI and others)", () => {
    assert.equal(pause({ "x-ratelimit-reset-tokens": "6m0s" }), 360_000);
    assert.equal(pause({ "x-ratelimit-reset-requests": "20ms" }), 20);
    assert.equal(pause({ "x-ratelimit-reset-requests": "1h2m3.5s" }), 3_723_500);
    assert.equal(pause({ "x-ratelimit-reset": String(NOW.getTime() / 1_000 + 45) }), 45_000);
    assert.equal(pause({ "x-ratelimit-reset": "45" }), 45_000);
  });

  it("stands in the body of Google's answer", () => {
    assert.equal(pause({}, '{"error":{"details":[{"@type":"…RetryInfo","retryDelay": "37.2s"}]}}'), 37_200);
  });

  it("is unknown when nobody says it, or nothing that can be read", () => {
    assert.equal(pause({}), null);
    assert.equal(pause({ "retry-after": "soon", "x-ratelimit-reset": "later" }, "{}"), null);
  });

  it("is a day away at most", () => {
    assert.equal(pause({ "retry-after": "999999999" }), 86_400_000);
    assert.equal(pause({ "x-ratelimit-reset": "2026-03-09T12:00:00Z" }), 86_400_000);
  });
});
