import { SymbolKind, type DocumentSymbol, type FoldingRange } from "vscode-languageserver/node";
import type { Reading } from "../../lint/reading.ts";
import type { Heading, Span, TaskPlace } from "../../lint/places.ts";
import { shown } from "../../lint/shown-text.ts";

/** Sections with their tasks, and tasks with their parts. */
export function symbolsOf(reading: Reading): DocumentSymbol[] {
  const { headings, tasks } = reading.outline;
  const roots: DocumentSymbol[] = [];
  const sections: { heading: Heading; symbol: DocumentSymbol }[] = [];
  const byTask = new Map<TaskPlace, DocumentSymbol>();
  const things = [
    ...headings.map((heading) => ({ at: heading.from, heading, place: null })),
    ...tasks.map((place) => ({ at: place.line.from, heading: null, place })),
  ].sort((a, b) => a.at - b.at || Number(a.place !== null) - Number(b.place !== null));
  for (const { heading, place, at } of things) {
    for (let open = sections.at(-1); open && open.heading.end <= at; open = sections.at(-1)) sections.pop();
    if (heading) {
      const symbol = sectionSymbol(reading, heading);
      (sections.at(-1)?.symbol.children ?? roots).push(symbol);
      sections.push({ heading, symbol });
    } else {
      const symbol = taskSymbol(reading, place);
      const parent = place.parents.at(-1);
      const siblings = (parent && byTask.get(parent)?.children) ?? sections.at(-1)?.symbol.children ?? roots;
      siblings.push(symbol);
      byTask.set(place, symbol);
    }
  }
  return roots;
}

/** Lists of symbols make icons of `$(name)`; a joiner that nobody sees keeps it text. */
function named(title: string): string {
  return shown(title).replaceAll("$(", "$\u2060(");
}

function sectionSymbol(reading: Reading, heading: Heading): DocumentSymbol {
  return {
    name: named(heading.title) || "(no title)",
    kind: SymbolKind.Namespace,
    range: reading.range({ from: heading.from, to: Math.max(heading.to, trimmedEnd(reading.text, heading.end)) }),
    selectionRange: reading.range(heading),
    children: [],
  };
}

function taskSymbol(reading: Reading, { task, line }: TaskPlace): DocumentSymbol {
  const detail = [task.ownId, task.state === "open" ? null : task.state].filter((one) => one !== null).join(" · ");
  return {
    name: named(task.title) || "(no title)",
    detail: shown(detail),
    kind: task.checkpoint ? SymbolKind.Event : SymbolKind.Function,
    range: reading.range({ from: line.from, to: Math.max(line.to, task.range.end) }),
    selectionRange: reading.range(line),
    children: [],
  };
}

/** Sections, tasks, the front matter and code blocks. */
export function foldsOf(reading: Reading): FoldingRange[] {
  const { headings, tasks, fences, front, body } = reading.outline;
  const spans: Span[] = [
    ...headings.map(({ from, end }) => ({ from, to: end })),
    ...tasks.map(({ line, task }) => ({ from: line.from, to: task.range.end })),
    ...fences,
    ...(front ? [{ from: 0, to: body }] : []),
  ];
  const seen = new Set<number>();
  return spans.flatMap(({ from, to }) => {
    const { start, end } = reading.range({ from, to: Math.max(from, trimmedEnd(reading.text, to)) });
    if (end.line <= start.line || seen.has(start.line)) return [];
    seen.add(start.line);
    return [{ startLine: start.line, endLine: end.line }];
  });
}

function trimmedEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}
