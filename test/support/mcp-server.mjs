// A server of the Model Context Protocol on its standard streams, without its SDK, so that it can also do what none should. The tools:
// `echo`, `add`, `slow` (tells of its progress until it is cancelled), `fails`, `picture`, `env`; the first argument is a way to misbehave.
import { createInterface } from "node:readline";

const [misbehaviour = "none"] = process.argv.slice(2);
const TEXT = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};
const NUMBERS = { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] };
const tools = [
  { name: "echo", inputSchema: TEXT },
  { name: "add", inputSchema: NUMBERS },
  { name: "ask", inputSchema: { type: "object", properties: { prompt: { type: "string" } }, required: ["prompt"] } },
  ...["slow", "fails", "picture", "env", "dies", "odd"].map((name) => ({ name, inputSchema: { type: "object" } })),
];

if (misbehaviour === "dies-at-once") process.exit(3);
console.error("server is up");
if (misbehaviour === "ignores-end") process.on("SIGTERM", () => {});
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => take(JSON.parse(line)));
lines.on("close", () => {
  if (misbehaviour !== "ignores-end") process.exit(0);
  setInterval(() => {}, 1_000);
});

function take({ id, method, params }) {
  if (method === "initialize" && misbehaviour !== "mute")
    answer(id, {
      protocolVersion: params.protocolVersion,
      capabilities: misbehaviour === "no-tools" ? {} : { tools: {}, logging: {} },
      serverInfo: { name: "test", version: "1" },
    });
  if (method === "tools/list") {
    const half = params?.cursor === undefined ? tools.slice(0, 3) : tools.slice(3);
    answer(id, { tools: half, ...(params?.cursor === undefined ? { nextCursor: "more" } : {}) });
  }
  if (method === "tools/call") call(id, params);
  if (method === "notifications/cancelled") {
    console.error(`cancelled ${params.requestId}`);
    process.exitCode = 0;
  }
}

function call(id, { name, arguments: given = {}, _meta = {} }) {
  switch (name) {
    case "echo":
      say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "warning", data: "I repeat" } });
      answer(id, { content: [{ type: "text", text: given.text }] });
      break;
    case "ask":
      answer(id, { content: [{ type: "text", text: given.prompt }] });
      break;
    case "add":
      answer(id, {
        content: [{ type: "text", text: `${given.a + given.b}` }],
        structuredContent: { sum: given.a + given.b },
      });
      break;
    case "fails":
      answer(id, { isError: true, content: [{ type: "text", text: "no such row" }] });
      break;
    case "picture":
      answer(id, { content: [{ type: "image", mimeType: "image/png", data: "AAAAAAAA" }] });
      break;
    case "env":
      answer(id, { content: [{ type: "text", text: JSON.stringify(process.env) }] });
      break;
    case "slow": {
      let done = 0;
      setInterval(() => {
        const progress = {
          progressToken: _meta.progressToken,
          progress: (done += 1),
          total: 1_000,
          message: "working",
        };
        say({ jsonrpc: "2.0", method: "notifications/progress", params: progress });
      }, 20);
      break;
    }
    case "dies":
      console.error("out of memory");
      process.exit(9);
      break;
    case "odd":
      answer(id, { content: [{ type: "hologram" }] });
  }
}

function answer(id, result) {
  if (misbehaviour === "chatty") process.stdout.write('this is no message\n{"neither": "is this"}\n');
  say({ jsonrpc: "2.0", id, result });
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
