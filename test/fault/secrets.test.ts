import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CliWorld } from "../support/cli.ts";

/** Values that nobody may find again. None of them stands in a spec. */
const CANARIES = {
  worker: "canary-of-the-worker-1f7d",
  named: "canary-of-a-name-2e8c",
  agent: "canary-of-the-agent-3d9b",
  pattern: "CUST-771188",
} as const;

const PRINTS = [
  // In two halves, with time between them; at a character; in a line that is not UTF-8; across 64 KiB.
  "import base64, os, sys, time",
  "w = os.environ['SHARED_VALUE']",
  "o = sys.stdout.buffer",
  "for part in (w[:9], w[9:]):",
  "    o.write(part.encode()); o.flush(); time.sleep(0.05)",
  "o.write(b'\\n\\xff\\xfe ' + w.encode() + b' \\xff\\n')",
  "o.write(b'x' * 65530 + w.encode() + b'\\n')",
  "o.write(base64.b64encode(('joe:' + w).encode()) + b'\\n')",
  "o.write((w[:12] + '\\n' + w[12:] + '\\n').encode())",
  "print(os.environ['AGENT_TOKEN'], os.environ['NAMED_VALUE'], 'CUST-' + '771188', file=sys.stderr)",
  "print('last words: ' + w, file=sys.stderr)",
  "sys.exit(3)",
].join("\n");

/** Everything below a folder, as bytes; also what is not meant to be read. */
function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) yield* filesBelow(path);
    else if (found?.isFile() === true) yield path;
  }
}

function assertClean(text: string, where: string): void {
  const flat = text.replace(/\r?\n/g, "");
  for (const [name, canary] of Object.entries(CANARIES)) {
    const base64 = Buffer.from(`joe:${canary}`).toString("base64").slice(8, -4);
    for (const form of [canary, base64]) assert.ok(!flat.includes(form), `the secret of ${name} is in ${where}`);
  }
}

describe("SEC21: secrets that are printed are neither kept nor sent (K4)", function () {
  this.timeout(60_000);
  let world: CliWorld;

  beforeEach(() => {
    world = new CliWorld();
  });

  afterEach(() => world.remove());

  it("however they are printed: in pieces, broken into lines, encoded, in bytes that are no text", async () => {
    const agent = {
      id: "printer",
      name: "Printer",
      capabilities: [{ name: "code_generation" }],
      adapter: {
        kind: "command",
        argv: ["python3", "print.py"],
        env: { AGENT_TOKEN: CANARIES.agent, NAMED_VALUE: CANARIES.named, SHARED_VALUE: CANARIES.worker },
      },
    };
    world.write("print.py", PRINTS);
    world.write(".planwright/agents.json", JSON.stringify({ agents: [agent] }));
    world.write(
      ".planwright/settings.json",
      JSON.stringify({ redaction: { variables: ["NAMED_VALUE"], patterns: ["CUST-[0-9]+"] } }),
    );
    world.write("a.spec.md", "# A\n\n- [ ] Print\n  - agent: printer\n  - retries: 0\n  - timeout: 30s\n");
    const environment = { SERVICE_API_KEY: CANARIES.worker };
    const ran = await world.start(["run", "a.spec.md", "--yes", "--unattended"], environment).result;
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stdout, /last words: \[redacted\]/);
    const outputs = {
      run: ran,
      logs: await world.run("logs"),
      json: await world.run("logs", "--json"),
      report: await world.run("report", "latest"),
      "report in JSON": await world.run("report", "latest", "--json"),
      status: await world.run("status", "latest", "--json"),
      doctor: await world.run("doctor"),
    };
    for (const [name, { stdout, stderr }] of Object.entries(outputs)) assertClean(stdout + stderr, name);
    assert.equal(
      outputs.logs.stdout.match(/\[redacted\]/g)?.length,
      11,
      outputs.logs.stdout.replaceAll("x".repeat(100), ""),
    );
    const bytes = outputs.json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => /"bytes":"([^"]+)"/.exec(line)?.[1])
      .find((one) => one !== undefined);
    assert.equal(Buffer.from(bytes ?? "", "base64").toString("latin1"), "\xff\xfe [redacted] \xff");
    assert.match(outputs.json.stdout, /"redacted":1/);
    await world.run("backup");
    await world.endWorker("SIGTERM");
    let files = 0;
    for (const path of [...filesBelow(join(world.folder, ".planwright")), ...filesBelow(world.stateHome)]) {
      if (path.endsWith("agents.json")) continue;
      files += 1;
      assertClean(readFileSync(path, "latin1"), path);
    }
    assert.ok(files > 5);
  });
});
