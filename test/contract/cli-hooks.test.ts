import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { HookDelivery, HookPayload } from "../../schemas/hook.ts";
import { CliWorld } from "../support/cli.ts";
import { HookReceiver, type Answer } from "../support/hook-receiver.ts";

const Deliveries = z.object({ deliveries: z.array(HookDelivery), problems: z.array(z.string()) });
const SPEC =
  "# Ship\n\n- [ ] Build\n  - id: build\n  - output: app.txt\n  - extract: url: /at (\\S+)/\n  - command: echo x > app.txt; echo at https://app.example\n";

describe("hooks, at the command line (F2)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let receiver: HookReceiver | null = null;

  beforeEach(() => {
    world = new CliWorld();
    world.write("w.spec.md", SPEC);
  });
  afterEach(async () => {
    await world.remove();
    await receiver?.close();
    receiver = null;
  });

  const listen = async (answer: Answer, more: object = {}): Promise<HookReceiver> => {
    receiver = await HookReceiver.start(answer);
    hooks({ id: "web", on: ["success"], url: receiver.url, allowPrivate: true, ...more });
    return receiver;
  };
  const hooks = (...list: object[]): void => {
    world.write(".planwright/hooks.json", JSON.stringify({ hooks: list }));
  };
  /** Looks again and again, as a person would, until nothing is pending. */
  const settled = async (): Promise<HookDelivery[]> => {
    for (;;) {
      const { deliveries } = await world.json(Deliveries, "hooks");
      if (deliveries.length > 0 && deliveries.every(({ state }) => state !== "pending")) return deliveries;
    }
  };

  it("are sent again with the same key and a signature of their own, until they arrive, and hold nothing up", async () => {
    const secret = `whsec_${Buffer.from("a secret of some length").toString("base64")}`;
    const to = await listen(
      (response, _, number) => {
        if (number === 1) response.writeHead(503).end();
        else if (number > 2) response.end('{"tx": "0xabc"}');
        // The second time it does not answer at all.
      },
      { secretEnv: "HOOK_SECRET", timeout: 300 },
    );
    const { code, stdout } = await world.start(["run", "w.spec.md", "--yes"], { HOOK_SECRET: secret }).result;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /hook web \(success\): POST http:\/\/127\.0\.0\.1:\d+\/hook, signed/);
    await to.arrived(3);
    const [delivery] = await settled();
    assert.deepEqual([delivery?.state, delivery?.attempts, delivery?.answer], ["delivered", 3, { tx: "0xabc" }]);
    assert.equal(new Set(to.arrivals.map(({ headers }) => headers["webhook-id"])).size, 1);
    for (const { headers, body, payload } of to.arrivals) {
      assert.equal(headers["webhook-id"], payload.key);
      const signed = `${payload.key}.${String(headers["webhook-timestamp"])}.${body}`;
      const expected = createHmac("sha256", "a secret of some length").update(signed).digest("base64");
      assert.equal(headers["webhook-signature"], `v1,${expected}`);
    }
    assert.equal((await world.run("hooks", "latest")).stdout.includes('{"tx":"0xabc"}'), true);
  });

  it("are sent by the next worker when this one is killed, and the answer is recorded once", async () => {
    const to = await listen((response, _, number) => {
      if (number > 1) response.end(`{"n": ${number}}`);
    });
    assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 0);
    await to.arrived(1);
    await world.endWorker("SIGKILL");
    const deliveries = await settled();
    assert.deepEqual(
      deliveries.map(({ state, answer }) => [state, answer]),
      [["delivered", { n: 2 }]],
    );
    assert.equal(to.arrivals[0]?.payload.key, to.arrivals[1]?.payload.key);
    await world.endWorker("SIGKILL");
    assert.deepEqual(await settled(), deliveries);
    assert.equal(to.arrivals.length, 2);
  });

  it("tell one execution in order, and one hook that hangs does not hold another up", async () => {
    const on = ["state", "step", "artifact", "success"];
    const to = await listen((response) => response.end(), { on });
    const hung = await HookReceiver.start(() => undefined);
    hooks({ id: "hung", on, url: hung.url, allowPrivate: true }, { id: "web", on, url: to.url, allowPrivate: true });
    try {
      assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 0);
      await to.arrived(4);
      assert.deepEqual(
        to.arrivals.map(({ payload }) => payload.event),
        ["state", "artifact", "step", "success"],
      );
      const [, made] = to.arrivals;
      assert.deepEqual(made?.payload.data["outputs"], { url: "https://app.example" });
      assert.equal(made?.payload.simulated, false);
      assert.equal(hung.arrivals.length, 1, "the others wait behind it");
    } finally {
      await hung.close();
    }
  });

  it("are programs too, which get the payload and no secret", async () => {
    const script = "cat > told.json; env > environment; echo '  done  '";
    hooks({ id: "tell", on: ["success"], command: ["/bin/sh", "-c", script] });
    const { code } = await world.start(["run", "w.spec.md", "--yes"], { MY_TOKEN: "canary-9d1f" }).result;
    assert.equal(code, 0);
    const [delivery] = await settled();
    assert.deepEqual([delivery?.state, delivery?.answer], ["delivered", "done"]);
    const payload = HookPayload.parse(JSON.parse(world.read("told.json")));
    assert.deepEqual([payload.event, payload.hook, payload.title], ["success", "tell", "Ship"]);
    const environment = world.read("environment");
    assert.match(environment, new RegExp(`^PLANWRIGHT_HOOK_KEY=${payload.key}$`, "m"));
    assert.ok(!environment.includes("canary"));
  });

  it("have arrived with any status 2xx, however large or compressed the answer is", async () => {
    const { url } = await listen((response, { payload }) => {
      if (payload.hook === "large") response.end("thanks ".repeat(1_000_000));
      else response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.from([31, 139]));
    });
    hooks(...["zip", "large"].map((id) => ({ id, on: ["success"], url, allowPrivate: true, maxAttempts: 1 })));
    assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 0);
    const problems = (await settled()).map(({ hook, state, problem }) => `${hook}: ${state}, ${problem ?? "arrived"}`);
    assert.deepEqual(problems.sort(), ["large: delivered, arrived", "zip: delivered, arrived"]);
  });

  it("that fail for good are given up and sent again when a person wants it", async () => {
    hooks({
      id: "tell",
      on: ["success"],
      command: ["/bin/sh", "-c", "test -f open || { echo shut >&2; exit 4; }"],
      maxAttempts: 1,
    });
    assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 0);
    const [given] = await settled();
    assert.deepEqual([given?.state, given?.attempts], ["given-up", 1]);
    assert.match(given?.problem ?? "", /exit code 4: shut|shut/);
    world.write("open", "");
    assert.match((await world.run("hooks", "--retry")).stdout, /^1 sent again/);
    assert.equal((await settled())[0]?.state, "delivered");
    assert.match((await world.run("hooks", "--retry")).stdout, /Nothing was given up/);
  });

  it("go to no private address unless that is allowed, and follow no redirect (SEC25)", async () => {
    const to = await listen((response) => response.end());
    const from = await HookReceiver.start((response) => response.writeHead(307, { location: to.url }).end());
    hooks(
      { id: "private", on: ["success"], url: to.url },
      { id: "named", on: ["success"], url: to.url.replace("127.0.0.1", "localhost") },
      { id: "redirect", on: ["success"], url: from.url, allowPrivate: true, maxAttempts: 1 },
    );
    try {
      assert.equal((await world.run("run", "w.spec.md", "--yes")).code, 0);
      const problems = new Map(
        (await settled()).map(({ hook, state, problem }) => [hook, `${state}: ${problem ?? ""}`]),
      );
      assert.match(problems.get("private") ?? "", /given-up: .*private address/);
      assert.match(problems.get("named") ?? "", /given-up: .*private address/);
      assert.match(problems.get("redirect") ?? "", /given-up: .*redirect/);
      assert.deepEqual(to.arrivals, []);
    } finally {
      await from.close();
    }
  });

  describe("are what a person has approved (SEC9, SEC10)", () => {
    const canary = { id: "canary", on: ["state", "step", "success"], command: ["/bin/sh", "-c", "touch canary"] };

    it("so those of a cloned repository do nothing by themselves", async () => {
      hooks(canary);
      for (const words of [["plan", "w.spec.md"], ["lint", "w.spec.md"], ["status"], ["hooks"], ["doctor"]])
        await world.run(...words);
      assert.equal((await world.run("run", "w.spec.md")).code, 3, "nobody approved");
      await world.endWorker("SIGTERM");
      assert.ok(!existsSync(join(world.folder, "canary")));
    });

    it("and those that come or change after the approval are not used", async () => {
      await world.run("approve", "w.spec.md");
      hooks(canary);
      const { code, stderr } = await world.run("run", "w.spec.md");
      assert.equal(code, 3);
      assert.match(stderr, /not approved|hooks\.json has changed/);
      const approved = z.object({ plan: z.object({ planId: z.string() }) });
      world.write(".planwright/hooks.json", '{"hooks": []}');
      const { planId } = (await world.json(approved, "approve", "w.spec.md")).plan;
      hooks(canary);
      const started = await world.run("run", planId);
      assert.equal(started.code, 3);
      assert.match(
        started.stderr,
        /\.planwright\/hooks\.json has changed since plan .* was made: plan w\.spec\.md again/,
      );
      assert.ok(!existsSync(join(world.folder, "canary")));
    });

    it("and an agent that writes the file changes nothing for what runs (SEC13)", async () => {
      const text = JSON.stringify({ hooks: [canary] });
      world.write(
        "e.spec.md",
        `- [ ] a\n  - command: mkdir -p .planwright; echo '${text}' > .planwright/hooks.json\n- [ ] b\n  - command: echo b\n`,
      );
      assert.equal((await world.run("run", "e.spec.md", "--yes")).code, 0);
      await world.endWorker("SIGTERM");
      assert.ok(existsSync(join(world.folder, ".planwright", "hooks.json")));
      assert.ok(!existsSync(join(world.folder, "canary")));
    });
  });

  it("of a bad file are told with their place, and nothing is approved", async () => {
    world.write(
      ".planwright/hooks.json",
      '{\n  "hooks": [\n    {"id": "a", "on": ["succes"], "url": "ftp://x"},\n    {"id": "b", "on": ["step"]}\n  ]\n}\n',
    );
    const { code, stderr } = await world.run("run", "w.spec.md", "--yes");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /planwright: \.planwright\/hooks\.json:3:24: hooks\[0\]\.on\[0\]: accepted: "decision", /);
    const shown = await world.run("hooks");
    assert.equal(shown.code, 2);
    assert.match(shown.stderr, /hooks\.json:3:35: hooks\[0\]\.url: accepted: an http or https address/);
    assert.match(shown.stderr, /hooks\[1\].*either `url` or `command` is needed/);
  });
});
