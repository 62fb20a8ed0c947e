import assert from "node:assert/strict";
import { Endpoints } from "../../../../worker/agents/http/endpoints.ts";
import { FakeClock } from "../../../support/fake-clock.ts";

const URLS = ["http://a/", "http://b/", "http://c/"];

describe("the addresses of an agent (D7)", () => {
  it("come first in turn, each agent by itself", () => {
    const endpoints = new Endpoints(new FakeClock());
    const firsts = Array.from({ length: 4 }, () => endpoints.order("one", URLS)[0]);
    assert.deepEqual(firsts, ["http://a/", "http://b/", "http://c/", "http://a/"]);
    assert.deepEqual(endpoints.order("two", URLS), URLS);
  });

  it("come last for half a minute when they could not be reached, or until they answer", async () => {
    const clock = new FakeClock();
    const endpoints = new Endpoints(clock);
    endpoints.failed("http://a/");
    assert.deepEqual(endpoints.order("one", URLS), ["http://b/", "http://c/", "http://a/"]);
    endpoints.answered("http://a/");
    assert.deepEqual(endpoints.order("two", URLS), URLS);
    endpoints.failed("http://a/");
    await clock.advance(30_000);
    assert.deepEqual(endpoints.order("three", URLS), URLS);
  });

  it("are all tried when none could be reached", () => {
    const endpoints = new Endpoints(new FakeClock());
    for (const url of URLS) endpoints.failed(url);
    assert.deepEqual(endpoints.order("one", URLS), URLS);
  });
});
