import assert from "node:assert/strict";
import { z } from "zod";
import { operations, type OperationName } from "../../schemas/operations/table.ts";

const entries = Object.entries(operations);

describe("the table of operations (design, section 3)", () => {
  it("knows every operation by its own name", () => {
    for (const [key, { name }] of entries) assert.equal(key, name);
  });

  it("gives each one a REST path of its own", () => {
    const routes = entries.map(([, { http }]) => `${http.method} ${http.path.replaceAll(/\{\w+\}/g, "{}")}`);
    assert.deepEqual(routes, [...new Set(routes)]);
    for (const [, { http }] of entries) assert.match(http.path, /^\/api\/v1\/[a-z]+(\/([a-z-]+|\{\w+\}))*$/);
  });

  it("takes the parameters in a path from the operation's own parameters", () => {
    for (const [name, { http, params }] of entries) {
      for (const [, parameter] of http.path.matchAll(/\{(\w+)\}/g)) {
        assert.ok(parameter !== undefined && parameter in params.shape, `${name}: ${parameter}`);
      }
    }
  });

  it("has a commandId in every operation that changes something, and in no other", () => {
    // Draining twice is draining: it needs no memory to be harmless.
    const harmless: OperationName[] = ["worker.drain"];
    for (const [name, { effect, params }] of entries) {
      const expected = effect === "change" && !harmless.some((one) => one === name);
      assert.equal("commandId" in params.shape, expected, name);
    }
  });

  it("lets agents neither approve, nor start, cancel or drain", () => {
    for (const name of ["plan.approve", "execution.start", "execution.cancel", "worker.drain"] as const) {
      assert.deepEqual(operations[name].audience, ["person"], name);
    }
    for (const [name, { audience }] of entries) assert.ok(audience.length > 0, name);
  });

  it("refuses unknown parameters, except where the shape is for ever", () => {
    const forEver = new Set(["worker.hello", "worker.status", "worker.drain"]);
    for (const [name, { params }] of entries) {
      const strict = params
        .safeParse({ noSuchParameter: 1 })
        .error?.issues.some(({ code }) => code === "unrecognized_keys");
      assert.equal(strict ?? false, !forEver.has(name), name);
    }
  });

  it("describes itself: a summary in a sentence, and schemas that JSON Schema can say", () => {
    for (const [name, { summary, params, result }] of entries) {
      assert.match(summary, /^[A-Z].*[.?]$/, name);
      for (const schema of [params, result]) z.toJSONSchema(schema, { io: "input", unrepresentable: "throw" });
    }
  });

  it("never changes the shape of hello, status and drain", () => {
    const shapes = (["worker.hello", "worker.status", "worker.drain"] as const).map((name) => [
      name,
      Object.keys(operations[name].params.shape),
      Object.keys(operations[name].result.shape),
    ]);
    assert.deepEqual(shapes, [
      ["worker.hello", ["protocol", "client", "version"], ["protocol", "version", "pid", "folder", "epoch"]],
      ["worker.status", [], ["version", "pid", "folder", "uptime", "clients", "running", "draining"]],
      ["worker.drain", [], ["running"]],
    ]);
  });
});
