import type { DrawnGraph } from "./drawn-edges.ts";

/**
 * A part of a drawing whose nodes hang together, in layers. Nodes from `real` on are bends: places where a long edge passes a layer.
 * Edges lead from each layer to the next one.
 */
export interface Layered {
  /** How many of the nodes are steps; `steps` has their indices in the plan. */
  readonly real: number;
  readonly steps: readonly number[];
  readonly layerOf: readonly number[];
  /** Nodes of each layer, in their order across. */
  readonly layers: number[][];
  readonly up: readonly (readonly number[])[];
  readonly down: readonly (readonly number[])[];
  readonly edges: readonly LayeredEdge[];
}

export interface LayeredEdge {
  readonly from: number;
  readonly to: number;
  /** Its bends in order; none although it is long when there would be too many. */
  readonly bends: readonly number[];
}

/** Beyond this many bends in all, the longest edges are drawn without any. */
const MOST_BENDS = 40_000;

/** Sets of nodes that hang together, each ascending, in the order of their first nodes. */
export function componentsOf({ after, before }: DrawnGraph): number[][] {
  const seen = after.map(() => false);
  return after.flatMap((_, first) => {
    if (seen[first]) return [];
    seen[first] = true;
    const component = [first];
    for (const node of component) {
      for (const other of [...(after[node] ?? []), ...(before[node] ?? [])]) {
        if (seen[other]) continue;
        seen[other] = true;
        component.push(other);
      }
    }
    return [component.sort((a, b) => a - b)];
  });
}

/** Puts a component into layers, each node as near to its neighbours as their order allows, with bends on long edges. */
export function layered(graph: DrawnGraph, layer: readonly number[], component: readonly number[]): Layered {
  const local = new Map(component.map((step, index) => [step, index]));
  const at = (step: number): number => local.get(step) ?? 0;
  const first = Math.min(...component.map((step) => layer[step] ?? 0));
  const layerOf = component.map((step) => (layer[step] ?? 0) - first);
  const up: number[][] = component.map(() => []);
  const down: number[][] = component.map(() => []);
  const join = (from: number, to: number): void => {
    down[from]?.push(to);
    up[to]?.push(from);
  };
  const pairs = component.flatMap((step) => (graph.after[step] ?? []).map((to) => ({ from: at(step), to: at(to) })));
  const spanOf = ({ from, to }: { from: number; to: number }): number => (layerOf[to] ?? 0) - (layerOf[from] ?? 0);
  const longest = longestSpan(pairs.map(spanOf));
  const edges = pairs.map(({ from, to }): LayeredEdge => {
    const span = spanOf({ from, to });
    if (span > longest) return { from, to, bends: [] };
    const bends: number[] = [];
    let last = from;
    for (let passed = 1; passed < span; passed += 1) {
      const bend = layerOf.push((layerOf[from] ?? 0) + passed) - 1;
      up.push([]);
      down.push([]);
      bends.push(bend);
      join(last, bend);
      last = bend;
    }
    join(last, to);
    return { from, to, bends };
  });
  const layers: number[][] = Array.from({ length: 1 + Math.max(...layerOf) }, () => []);
  layerOf.forEach((number, node) => layers[number]?.push(node));
  return { real: component.length, steps: component, layerOf, layers, up, down, edges };
}

/** The longest span of edges that get bends, so that there are not too many of these in all. */
function longestSpan(spans: readonly number[]): number {
  let bends = 0;
  for (const span of [...spans].sort((a, b) => a - b)) {
    bends += span - 1;
    if (bends > MOST_BENDS) return span - 1;
  }
  return Infinity;
}

/** The layer of each node: behind everything that it follows, and then as near as possible to where more of its edges lead. */
export function layersOf({ order, after, before }: DrawnGraph): number[] {
  const layer: number[] = order.map(() => 0);
  const of = (node: number): number => layer[node] ?? 0;
  for (const node of order) layer[node] = Math.max(-1, ...(before[node] ?? []).map(of)) + 1;
  for (const node of [...order].reverse()) {
    const next = after[node] ?? [];
    if (next.length > (before[node]?.length ?? 0)) layer[node] = Math.min(...next.map(of)) - 1;
  }
  return layer;
}
