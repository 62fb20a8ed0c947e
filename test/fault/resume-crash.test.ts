import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Plan } from "../../schemas/plan.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { ExecutionView } from "../../schemas/execution.ts";
import { CliWorld, endProcess } from "../support/cli.ts";

/**
 * Tells in `marks` that it began and ended, and in `overlaps` when another process of the same step is alive. What it makes is in
 * `out/`.
 */
const task = (id: string, title: string, makes: string, attributes = ""): string => `- [ ] ${title}
  - id: ${id}${attributes}
  - output: out/${id}

  \`\`\`sh
  if [ -f pid-${id} ] && grep -q 'State:.[^Z]' "/proc/$(cat pid-${id})/status"; then echo ${id} >> overlaps; fi
  echo $$ > pid-${id}
  echo "+${id}" >> marks
  sleep 0.05
  mkdir -p out
  ${makes} > out/${id}
  echo "-${id}" >> marks
  \`\`\`
`;

/** Two side by side, one that fails the first time and is tried again, and one that puts everything together. */
const SPEC = [
  task("left", "[P] Left", "echo left"),
  task("right", "[P] Right", "echo right"),
  task(
    "again",
    "Again",
    "{ [ -f tried ] || { touch tried; exit 1; }; echo again; }",
    "\n  - retries: 1\n  - backoff: 20ms",
  ),
  task("all", "All", "cat out/left out/right out/again"),
].join("");
const OUTPUT = "left\nright\nagain\n";

