import { HttpAnswer, type HttpRequest } from "../../../schemas/agent-protocol.ts";
import { parsedJson } from "../parsed-json.ts";

/** Deeper than any answer that somebody reads; recursive code downstream stays within its stack. */
const MAX_DEPTH = 100;

export type ReadAnswer =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  /** `text` is the beginning of what came, for the record. */
  | { readonly kind: "wrong"; readonly why: string; readonly text: string };

/** Reads an answer and compares it with the request that it must belong to. */
export function readAnswer(body: Uint8Array, request: Pick<HttpRequest, "id" | "correlationId">): ReadAnswer {
  const json = readBoundedJson(body);
  if (!json.ok) return { kind: "wrong", why: json.why, text: json.text };
  const wrong = (why: string): ReadAnswer => ({ kind: "wrong", why, text: json.text.slice(0, 1_000) });
  const parsed = HttpAnswer.safeParse(json.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    return wrong(`it is not an answer as agreed: ${field === "" ? "" : `${field}: `}${issue?.message ?? "unknown"}`);
  }
  const { id, correlationId } = parsed.data;
  if (id !== request.id) return wrong(`it answers request "${short(id)}", not "${request.id}"`);
  if (correlationId !== request.correlationId)
    return wrong(`its correlation id is "${short(correlationId)}", not "${request.correlationId}"`);
  return { kind: "answer", answer: parsed.data };
}

export type BoundedJson =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly why: string; readonly text: string };

/** JSON of a stranger: valid UTF-8, not nested deeper than anything that makes sense. */
export function readBoundedJson(body: Uint8Array): BoundedJson {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    const beginning = new TextDecoder().decode(body.subarray(0, 1_000));
    return { ok: false, why: "it is not UTF-8", text: beginning };
  }
  const bad = (why: string): BoundedJson => ({ ok: false, why, text: text.slice(0, 1_000).toWellFormed() });
  if (text.trim() === "") return bad("it is empty");
  if (isDeep(text)) return bad(`it is nested deeper than ${MAX_DEPTH} levels`);
  const value = parsedJson(text);
  return value === undefined
    ? bad(`it is not JSON: ${JSON.stringify(text.slice(0, 60).toWellFormed())}`)
    : { ok: true, value, text };
}

function isDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isString = false;
    } else if (code === QUOTE) isString = true;
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
