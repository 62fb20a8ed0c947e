import { NODE_SIZE, type PlanLayout } from "../../schemas/plan-layout.ts";
import { drawnGraph } from "./drawn-edges.ts";
import { componentsOf, layered, layersOf, type Layered } from "./layout-layers.ts";
import { orderLayers } from "./layout-order.ts";
import { placesOf, type Room } from "./layout-places.ts";

/** What a drawing needs of a step. */
export interface DrawnStep {
  readonly id: string;
  /** Those that are no steps of the plan do not count. */
  readonly dependencies: readonly string[];
}

export type Drawing = Pick<PlanLayout, "width" | "height" | "nodes" | "edges">;

/** Between layers there must be room for lines that cross; between parts that do not hang together, for the eye. */
const LAYER_GAP = 72;
const PART_GAP = 40;
/** Parts are put one behind another until a drawing is about this much longer than broad: windows are wide. */
const ASPECT = { right: 1.6, down: 0.7 } as const;
/** More lines than this say nothing to anybody. */
const MOST_EDGES = 20_000;

/**
 * Places the steps of a plan in layers, each behind all that it waits for, so that few lines cross and long ones are straight. The
 * same steps always give the same drawing. Parts that do not hang together stand beside one another in the plan's order. Null: there
 * are too many dependencies for a drawing.
 */
export function layOut(steps: readonly DrawnStep[], direction: PlanLayout["direction"]): Drawing | null {
  const indexOf = new Map(steps.map(({ id }, index) => [id, index]));
  const graph = drawnGraph(steps.map(({ dependencies }) => dependencies.flatMap((id) => indexOf.get(id) ?? [])));
  if (graph.after.reduce((sum, list) => sum + list.length, 0) > MOST_EDGES) return null;
  const isRight = direction === "right";
  const along = isRight ? NODE_SIZE.width : NODE_SIZE.height;
  const size = isRight ? NODE_SIZE.height : NODE_SIZE.width;
  const room: Room = { size, gap: isRight ? 20 : 28, bendGap: 12 };
  const layers = layersOf(graph);
  const parts = componentsOf(graph).map((component) => partOf(layered(graph, layers, component), along, room));
  const turned = ([a, b]: Place): Place => (isRight ? [a, b] : [b, a]);
  const nodes: (Drawing["nodes"][number] | undefined)[] = steps.map(() => undefined);
  const edges: Drawing["edges"] = [];
  let width = 0;
  let height = 0;
  for (const { part, at } of shelved(parts, ASPECT[direction])) {
    const shifted = ([a, b]: Place): Place => turned([a + at[0], b + at[1]]);
    const [farX, farY] = shifted([part.length, part.breadth]);
    width = Math.max(width, farX);
    height = Math.max(height, farY);
    for (const { step, place } of part.nodes) {
      const [x, y] = shifted(place);
      nodes[step] = { stepId: steps[step]?.id ?? "", x, y };
    }
    for (const { from, to, points } of part.edges)
      edges.push({ from: steps[from]?.id ?? "", to: steps[to]?.id ?? "", points: points.map(shifted) });
  }
  return { width, height, nodes: nodes.flatMap((node) => node ?? []), edges };
}

/** Along the direction in which the plan runs, and across it. */
type Place = [along: number, across: number];

interface Part {
  readonly length: number;
  readonly breadth: number;
  readonly nodes: readonly { readonly step: number; readonly place: Place }[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly Place[] }[];
}

function partOf(graph: Layered, along: number, room: Room): Part {
  orderLayers(graph);
  const middles = placesOf(graph, room);
  const half = room.size / 2;
  const first = middles.reduce(
    (least, middle, node) => Math.min(least, node < graph.real ? middle - half : middle),
    Infinity,
  );
  const across = (node: number): number => Math.round((middles[node] ?? 0) - first);
  const start = (node: number): number => (graph.layerOf[node] ?? 0) * (along + LAYER_GAP);
  const nodes = graph.steps.map((step, node) => ({ step, place: [start(node), across(node) - half] satisfies Place }));
  const edges = graph.edges.map(({ from, to, bends }) => {
    const points: Place[] = [[start(from) + along, across(from)]];
    // A bend passes its layer straight, where no node is in the way.
    for (const bend of bends) points.push([start(bend), across(bend)], [start(bend) + along, across(bend)]);
    points.push([start(to), across(to)]);
    return { from: graph.steps[from] ?? 0, to: graph.steps[to] ?? 0, points: straightened(points) };
  });
  const breadth = middles.reduce((most, _, node) => Math.max(most, across(node) + (node < graph.real ? half : 0)), 0);
  return { length: graph.layers.length * (along + LAYER_GAP) - LAYER_GAP, breadth, nodes, edges };
}

/** Leaves out points in the middle of a straight piece. */
function straightened(points: readonly Place[]): Place[] {
  return points.filter(([, across], index) => {
    const before = points[index - 1];
    const behind = points[index + 1];
    return !before || !behind || before[1] !== across || behind[1] !== across;
  });
}

/** Puts parts beside one another, in rows that lead along the direction of the plan. */
function shelved(parts: readonly Part[], aspect: number): { part: Part; at: Place }[] {
  const area = parts.reduce((sum, { length, breadth }) => sum + (length + PART_GAP) * (breadth + PART_GAP), 0);
  const longest = parts.reduce((most, { length }) => Math.max(most, length), 0);
  const shelf = Math.max(longest, Math.sqrt(area * aspect));
  let along = 0;
  let across = 0;
  let breadth = 0;
  return parts.map((part) => {
    if (along > 0 && along + part.length > shelf) {
      across += breadth + PART_GAP;
      along = 0;
      breadth = 0;
    }
    const at: Place = [along, across];
    along += part.length + PART_GAP;
    breadth = Math.max(breadth, part.breadth);
    return { part, at };
  });
}
