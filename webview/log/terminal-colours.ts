import Anser from "anser";
import type { VisibleRun } from "./visible-text.ts";

/** A colour of the terminal's sixteen, which the theme knows, or one of its own as red, green, blue. */
export type TerminalColour =
  | { readonly kind: "theme"; readonly name: string }
  | { readonly kind: "rgb"; readonly rgb: readonly [number, number, number] };

export interface TextStyle {
  readonly foreground: TerminalColour | null;
  readonly background: TerminalColour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strikethrough: boolean;
}

export interface StyledRun {
  readonly text: string;
  readonly mark: boolean;
  /** Null: as everything else. */
  readonly style: TextStyle | null;
}

const LEVELS = [0, 95, 135, 175, 215, 255] as const;

/**
 * Gives each run the look that the colour sequences before it ask for. What would hide text (conceal, blink) is left out. Colours
 * do not go on into another line.
 */
export function styledRuns(runs: readonly VisibleRun[]): StyledRun[] {
  const state = new Anser();
  let style: TextStyle | null = null;
  return runs.map(({ text, mark, sgr }) => {
    if (sgr !== null) style = styleAfter(state, sgr);
    return { text, mark, style };
  });
}

function styleAfter(state: Anser, sgr: string): TextStyle | null {
  const look = state.processChunkJson(`${knownParameters(sgr)}m`, { json: true, use_classes: true }, true);
  if (!look.was_processed) return null;
  const has = new Set(look.decorations);
  // The types know no null here, the program does.
  const colours = [colourOf(look.fg, look.fg_truecolor), colourOf(look.bg, look.bg_truecolor)];
  const [foreground = null, background = null] = has.has("reverse") ? reversed(colours) : colours;
  return {
    foreground,
    background,
    bold: has.has("bold"),
    dim: has.has("dim"),
    italic: has.has("italic"),
    underline: has.has("underline"),
    strikethrough: has.has("strikethrough"),
  };
}

/** Text and ground change places; where one of them is the theme's own, a colour that is near to it stands for it. */
function reversed([foreground, background]: (TerminalColour | null | undefined)[]): TerminalColour[] {
  return [background ?? { kind: "theme", name: "background" }, foreground ?? { kind: "theme", name: "foreground" }];
}

function colourOf(name: string | null, rgb: string | null): TerminalColour | null {
  if (name === null || name === "") return null;
  if (name === "ansi-truecolor") {
    const [red = 0, green = 0, blue = 0] = (rgb ?? "").split(",").map(Number);
    return { kind: "rgb", rgb: [red, green, blue] };
  }
  const index = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (index === undefined) return { kind: "theme", name: name.replace(/^ansi-/, "") };
  return { kind: "rgb", rgb: paletteColour(Number(index)) };
}

/** Of the 256 colours those from 16 on: a cube of 6 x 6 x 6, then 24 greys. */
function paletteColour(index: number): readonly [number, number, number] {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const place = index - 16;
  const level = (step: number): number => LEVELS[Math.floor(place / step) % 6] ?? 0;
  return [level(36), level(6), level(1)];
}

/** Parameters in the form with semicolons alone, without the colour of underlines, whose numbers would be read as other things. */
function knownParameters(sgr: string): string {
  const known: string[] = [];
  const words = sgr.split(";");
  for (let place = 0; place < words.length; place += 1) {
    const word = words[place] ?? "";
    const parts = word.split(":");
    const code = parts[0] ?? "";
    if (parts.length > 1) {
      if (code === "38" || code === "48") known.push(...withoutColourSpace(parts));
      else if (code === "4") known.push(parts[1] === "0" ? "24" : "4");
      else if (code !== "58") known.push(code);
    } else if (code === "58") place += words[place + 1] === "2" ? 4 : 2;
    else known.push(code);
  }
  return known.join(";");
}

function withoutColourSpace(parts: readonly string[]): string[] {
  const [code = "", mode = "", ...rest] = parts;
  return [code, mode, ...(mode === "2" ? rest.slice(-3) : rest.slice(0, 1))];
}
