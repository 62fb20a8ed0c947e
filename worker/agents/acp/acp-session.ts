import type { ClientConnection } from "@agentclientprotocol/sdk";
import { failure, FailureError } from "../../../schemas/failure.ts";
import { VERSION } from "../../../schemas/version.ts";
import type { AttemptContext, AttemptSink } from "../adapter.ts";
import type { KnownAgent } from "./known-agents.ts";
import type { AcpAgent } from "./launch.ts";
import { choicesOf, Initialized, modelOf, NewSession, optionOf, PromptAnswer } from "./session-answers.ts";
import type { UsageMeter } from "./usage-meter.ts";

export interface AcpSessionOptions {
  readonly connection: ClientConnection;
  readonly agent: AcpAgent;
  readonly known: KnownAgent | null;
  readonly context: AttemptContext;
  /** Real path of the folder that it works in. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly meter: UsageMeter;
  readonly sink: Pick<AttemptSink, "log" | "message">;
}

const PROTOCOL_VERSION = 1;
/** `auth_required` and `method_not_found` of the protocol. */
const AUTH_REQUIRED = -32000;
const METHOD_NOT_FOUND = -32601;

/** What we ask an agent, in the order of a session. Rejects with an RPC error of the agent, or with a FailureError. */
export class AcpSession {
  readonly #options: AcpSessionOptions;
  #initialized: Initialized | null = null;
  #id: string | null = null;
  #turns = 0;
  #isPrompted = false;

  constructor(options: AcpSessionOptions) {
    this.#options = options;
  }

  /** Null before it is open. */
  get id(): string | null {
    return this.#id;
  }

  /** Turns that have ended. */
  get turns(): number {
    return this.#turns;
  }

  async initialize(): Promise<void> {
    const { connection, agent } = this.#options;
    const answer = await connection.agent.request("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "planwright", title: "Planwright", version: VERSION },
    });
    const read = Initialized.safeParse(answer);
    if (!read.success) throw this.#wrong("initialize");
    const { protocolVersion } = read.data;
    if (protocolVersion !== PROTOCOL_VERSION) {
      const text = `agent ${agent.id} speaks version ${protocolVersion} of the Agent Client Protocol, and version ${PROTOCOL_VERSION} is needed: update it`;
      throw new FailureError(failure("protocol_error", text));
    }
    this.#initialized = read.data;
  }

  /** Begins a new session in the folder, in the mode in which it asks before it acts, with the model that was chosen. */
  async open(): Promise<void> {
    const session = await this.#new().catch(async (error: unknown) => {
      const method = this.#keyLogin();
      if (codeOf(error) !== AUTH_REQUIRED || method === null) throw error;
      await this.#options.connection.agent.request("authenticate", { methodId: method });
      return this.#new();
    });
    this.#id = session.sessionId;
    await this.#chooseMode(session);
    await this.#chooseModel(session);
  }

  /** One turn. Resolves when it has ended. */
  async prompt(text: string): Promise<PromptAnswer> {
    const { connection, sink } = this.#options;
    const params = { sessionId: this.#opened(), prompt: [{ type: "text" as const, text }] };
    sink.message("request", { method: "session/prompt", params });
    this.#isPrompted = true;
    try {
      const read = PromptAnswer.safeParse(await connection.agent.request("session/prompt", params));
      if (!read.success) throw this.#wrong("session/prompt");
      const { stopReason } = read.data;
      sink.message("response", { method: "session/prompt", stopReason });
      sink.log("debug", `the turn has ended: ${stopReason.slice(0, 200)}`, { type: "turn", stopReason });
      return read.data;
    } finally {
      this.#isPrompted = false;
      this.#turns += 1;
    }
  }

  /** Asks it to end its turn, if there is one. */
  cancel(): void {
    if (this.#id === null || !this.#isPrompted) return;
    // Where the connection is gone, there is nothing to cancel.
    this.#options.connection.agent.notify("session/cancel", { sessionId: this.#id }).catch(() => undefined);
  }

  async #new(): Promise<NewSession> {
    const { connection, known, context, cwd } = this.#options;
    const usd = context.currency === "USD" ? context.allowance : null;
    const meta = known?.sessionMeta?.({ usd });
    const answer = await connection.agent.request("session/new", {
      cwd,
      mcpServers: [],
      ...(meta === undefined ? {} : { _meta: meta }),
    });
    const read = NewSession.safeParse(answer);
    if (!read.success) throw this.#wrong("session/new");
    return read.data;
  }

  /** A way to log in with a key that is there; null: only a person can. */
  #keyLogin(): string | null {
    const { known, env } = this.#options;
    const offered = this.#initialized?.authMethods?.map(({ id }) => id) ?? [];
    const login = known?.keyLogins.find(
      ({ variable, method }) => (env[variable] ?? "") !== "" && offered.includes(method),
    );
    return login?.method ?? null;
  }

  async #chooseMode(session: NewSession): Promise<void> {
    const { connection, agent, known } = this.#options;
    const wanted = known?.modes[agent.permissions] ?? [];
    if (wanted.length === 0) return;
    const sessionId = this.#opened();
    const { modes } = session;
    const mode = wanted.find((id) => modes?.availableModes.some((one) => one.id === id));
    if (modes && mode !== undefined) {
      if (modes.currentModeId !== mode) await connection.agent.request("session/set_mode", { sessionId, modeId: mode });
      return;
    }
    const option = optionOf(session, "mode");
    const value = wanted.find((id) => choicesOf(option?.options).includes(id));
    if (option === null || value === undefined || option.currentValue === value) return;
    await connection.agent.request("session/set_config_option", { sessionId, configId: option.id, value });
  }

  async #chooseModel(session: NewSession): Promise<void> {
    const { connection, agent, known, meter } = this.#options;
    const { model } = agent.adapter;
    const own = modelOf(session);
    if (own !== null) meter.uses(own);
    if (model === null || own === model || known?.modelArgs != null || known?.modelVariable != null) return;
    const sessionId = this.#opened();
    const option = optionOf(session, "model");
    if (option !== null) {
      await connection.agent.request("session/set_config_option", { sessionId, configId: option.id, value: model });
    } else if (session.models) {
      await connection.agent.request("session/set_model", { sessionId, modelId: model });
    } else {
      const text = `agent ${agent.id} does not let its model be chosen: leave "model" out of its definition, or choose it in its own settings`;
      throw new FailureError(failure("agent_error", text));
    }
  }

  #opened(): string {
    if (this.#id === null) throw new Error("the session is not open yet");
    return this.#id;
  }

  #wrong(method: string): FailureError {
    const text = `agent ${this.#options.agent.id} gave an answer to ${method} that is not what the Agent Client Protocol says`;
    return new FailureError(failure("protocol_error", text));
  }
}

/** Of an RPC error; null: it is none. */
export function codeOf(error: unknown): number | null {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : null;
}

/** Whether an agent does not know what every agent must. */
export function isUnknownMethod(error: unknown): boolean {
  return codeOf(error) === METHOD_NOT_FOUND;
}
