import { client, ndJsonStream } from "@agentclientprotocol/sdk";
import { spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { acpAgent, scriptedArgv, type AcpScript } from "../support/acp-agents.ts";
import { TestAttempt } from "../support/attempts.ts";
import { median, type BenchResult } from "./result.ts";

const PAIRS = 25;
const MOST = 1.15;

/** What an agent says in a turn: three hundred pieces of a message, forty tool calls with their ends, eight questions. */
const call = {
  call: { times: 10, kind: "edit", title: "Edit", rawInput: { path: "a" }, locations: [{ path: "/srv/app/a" }] },
};
const ask = { storm: { times: 2, toolCall: { kind: "execute", title: "Run", rawInput: { command: "make" } } } };
const chunk = { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "some words of a message " } };
const quarter = [{ flood: { times: 75, update: chunk } }, call, ask, { wait: 25 }];
const SCRIPT: AcpScript = { turns: [[...quarter, ...quarter, ...quarter, ...quarter]] };

/** What the adapter adds to a prompt's turn, beside a client that is nothing but the SDK and looks at every update. */
export async function run(): Promise<BenchResult[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "planwright-bench-")));
  try {
    await ourTurn(folder);
    await bareTurn(folder);
    const pairs: { ours: number; bare: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // In turns, so that neither has the quieter half of the time.
      const first = pair % 2 === 0 ? await ourTurn(folder) : null;
      const bare = await bareTurn(folder);
      pairs.push({ ours: first ?? (await ourTurn(folder)), bare });
    }
    const ratio = median(pairs.map(({ ours, bare }) => ours / bare));
    return [
      {
        name: "ACP prompt turn, adapter over a bare SDK client",
        ours: median(pairs.map(({ ours }) => ours)),
        peer: median(pairs.map(({ bare }) => bare)),
        unit: "ms",
        ratio,
        limit: `ratio <= ${MOST}`,
        pass: ratio <= MOST,
        note: `${PAIRS} pairs; 300 pieces, 40 tool calls and 8 permissions in about 100 ms; loading and starting are not in it`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the prompt to its answer, as the record of messages has them. */
async function ourTurn(folder: string): Promise<number> {
  const agent = acpAgent(SCRIPT, { tools: { execute: "allow" }, loopLimit: 1_000 });
  const times: number[] = [];
  const attempt = new TestAttempt(folder, null, { agent, onMessage: () => times.push(performance.now()) });
  const { outcome } = await attempt.result;
  const [asked, answered, more] = times;
  if (outcome !== "succeeded" || asked === undefined || answered === undefined || more !== undefined)
    throw new Error("the turn failed");
  return answered - asked;
}

async function bareTurn(folder: string): Promise<number> {
  const [program = "", ...words] = scriptedArgv(SCRIPT);
  const child = spawn(program, words, { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  let updates = 0;
  const app = client({ name: "bare" })
    .onNotification("session/update", () => void (updates += 1))
    .onRequest("session/request_permission", ({ params: { options } }) => {
      const optionId = options.find(({ kind }) => kind === "allow_once")?.optionId ?? "";
      return { outcome: { outcome: "selected", optionId } };
    });
  const stream = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout));
  const connection = app.connect(stream);
  const { agent } = connection;
  await agent.request("initialize", { protocolVersion: 1, clientCapabilities: {} });
  const { sessionId } = await agent.request("session/new", { cwd: folder, mcpServers: [] });
  const from = performance.now();
  await agent.request("session/prompt", { sessionId, prompt: [{ type: "text", text: "Do it." }] });
  const duration = performance.now() - from;
  if (updates < 300) throw new Error(`only ${updates} updates`);
  connection.close();
  child.kill("SIGKILL");
  return duration;
}