describe("fault 1: kill -9 of the worker at any event, then planwright resume (C9)", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let planId: string;
  before(async () => {
    world = new CliWorld();
    world.write("crash.spec.md", SPEC);
    ({ planId } = await world.json(Plan, "plan", "crash.spec.md"));
    assert.equal((await world.run("approve", planId)).code, 0);
  });
  after(() => world.remove());
  beforeEach(() => clean());

  function clean(): void {
    for (const name of readdirSync(world.folder))
      if (!name.startsWith(".") && !name.endsWith(".md")) rmSync(join(world.folder, name), { recursive: true });
  }

  /** Does something with a client, and kills the worker when the event `seq` is known to be stored, or `delayMs` later. */
  async function killAt(
    act: (client: Awaited<ReturnType<CliWorld["connect"]>>) => Promise<string>,
    seq: number,
    delayMs = 0,
  ): Promise<{ executionId: string; seen: ExecutionEvent[]; ended: boolean }> {
    const client = await world.connect();
    const pid = world.workerPid();
    assert.ok(pid !== null);
    const seen: ExecutionEvent[] = [];
    let ended = false;
    try {
      const executionId = await act(client);
      const reached = Promise.withResolvers<void>();
      await client.subscribe({ kind: "execution", executionId }, (batch) => {
        if (batch.kind !== "execution") return;
        seen.push(...batch.events);
        ended = batch.end;
        if (batch.after < seq && !ended) return;
        if (delayMs === 0) process.kill(pid, "SIGKILL");
        setTimeout(() => reached.resolve(), delayMs);
      });
      await reached.promise;
      return { executionId, seen, ended };
    } finally {
      client.dispose();
      await endProcess(pid, "SIGKILL");
    }
  }

  const start = async (client: Awaited<ReturnType<CliWorld["connect"]>>): Promise<string> =>
    (await client.call("execution.start", { planId, writeBack: false, commandId: crypto.randomUUID() })).executionId;

  const finishedSteps = (seen: readonly ExecutionEvent[]): string[] =>
    seen.flatMap((event) => (event.type === "step.finished" ? [event.stepId] : []));

  /** Resumes an execution to its end. What holds then, wherever it was interrupted; `done` had finished before. */
  async function resumeToEnd(executionId: string, done: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await world.run("resume", executionId, "--json");
    assert.equal(code, 0, stdout + stderr);
    const execution = ExecutionView.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
    assert.equal(execution.status, "completed");
    assert.equal(world.read("out/all"), OUTPUT, "the outputs of an undisturbed run");
    assert.deepEqual(world.lines("overlaps"), [], "nothing started beside a process of the dead worker");
    const marks = world.lines("marks");
    for (const { id } of execution.steps) {
      const ends = marks.filter((mark) => mark === `-${id}`).length;
      assert.ok(ends >= 1, `${id} ran`);
      if (done.includes(id)) assert.equal(ends, 1, `${id} had finished and was not run again`);
    }
  }

  it("at every stored event of the run: it completes, what had finished ran once, and the outputs are the same", async () => {
    const moments = new Set<string>();
    // Events of one commit arrive together, so the next one to stop at is the first that was not stored yet.
    for (let seq = 1, isOver = false, round = 0; !isOver; round += 1) {
      clean();
      const { executionId, seen, ended } = await killAt(start, seq, round % 2 === 0 ? 0 : 30);
      isOver = ended;
      const done = finishedSteps(seen);
      moments.add(`${seen.at(-1)?.type ?? ""} ${done.join()}`);
      await resumeToEnd(executionId, done);
      seq = (seen.at(-1)?.seq ?? seq) + 1;
    }
    assert.ok(moments.size >= 3, `killed at different moments: ${[...moments].join("; ")}`);
  });

  it("again while it is resumed, and again: nothing is lost, and finished steps stay finished", async () => {
    const { executionId, seen } = await killAt(start, 4);
    const done = new Set(finishedSteps(seen));
    const resume = async (client: Awaited<ReturnType<CliWorld["connect"]>>): Promise<string> => {
      await client.call("execution.resume", { executionId, commandId: crypto.randomUUID() });
      return executionId;
    };
    let last = seen.at(-1)?.seq ?? 0;
    for (let round = 0; round < 2; round += 1) {
      const again = await killAt(resume, last + 3);
      assert.ok(again.seen.length > last, "the record only grows");
      for (const id of finishedSteps(again.seen)) done.add(id);
      last = again.seen.at(-1)?.seq ?? last;
    }
    await resumeToEnd(executionId, [...done]);
  });

  it("before the answer to resume arrives: a second resume goes on", async () => {
    const { executionId, seen } = await killAt(start, 3);
    const first = world.start(["resume", executionId]);
    // The worker that this command starts is killed as soon as there is one.
    const dead = world.workerPid();
    while (world.workerPid() === dead || world.workerPid() === null)
      await new Promise((resolve) => setTimeout(resolve, 2));
    await world.endWorker("SIGKILL");
    await first.result;
    await resumeToEnd(executionId, finishedSteps(seen));
  });

  it("two resumes at the same moment are one, and the boxes are ticked at the end", async () => {
    const command = world.start(["run", "crash.spec.md"]);
    await command.printed("▶ Again");
    await world.endWorker("SIGKILL");
    await command.result;
    const results = await Promise.all([world.run("resume"), world.run("resume")]);
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
      results.map(({ stderr }) => stderr).join(),
    );
    assert.deepEqual(world.lines("overlaps"), []);
    assert.equal(world.lines("marks").filter((mark) => mark === "+left").length, 1);
    assert.equal(world.read("crash.spec.md").match(/\[x\]/g)?.length, 4);
    assert.equal(world.read("out/all"), OUTPUT);
  });

  it("fault 24: a step that must not simply run again is asked about, and skip goes on without it", async () => {
    world.write(
      "once.spec.md",
      "- [ ] Pay\n  - id: pay\n  - idempotent: no\n  - command: echo pay >> marks; sleep 30\n- [ ] Then\n  - command: echo then >> marks\n",
    );
    const command = world.start(["run", "once.spec.md", "--yes"]);
    await command.printed("▶ Pay");
    while (world.lines("marks").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await world.endWorker("SIGKILL");
    await command.result;
    assert.equal((await world.run("resume")).code, 3);
    const [decision] = await world.inbox();
    assert.equal(decision?.kind, "interrupted");
    assert.deepEqual(world.lines("marks"), ["pay"]);
    assert.equal((await world.run("answer", "skip")).code, 0);
    assert.equal((await world.run("resume")).code, 0);
    assert.deepEqual(world.lines("marks"), ["pay", "then"]);
  });
});
