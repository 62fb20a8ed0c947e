import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { Failure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";

/** What comes back over a raw socket: an answer, an error with its Failure, or a notification. */
const Frame = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), data: Failure }).optional(),
});
export type Frame = z.infer<typeof Frame>;

export function parseFrame(data: RawData): Frame {
  if (!Buffer.isBuffer(data)) throw new Error("ws hands text over in buffers");
  return Frame.parse(JSON.parse(data.toString("utf8")));
}

export function nextFrame(socket: WebSocket): Promise<Frame> {
  return new Promise((resolve) => {
    socket.once("message", (data) => {
      resolve(parseFrame(data));
    });
  });
}

let lastId = 0;

/** Sends one request that the typed client would not let through, and waits for the next frame. */
export function ask(socket: WebSocket, method: string, params: unknown): Promise<Frame> {
  const answer = nextFrame(socket);
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: (lastId += 1), method, params }));
  return answer;
}

/** Says hello in this version's protocol. */
export async function greeted(socket: WebSocket): Promise<WebSocket> {
  await ask(socket, "worker.hello", { protocol: PROTOCOL_VERSION, client: "test", version: "1.0.0" });
  return socket;
}

export function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
  });
}
