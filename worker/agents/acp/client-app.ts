import { randomUUID } from "node:crypto";
import type * as Sdk from "@agentclientprotocol/sdk";
import type { AttemptContext } from "../adapter.ts";
import type { Outcome } from "../../../schemas/failure.ts";
import { workingFolder } from "../workspace-path.ts";
import { placeOf, readForAgent, writeForAgent } from "./client-files.ts";
import type { ClientTerminals } from "./client-terminals.ts";
import type { PermissionDesk } from "./permission-desk.ts";
import type { KnownCall } from "./tool-calls.ts";
import type { Transcript } from "./transcript.ts";
import { readToolCall } from "./updates.ts";

export interface ClientAppOptions {
  readonly sdk: typeof Sdk;
  readonly context: Pick<AttemptContext, "folder">;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly desk: PermissionDesk;
  readonly transcript: Transcript;
  readonly terminals: ClientTerminals;
  /** A request that costs us something: agents that send too many of them have to wait. */
  readonly asked: () => void;
}

/**
 * What an agent may ask of us. Files and terminals are not offered, because agents have their own and one of them fails with ours; they
 * are there all the same, because another uses them regardless. What they do is decided like any other tool call.
 */
export function clientApp(options: ClientAppOptions): Sdk.ClientApp {
  const { sdk, context, desk, transcript, asked } = options;
  const app = sdk
    .client({ name: "planwright" })
    .onRequest("session/request_permission", async ({ params }) => {
      asked();
      const update = readToolCall(params.toolCall);
      if (update === null)
        throw sdk.RequestError.invalidParams(undefined, "a permission needs the tool call that it is for");
      transcript.take(update);
      const call = transcript.calls.get(update.toolCallId) ?? callOf("other", "", {});
      return { outcome: await desk.answer(call, params.options) };
    })
    .onRequest("fs/read_text_file", async ({ params }) => {
      asked();
      const place = valueOf(sdk, await placeOf(context.folder, params.path));
      await permitted(options, callOf("read", `read ${params.path}`, { path: params.path }));
      const part = { line: params.line ?? null, limit: params.limit ?? null };
      return { content: valueOf(sdk, await readForAgent(context.folder, place, part)) };
    })
    .onRequest("fs/write_text_file", async ({ params }) => {
      asked();
      const place = valueOf(sdk, await placeOf(context.folder, params.path));
      await permitted(options, callOf("edit", `write ${params.path}`, { path: params.path }));
      valueOf(sdk, await writeForAgent(context.folder, place, params.content));
      return {};
    });
  return withTerminals(app, options);
}

function withTerminals(app: Sdk.ClientApp, options: ClientAppOptions): Sdk.ClientApp {
  const { sdk, context, cwd, env, terminals, asked } = options;
  const gone = (): Error => sdk.RequestError.invalidParams(undefined, "there is no such terminal");
  return app
    .onRequest("terminal/create", async ({ params }) => {
      asked();
      const argv = [params.command, ...(params.args ?? [])];
      await permitted(options, callOf("execute", argv.join(" "), { command: argv }));
      const folder = params.cwd == null ? cwd : valueOf(sdk, await workingFolder(context.folder, params.cwd));
      const own = Object.fromEntries((params.env ?? []).map(({ name, value }) => [name, value]));
      const terminalId = terminals.create({ argv, cwd: folder, env: { ...env, ...own } });
      if (terminalId === null) throw sdk.RequestError.internalError(undefined, "too many terminals are open");
      return { terminalId };
    })
    .onRequest("terminal/output", ({ params }) => {
      const found = terminals.output(params.terminalId);
      if (found === null) throw gone();
      const { output, truncated, exit } = found;
      return { output, truncated, exitStatus: exit };
    })
    .onRequest("terminal/wait_for_exit", async ({ params }) => {
      const exit = await terminals.ended(params.terminalId);
      if (exit === null) throw gone();
      return exit;
    })
    .onRequest("terminal/kill", ({ params }) => {
      if (!terminals.kill(params.terminalId)) throw gone();
      return {};
    })
    .onRequest("terminal/release", async ({ params }) => {
      if (!(await terminals.release(params.terminalId))) throw gone();
      return {};
    });
}

/** Rejects the request when policy or a person says no. */
async function permitted({ sdk, desk }: ClientAppOptions, call: KnownCall): Promise<void> {
  const decision = await desk.decide(call, true);
  if (decision !== "allow") throw sdk.RequestError.invalidParams(undefined, `it was not allowed: ${call.title}`);
}

function callOf(kind: KnownCall["kind"], title: string, rawInput: unknown): KnownCall {
  const short = title.slice(0, 500).toWellFormed();
  return { id: randomUUID(), title: short, kind, status: "pending", locations: [], diffs: [], rawInput };
}

function valueOf<T>(sdk: typeof Sdk, outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw sdk.RequestError.invalidParams(undefined, outcome.failure.message);
}
