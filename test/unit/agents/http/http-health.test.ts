import assert from "node:assert/strict";
import type { AgentDefinition } from "../../../../schemas/agent.ts";
import { Endpoints } from "../../../../worker/agents/http/endpoints.ts";
import { HttpHealth } from "../../../../worker/agents/http/http-health.ts";
import { Lifecycle } from "../../../../worker/agents/lifecycle.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { httpAgent, startService, type Asked, type TestService } from "../../../support/http-agent.ts";

const INTERVAL = 10_000;
const CAPABILITY = { name: "translation", estimatedCost: 0.2 };

interface World {
  readonly clock: FakeClock;
  readonly health: HttpHealth;
  readonly lifecycle: Lifecycle;
  readonly service: TestService;
  readonly agent: AgentDefinition;
  /** Goes on to the next question and its answer; false: none came. */
  next(after: number): Promise<boolean>;
}

/** A service that is asked how it is, and a clock that stands still. */
async function watching(behave: (asked: Asked) => void, act: (world: World) => Promise<void>): Promise<void> {
  const service = await startService(behave);
  const clock = new FakeClock();
  const lifecycle = new Lifecycle(() => clock.wall());
  const environment = { REMOTE_TOKEN: "s3cret" };
  // Chance is asked for when a question was answered: how long to wait for the next.
  let drawn = 0;
  const random = (): number => {
    drawn += 1;
    return 0.5;
  };
  const health = new HttpHealth({ clock, lifecycle, environment, endpoints: new Endpoints(clock), random });
  const settings = { health: "/health", healthInterval: INTERVAL, tokenEnv: "REMOTE_TOKEN" };
  const agent = httpAgent([service.url], settings);
  try {
    const next = async (after: number): Promise<boolean> => {
      const before = drawn;
      await clock.advance(after);
      // A question that was asked is on its way now, through a real connection.
      for (let turn = 0; turn < 20_000 && drawn === before; turn += 1) await new Promise((done) => setImmediate(done));
      return drawn > before;
    };
    await act({ clock, health, lifecycle, service, agent, next });
  } finally {
    health.close();
    await service.stop();
  }
}

describe("the health of HTTP agents (D5)", () => {
  it("is not known before they are asked, which needs somebody who looks", () =>
    watching(
      ({ response }) => void response.end(),
      async ({ clock, health, agent, service, next }) => {
        await clock.advance(60_000);
        assert.equal(service.asked.length, 0);
        assert.equal(health.health(agent).state, "unknown");
        await next(0);
        await health.known(agent);
        assert.deepEqual(
          [health.health(agent).state, health.health(agent).lastSeen],
          ["healthy", "2026-01-01T00:01:00.000Z"],
        );
        const [one] = service.asked;
        assert.deepEqual([one?.method, one?.path, one?.headers["authorization"]], ["GET", "/health", "Bearer s3cret"]);
      },
    ));

  it("is asked again after the interval for as long as somebody looks or it works", () =>
    watching(
      ({ response }) => void response.end(),
      async ({ health, agent, service, next, clock }) => {
        health.health(agent);
        assert.equal(await next(0), true);
        for (let round = 0; round < 3; round += 1) {
          health.health(agent);
          assert.equal(await next(INTERVAL), true);
        }
        assert.equal(service.asked.length, 4);
        const release = health.use(agent);
        for (let round = 0; round < 5; round += 1) assert.equal(await next(INTERVAL), true);
        release();
        await clock.advance(10 * INTERVAL);
        const asked = service.asked.length;
        await clock.advance(100 * INTERVAL);
        assert.equal(service.asked.length, asked);
        assert.equal(clock.pending, 0);
        // Whoever looks again sees soon how it is now.
        health.health(agent);
        assert.equal(await next(0), true);
      },
    ));

  it("is lost with the second failure in a row, soon after the first, and its return is told", () => {
    let status = 200;
    return watching(
      ({ response }) => {
        response.writeHead(status);
        response.end();
      },
      async ({ health, agent, lifecycle, next }) => {
        const release = health.use(agent);
        await next(0);
        status = 500;
        await next(INTERVAL);
        assert.equal(health.health(agent).state, "healthy");
        await next(2_000);
        const { state, detail } = health.health(agent);
        assert.deepEqual([state, detail], ["unhealthy", "its health is told with status 500"]);
        await next(INTERVAL);
        status = 204;
        await next(INTERVAL);
        assert.equal(health.health(agent).state, "healthy");
        assert.deepEqual(
          lifecycle.after(0).map(({ type, agent: id, detail: why }) => [type, id, why]),
          [
            ["agent:unhealthy", "remote", "its health is told with status 500"],
            ["agent:recovered", "remote", "its health is told again"],
          ],
        );
        release();
      },
    );
  });

  it("comes with capabilities that the agent registers", () =>
    watching(
      ({ response }) => void response.end(JSON.stringify({ status: "ok", capabilities: [CAPABILITY] })),
      async ({ health, agent, next }) => {
        health.health(agent);
        await next(0);
        assert.deepEqual(
          health
            .capabilities(agent)
            .map(({ name, estimatedCost, dependencies }) => [name, estimatedCost, dependencies]),
          [["translation", 0.2, []]],
        );
      },
    ));

  for (const [what, body] of [
    ["a name that is none", { capabilities: [{ name: "Not a name" }] }],
    ["more than 200", { capabilities: Array.from({ length: 201 }, (_, n) => ({ name: `c${n}` })) }],
    ["no list", { capabilities: "all" }],
  ] as const) {
    it(`does not take ${what} for capabilities, and says so`, () =>
      watching(
        ({ response }) => void response.end(JSON.stringify(body)),
        async ({ health, agent, next }) => {
          health.health(agent);
          await next(0);
          assert.deepEqual(health.capabilities(agent), []);
          assert.equal(health.health(agent).state, "healthy");
          assert.match(health.health(agent).detail ?? "", /^what it registers is not used: capabilities/);
        },
      ));
  }

  it("begins anew with another definition", () =>
    watching(
      ({ response }) => void response.end(JSON.stringify({ capabilities: [CAPABILITY] })),
      async ({ health, agent, next }) => {
        health.health(agent);
        await next(0);
        const other = { ...agent, name: "Other" };
        assert.equal(health.health(other).state, "unknown");
        assert.deepEqual(health.capabilities(other), []);
      },
    ));

  it("of an agent that says nothing of it stays unknown, and nobody waits for it", () =>
    watching(
      ({ response }) => void response.end(),
      async ({ health, service }) => {
        const silent = httpAgent([service.url]);
        await health.known(silent);
        assert.equal(health.health(silent).state, "unknown");
        assert.equal(service.asked.length, 0);
      },
    ));
});
