import type { SpecDocument } from "../../schemas/spec.ts";
import { readFrontMatter } from "../spec/front-matter.ts";
import { parseBlocks } from "../spec/markdown.ts";
import { SourceText } from "../spec/source-text.ts";
import { readYaml } from "../spec/yaml-value.ts";
import { jsonOutline } from "./json-outline.ts";
import { MarkdownOutline } from "./markdown-outline.ts";
import type { FrontMatterPlace, Heading, Outline } from "./places.ts";
import { namesInWaves, wavesIn } from "./wave-places.ts";

/** Finds the places of what the parser understood. Follows the same blocks, so that it cannot disagree with it. */
export function outlineOf(text: string, document: SpecDocument): Outline {
  if (document.dialect === "taskmaster") return jsonOutline(text, document);
  const source = new SourceText(text);
  const body = readFrontMatter(source).bodyStart;
  const blank = " ".repeat(Math.max(0, body - 1)) + (body > 0 ? "\n" : "");
  const reader = new MarkdownOutline(source, document);
  // What the parser refuses to read is not read here either.
  const isRefused = document.tasks.length === 0 && document.diagnostics.some(({ code }) => code === "too-large");
  if (!isRefused) reader.read(parseBlocks(blank + source.text.slice(body)));
  const waves = document.dialect === "kiro" ? wavesIn(source, reader.fences, reader.headings) : null;
  return {
    tasks: reader.tasks,
    byId: new Map(reader.tasks.map((place) => [place.task.id, place])),
    headings: withEnds(reader.headings, text.length),
    mentions: waves ? namesInWaves(text, waves) : [],
    waves,
    fences: reader.fences,
    front: frontMatter(source, body),
    body,
  };
}

function withEnds(headings: readonly Omit<Heading, "end">[], end: number): Heading[] {
  const closed: Heading[] = [];
  const open: Omit<Heading, "end">[] = [];
  const ends = new Map<Omit<Heading, "end">, number>();
  for (const heading of headings) {
    for (let last = open.at(-1); last && last.level >= heading.level; last = open.at(-1)) {
      ends.set(last, heading.from);
      open.pop();
    }
    open.push(heading);
  }
  for (const heading of headings) closed.push({ ...heading, end: ends.get(heading) ?? end });
  return closed;
}

function frontMatter(source: SourceText, body: number): FrontMatterPlace | null {
  if (body === 0) return null;
  const from = source.lineStart(2);
  const to = Math.max(from, source.lineStart(source.lineAt(body - 1)));
  const { value } = readYaml(source.text.slice(from, to));
  return { from, to, entries: value.kind === "map" ? value.entries : [] };
}
