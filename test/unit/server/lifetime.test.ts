import assert from "node:assert/strict";
import { Lifetime, type LeaveReason } from "../../../worker/server/lifetime.ts";
import { ManualClock } from "../../support/manual-clock.ts";

function worker() {
  const clock = new ManualClock();
  const world = { clients: 0, busy: false };
  const left: LeaveReason[] = [];
  const lifetime = new Lifetime({
    clock,
    clients: () => world.clients,
    busy: () => world.busy,
    leave: (reason) => left.push(reason),
  });
  const set = (change: Partial<typeof world>): void => {
    Object.assign(world, change);
    lifetime.changed();
  };
  lifetime.changed();
  return { clock, lifetime, left, set };
}

describe("the worker's life (semantics, Worker)", () => {
  it("leaves after 60 s without clients, not before", () => {
    const { clock, left } = worker();
    clock.advance(59_999);
    assert.deepEqual(left, []);
    clock.advance(1);
    assert.deepEqual(left, ["idle"]);
  });

  it("stays while a client is connected, and counts 60 s from the last one's leaving", () => {
    const { clock, left, set } = worker();
    clock.advance(59_000);
    set({ clients: 1 });
    clock.advance(600_000);
    set({ clients: 0 });
    clock.advance(59_999);
    assert.deepEqual(left, []);
    clock.advance(1);
    assert.deepEqual(left, ["idle"]);
  });

  it("stays without clients while something is pending", () => {
    const { clock, left, set } = worker();
    set({ busy: true });
    clock.advance(600_000);
    assert.deepEqual(left, []);
    set({ busy: false });
    clock.advance(60_000);
    assert.deepEqual(left, ["idle"]);
  });

  it("does not begin to count anew with every change that changes nothing", () => {
    const { clock, left, set } = worker();
    for (let second = 0; second < 60; second += 1) {
      set({});
      clock.advance(1_000);
    }
    assert.deepEqual(left, ["idle"]);
  });

  it("drained, it lets what runs finish and then leaves although clients are connected", () => {
    const { clock, left, lifetime, set } = worker();
    set({ clients: 2, busy: true });
    lifetime.drain();
    clock.advance(3_600_000);
    assert.equal(lifetime.draining, true);
    assert.deepEqual(left, []);
    set({ busy: false });
    assert.deepEqual(left, ["drained"]);
  });

  it("drained with nothing to do, it answers before it leaves", () => {
    const { clock, left, lifetime } = worker();
    lifetime.drain();
    assert.deepEqual(left, []);
    clock.advance(0);
    assert.deepEqual(left, ["drained"]);
  });

  it("leaves once", () => {
    const { clock, left, lifetime } = worker();
    lifetime.leave("signal");
    lifetime.leave("bug");
    clock.advance(120_000);
    assert.deepEqual(left, ["signal"]);
  });
});
