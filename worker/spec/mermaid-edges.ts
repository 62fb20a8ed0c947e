import { taskNumber, type Wave } from "./wave-graph.ts";

interface Node {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  label: string | null;
  readonly after: Set<Node>;
}

/** Longer lines are no diagram that a person drew. */
const LINE_LIMIT = 2_000;
/** More would be drawn by nobody, and few words can mean many: `a & b & c --> d & e & f`. */
const EDGE_LIMIT = 200_000;
const NAME = /(?:[\p{L}\p{N}_.]|-(?![-.>=]))+/uy;
const LABEL = /[ \t]*(?:[[({]{1,3}|>)[/\\]?(?:"([^"]*)"|([^\])}"]*))[/\\]?[\])}]{1,3}/y;
const CLASS = /:::[\w-]+/y;
const ARROW =
  /[ \t]*(?:[ox<]?(?:-{2,}|={2,})(?:[ \t][^\n>|]*?[ \t](?:-{2,}|={2,}))?>|-\.+-?>)(?:[ \t]*\|[^|]*\|)?[ \t]*/y;
const AND = /[ \t]*&[ \t]*/y;
const OTHER =
  /^(?:graph|flowchart|subgraph|end|style|classDef|class|linkStyle|click|direction|title|accTitle|accDescr)\b/;

/**
 * The edges of a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), as waves of one task each: `T1 --> T2` lets T2 come
 * after T1. The task of a node is the number at the beginning of its label, or its name; a node without one only joins others.
 */
export function readEdges(text: string, start: number, end: number): Wave[] {
  const nodes = new Map<string, Node>();
  let edges = 0;
  for (let from = start; from < end && edges <= EDGE_LIMIT;) {
    const at = text.indexOf("\n", from);
    const to = at < 0 || at > end ? end : at;
    if (to - from <= LINE_LIMIT) edges += readLine(text.slice(from, to), from, nodes);
    from = to + 1;
  }
  if (edges === 0 || edges > EDGE_LIMIT) return [];
  const named = [...nodes.values()].filter((node) => taskOf(node) !== null);
  // A drawing of something else.
  if (named.length < 2) return [];
  const indexes = new Map([...nodes.values()].map((node, index) => [node, index]));
  return [...nodes.values()].map((node): Wave => {
    const id = taskOf(node);
    return {
      name: node.name,
      tasks: id === null ? [] : [{ id, start: node.start, end: node.end }],
      after: [...node.after].flatMap((before) => indexes.get(before) ?? []),
    };
  });
}

/** The task that a node stands for: the number at the beginning of its label, or its name. */
function taskOf({ name, label }: Node): string | null {
  const first = /^\s*(?:task\s+)?[^\s:]*/i.exec(label ?? "")?.[0] ?? "";
  return taskNumber(first) ?? taskNumber(name);
}

/** Returns how many edges the line has. */
function readLine(line: string, offset: number, nodes: Map<string, Node>): number {
  let at = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  if (OTHER.test(line.slice(at)) || line.startsWith("%%", at)) return 0;
  let edges = 0;
  let before: Node[] = [];
  let group: Node[] = [];
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    const from = at;
    const name = take(NAME)?.[0];
    if (name === undefined) return edges;
    const node = nodes.get(name) ?? { name, start: offset + from, end: offset + at, label: null, after: new Set() };
    nodes.set(name, node);
    const label = take(LABEL);
    if (label) node.label ??= label[1] ?? label[2] ?? null;
    take(CLASS);
    group.push(node);
    for (const other of before) if (other !== node) node.after.add(other);
    edges += before.length;
    if (take(AND)) continue;
    if (!take(ARROW)) return edges;
    before = group;
    group = [];
  }
}
