import assert from "node:assert/strict";
import fc from "fast-check";
import type { FromAgent } from "../../../../schemas/agent-protocol.ts";
import { MAX_MESSAGE_BYTES, MessageReader } from "../../../../worker/agents/process/message-reader.ts";

/** What comes of bytes that arrive in these chunks. */
function read(chunks: readonly (string | Buffer)[], isChannel = false) {
  const messages: FromAgent[] = [];
  const problems: string[] = [];
  const answered: (string | null)[] = [];
  const output: Buffer[] = [];
  const reader = new MessageReader(
    {
      message: (message) => messages.push(message),
      output: (bytes) => output.push(Buffer.from(bytes)),
      problem: (text, task) => {
        problems.push(text);
        answered.push(task);
      },
    },
    isChannel,
  );
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  reader.end();
  return { messages, problems, answered, output: Buffer.concat(output).toString() };
}

const HEARTBEAT = '{"type":"heartbeat"}\n';

describe("messages of process agents (D4)", () => {
  it("are told from what else is printed, which goes on as it came", () => {
    const { messages, output, problems } = read([`Hi\n${HEARTBEAT}{ "no": "message" }\n{broken\n`, "tail"]);
    assert.deepEqual(messages, [{ type: "heartbeat" }]);
    assert.equal(output, 'Hi\n{ "no": "message" }\n{broken\ntail');
    assert.deepEqual(problems, []);
  });

  it("are the same however their bytes are cut, and no byte of the rest is lost", () => {
    const line = fc.oneof(
      fc.constant(HEARTBEAT),
      fc
        .record({ type: fc.constant("decision"), task: fc.string(), message: fc.string() })
        .map((one) => `${JSON.stringify(one)}\n`),
      fc.string({ unit: "binary" }).map((text) => `${text.replaceAll("\n", "")}\n`),
      fc.constantFrom("{\n", '{"type":"ready"\n', "\n", '{"type":"unheard of"}\n'),
    );
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
        const bytes = Buffer.from(lines.join(""));
        const chunks: Buffer[] = [];
        let from = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(from, from + cut));
          from = Math.min(bytes.length, from + cut);
        }
        chunks.push(bytes.subarray(from));
        assert.deepEqual(read(chunks), read([bytes]));
        const rest = lines.filter((one) => !/^\{"type":"(heartbeat|decision)"/.test(one));
        assert.equal(read([bytes]).output, Buffer.from(rest.join("")).toString());
      }),
    );
  });

  it("say which task an answer was meant for that cannot be read, on either way, however it is cut", () => {
    const long = `{"task": "a", "type": "result", "result": "${"x".repeat(MAX_MESSAGE_BYTES)}"}\n`;
    const wrong = '{"type":"error","task":"b","message":5}\n{"type":"progress","task":"c","fraction":7}\n';
    for (const isChannel of [false, true]) {
      assert.deepEqual(read([long, wrong], isChannel).answered, ["a", "b", null]);
      assert.deepEqual(read([long.slice(0, 9), long.slice(9), wrong], isChannel).answered, ["a", "b", null]);
    }
  });

  it("say what is wrong with them, and a wrong one does not stop the next", () => {
    const { messages, problems, output } = read([
      `{"type":"progress","task":"a","fraction":7}\n{"type":"result"}\n${HEARTBEAT}`,
    ]);
    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? "", /type progress at fraction/);
    assert.match(problems[1] ?? "", /type result at task/);
    assert.deepEqual([messages.length, output], [1, ""]);
  });

  it("fault 22: arrive although their costs are nonsense: NaN, infinite, negative, text, a missing number", () => {
    for (const cost of [
      "NaN",
      '{"amount":NaN}',
      '{"amount": -Infinity }',
      '{"amount":-1}',
      '{"amount":1e999}',
      '"much"',
      "[]",
      '{"currency":5}',
    ]) {
      const { messages } = read([`{"type":"result","task":"a","result":1,"cost":${cost}}\n`]);
      const [message] = messages;
      assert.equal(message?.type, "result", cost);
      assert.ok(message?.type === "result" && message.cost !== undefined, cost);
    }
    const plain = read(['{"type":"cost","task":"a","cost":1.5}\n']).messages[0];
    assert.deepEqual(plain, { type: "cost", task: "a", cost: { amount: 1.5 } });
  });

  it("on a channel are everything: anything else is a mistake, but not Node's own words", () => {
    const { messages, problems, output } = read([`${HEARTBEAT}nonsense\n{"cmd":"NODE_HANDLE_ACK"}\n[1]\n`], true);
    assert.deepEqual([messages.length, output], [1, ""]);
    assert.deepEqual(
      problems.map((text) => text.slice(0, 27)),
      ["what it sent is no message:", "what it sent is no message:"],
    );
  });

  it("are bounded: a line without an end, a megabyte of one, and a hundred thousand brackets", () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const reader = read(['{"type":"log"', ...Array.from({ length: 40 }, () => piece), `\n${HEARTBEAT}`]);
    assert.deepEqual([reader.messages.length, reader.problems.length], [1, 1]);
    assert.equal(reader.output.length, 13 + 40 * piece.length + 1);
    const deep = `{"type":"result","task":"a","result":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`;
    assert.ok(deep.length < MAX_MESSAGE_BYTES);
    assert.deepEqual(read([deep, HEARTBEAT]).messages, [{ type: "heartbeat" }]);
    const text = `{"type":"log","message":"${"[".repeat(1_000)}"}\n`;
    assert.equal(read([text]).messages.length, 1, "brackets in a text are no nesting");
  });
});
