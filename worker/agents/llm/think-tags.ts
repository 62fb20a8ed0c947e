/** A part of a model's text. */
export interface TaggedText {
  readonly kind: "text" | "thought";
  readonly text: string;
}

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * Takes what a model thinks aloud out of what it answers: models that run at home write `<think>…</think>` at the beginning of their
 * text. Only there: later on it may be what was asked for. Text comes in pieces, and what may become a tag is held back.
 */
export class ThinkTags {
  #held = "";
  /** `resuming`: the blank between its thoughts and its answer, which belongs to neither. */
  #state: "beginning" | "thinking" | "resuming" | "answering" = "beginning";

  push(piece: string): TaggedText[] {
    if (this.#state === "answering") return text(piece);
    if (this.#state === "resuming") return this.#resume(piece);
    this.#held += piece;
    if (this.#state === "beginning") {
      const begun = this.#held.trimStart();
      if (begun.startsWith(OPEN)) {
        this.#held = begun.slice(OPEN.length);
        this.#state = "thinking";
      } else if (!OPEN.startsWith(begun)) {
        return this.#answer(this.#held);
      } else {
        return [];
      }
    }
    const end = this.#held.indexOf(CLOSE);
    if (end >= 0) {
      const thought = this.#held.slice(0, end);
      return [...thoughts(thought), ...this.#resume(this.#held.slice(end + CLOSE.length))];
    }
    const keep = tailOf(this.#held);
    const thought = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(this.#held.length - keep);
    return thoughts(thought);
  }

  /** What is still held back, because no more text comes. */
  end(): TaggedText[] {
    const held = this.#held;
    this.#held = "";
    return this.#state === "thinking" ? thoughts(held) : text(held);
  }

  #resume(piece: string): TaggedText[] {
    const begun = piece.trimStart();
    if (begun !== "") return this.#answer(begun);
    this.#state = "resuming";
    this.#held = "";
    return [];
  }

  #answer(begun: string): TaggedText[] {
    this.#state = "answering";
    this.#held = "";
    return text(begun);
  }
}

/** How many characters at the end may be the beginning of the closing tag. */
function tailOf(held: string): number {
  for (let length = Math.min(CLOSE.length - 1, held.length); length > 0; length -= 1)
    if (CLOSE.startsWith(held.slice(held.length - length))) return length;
  return 0;
}

function text(piece: string): TaggedText[] {
  return piece === "" ? [] : [{ kind: "text", text: piece }];
}

function thoughts(piece: string): TaggedText[] {
  return piece === "" ? [] : [{ kind: "thought", text: piece }];
}
