import { failure, type Failure } from "../../../schemas/failure.ts";
import { formatDuration } from "../../../schemas/duration.ts";
import type { AttemptSink } from "../adapter.ts";
import type { Endpoints } from "../http/endpoints.ts";
import type { Stops } from "../stoppable.ts";
import type { ModelPiece, ModelQuestion, ModelStop, ModelStream, ModelUsage } from "./model-answer.ts";
import { keyOf } from "./model-keys.ts";
import type { ModelPorts } from "./model-ports.ts";

/** Longer answers are cut: nobody asked for a book, and they are held in memory. In UTF-16 code units. */
const MOST_TEXT = 4_000_000;
/** Of what a model thinks aloud, so much is noted. */
const MOST_THOUGHT = 100_000;

/** What came of asking. */
export interface Asked {
  readonly text: string;
  readonly stop: ModelStop;
  readonly usage: ModelUsage | null;
  /** As the service names the model that answered; null: it did not say. */
  readonly model: string | null;
  readonly failure: Failure | null;
  /** Whether it may have cost something. */
  readonly isSent: boolean;
}

export interface AskingPorts {
  readonly agentId: string;
  readonly sink: AttemptSink;
  readonly ports: ModelPorts;
  readonly stops: Pick<Stops, "signal" | "isStopped">;
  readonly endpoints: Endpoints;
}

/** Asks the addresses of a model's service in turn until one begins to answer. */
export async function askModel(question: ModelQuestion, asking: AskingPorts): Promise<Asked> {
  const { sink, stops, endpoints, agentId, ports } = asking;
  const { settings } = question;
  if (settings.provider === "vscode") {
    sink.log("info", `asks ${settings.model} of VS Code`);
    return heard(question, asking, (signal) => ports.models.editor.ask(question, signal), "VS Code");
  }
  const [{ askService }, { placesOf }] = await Promise.all([import("./service-model.ts"), import("./services.ts")]);
  const found = keyOf(settings, ports.models.secret);
  const key = found.kind === "key" ? found.value : null;
  const urls = endpoints.order(agentId, placesOf(settings));
  let asked = nothing(failure("agent_unavailable", "it has no address"));
  for (const [index, url] of urls.entries()) {
    if (stops.isStopped) return asked;
    const where = new URL(url).host;
    sink.log("info", `asks ${settings.model} at ${where}`);
    asked = await heard(question, asking, (signal) => askService(question, { url, key, where }, signal), where);
    if (asked.failure === null || asked.text !== "" || !asked.isOfPlace) {
      endpoints.answered(url);
      return asked;
    }
    endpoints.failed(url);
    if (urls[index + 1] !== undefined) sink.log("warn", `${asked.failure.message}; the next address is tried`);
  }
  return asked;
}

/** `isOfPlace`: another address may do better. */
type Heard = Asked & { readonly isOfPlace: boolean };

function nothing(reason: Failure): Heard {
  return { text: "", stop: "other", usage: null, model: null, failure: reason, isSent: false, isOfPlace: false };
}

/** Listens to one answer until its end; gives up when it does not begin in time. */
async function heard(
  { settings }: ModelQuestion,
  { sink, stops, ports }: AskingPorts,
  ask: (signal: AbortSignal) => ModelStream,
  where: string,
): Promise<Heard> {
  const giveUp = new AbortController();
  let isLate = false;
  const timer = ports.clock.after(settings.beginWithin, () => {
    isLate = true;
    giveUp.abort();
  });
  const listener = new Listener(sink);
  let last: Extract<ModelPiece, { kind: "end" | "failed" }> | null = null;
  const signal = AbortSignal.any([stops.signal, giveUp.signal]);
  for await (const piece of ask(signal)) {
    if (signal.aborted) break;
    // A name of a model and an empty beginning are no sign that it has begun.
    if (piece.kind === "text" || piece.kind === "thought") timer.cancel();
    if (piece.kind === "end" || piece.kind === "failed") last = piece;
    else listener.take(piece);
    if (listener.isFull) {
      giveUp.abort();
      break;
    }
  }
  timer.cancel();
  const { text, model } = listener.end();
  const common = { text, model, usage: null, stop: "other" as const, isOfPlace: false, isSent: true };
  if (stops.isStopped) return { ...common, failure: null };
  if (isLate) {
    const patience = formatDuration(settings.beginWithin);
    const late = failure("timeout", `${where} did not begin to answer within ${patience}`);
    return { ...common, failure: late, isOfPlace: true };
  }
  if (listener.isFull) {
    const long = `the answer is longer than ${MOST_TEXT.toLocaleString("en-US")} characters and was cut off`;
    return { ...common, failure: failure("agent_error", long) };
  }
  if (last === null) return { ...common, stop: "cut", failure: null };
  if (last.kind === "failed")
    return { ...common, failure: last.failure, isOfPlace: last.isOfPlace, isSent: last.isSent || text !== "" };
  return { ...common, stop: last.stop, usage: last.usage, failure: null };
}

/** Puts the pieces of an answer together, and passes them on as they come. */
class Listener {
  readonly #sink: AttemptSink;
  #text = "";
  #thought = "";
  #thoughts = 0;
  #model: string | null = null;

  constructor(sink: AttemptSink) {
    this.#sink = sink;
  }

  get isFull(): boolean {
    return this.#text.length > MOST_TEXT;
  }

  take(piece: Extract<ModelPiece, { kind: "text" | "thought" | "model" }>): void {
    if (piece.kind === "model") {
      this.#model = piece.model;
      return;
    }
    if (piece.kind === "thought") {
      this.#think(piece.text);
      return;
    }
    this.#tellThought();
    this.#text += piece.text;
    this.#sink.output("stdout", Buffer.from(piece.text));
  }

  end(): { text: string; model: string | null } {
    this.#tellThought();
    return { text: this.#text, model: this.#model };
  }

  /** One note a paragraph. */
  #think(text: string): void {
    this.#thought += text;
    for (;;) {
      const at = this.#thought.indexOf("\n\n");
      if (at < 0) return;
      this.#note(this.#thought.slice(0, at));
      this.#thought = this.#thought.slice(at + 2);
    }
  }

  #tellThought(): void {
    this.#note(this.#thought);
    this.#thought = "";
  }

  #note(thought: string): void {
    if (thought.trim() === "" || this.#thoughts > MOST_THOUGHT) return;
    this.#thoughts += thought.length;
    this.#sink.log("debug", thought.trim(), { type: "thought" });
  }
}
