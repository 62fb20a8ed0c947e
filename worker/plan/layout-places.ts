import type { Layered } from "./layout-layers.ts";

/** Room that nodes need across the layers, and that is left free between two neighbours. */
export interface Room {
  readonly size: number;
  readonly gap: number;
  /** Beside a bend, which is only a line. */
  readonly bendGap: number;
}

/**
 * The place of each node across its layer (its middle), after Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment"
 * (2001): nodes are aligned with the middle one of their neighbours, in four ways (towards either side, from either end), and each
 * node gets the mean of the two middle ones of its four places. Bends of a long edge stay on a line wherever they can.
 */
export function placesOf(graph: Layered, room: Room): number[] {
  const conflicts = conflictsOf(graph);
  const ways = [false, true].flatMap((isUp) =>
    [false, true].map((isRight): Way => {
      const columns = (isUp ? [...graph.layers].reverse() : graph.layers).map((layer) =>
        isRight ? [...layer].reverse() : layer,
      );
      const roots = alignedBlocks(columns, isUp ? graph.down : graph.up, conflicts, graph.layerOf.length);
      const places = compacted(graph, columns, roots, room);
      return { isRight, places: isRight ? places.map((place) => -place) : places };
    }),
  );
  return middleOf(ways);
}

interface Way {
  readonly isRight: boolean;
  readonly places: number[];
}

/** Edges that cross a piece between two bends of one edge: they give way, so that long edges stay straight. Named by `edgeKey`. */
function conflictsOf({ layers, up, real, layerOf }: Layered): ReadonlySet<number> {
  const count = layerOf.length;
  const conflicts = new Set<number>();
  const place = new Int32Array(count);
  for (const layer of layers)
    layer.forEach((node, index) => {
      place[node] = index;
    });
  const bendAbove = (node: number): number | undefined =>
    node < real ? undefined : (up[node] ?? []).find((one) => one >= real);
  for (let number = 1; number < layers.length; number += 1) {
    const layer = layers[number] ?? [];
    let from = 0;
    let scanned = 0;
    layer.forEach((node, index) => {
      const bend = bendAbove(node);
      if (bend === undefined && index < layer.length - 1) return;
      const to = bend === undefined ? Infinity : (place[bend] ?? 0);
      for (; scanned <= index; scanned += 1) {
        const below = layer[scanned] ?? 0;
        for (const above of up[below] ?? []) {
          const at = place[above] ?? 0;
          const isInner = above >= real && below >= real;
          if ((at < from || at > to) && !isInner) conflicts.add(edgeKey(above, below, count));
        }
      }
      from = to;
    });
  }
  return conflicts;
}

function edgeKey(above: number, below: number, count: number): number {
  return above * count + below;
}

/** Chains of nodes that will stand on one line: for each node the first one of its chain. */
function alignedBlocks(
  columns: readonly (readonly number[])[],
  neighbours: readonly (readonly number[])[],
  conflicts: ReadonlySet<number>,
  count: number,
): Int32Array {
  const root = Int32Array.from({ length: count }, (_, node) => node);
  const isFollowed = new Uint8Array(count);
  const place = new Int32Array(count);
  for (const column of columns)
    column.forEach((node, index) => {
      place[node] = index;
    });
  for (const column of columns) {
    let last = -1;
    for (const node of column) {
      const near = [...(neighbours[node] ?? [])].sort((a, b) => (place[a] ?? 0) - (place[b] ?? 0));
      const middle = (near.length - 1) / 2;
      for (let index = Math.floor(middle); index <= Math.ceil(middle) && near.length > 0; index += 1) {
        const other = near[index] ?? 0;
        const isTaken = isFollowed[other] === 1 || (place[other] ?? 0) <= last;
        const gaveWay = conflicts.has(edgeKey(other, node, count)) || conflicts.has(edgeKey(node, other, count));
        if (isTaken || gaveWay) continue;
        isFollowed[other] = 1;
        root[node] = root[other] ?? other;
        last = place[other] ?? 0;
        break;
      }
    }
  }
  return root;
}

/** Pushes all chains as far to the left as their neighbours allow, then each as near as possible to what stands right of it. */
function compacted(
  { real, layerOf }: Layered,
  columns: readonly (readonly number[])[],
  root: Int32Array,
  room: Room,
): number[] {
  const count = layerOf.length;
  const rights: { block: number; apart: number }[][] = Array.from({ length: count }, () => []);
  const lefts: { block: number; apart: number }[][] = Array.from({ length: count }, () => []);
  for (const column of columns) {
    for (let index = 1; index < column.length; index += 1) {
      const left = column[index - 1] ?? 0;
      const right = column[index] ?? 0;
      const apart = distance(left < real, right < real, room);
      const a = root[left] ?? left;
      const b = root[right] ?? right;
      rights[a]?.push({ block: b, apart });
      lefts[b]?.push({ block: a, apart });
    }
  }
  const order = blockOrder(root, lefts, rights);
  const place = new Float64Array(count);
  const leftmost = (block: number): number =>
    (lefts[block] ?? []).reduce((least, one) => Math.max(least, (place[one.block] ?? 0) + one.apart), 0);
  for (const block of order) place[block] = leftmost(block);
  for (const block of [...order].reverse()) {
    const near = rights[block] ?? [];
    const most = near.reduce((least, one) => Math.min(least, (place[one.block] ?? 0) - one.apart), Infinity);
    if (most !== Infinity) place[block] = Math.max(place[block] ?? 0, most);
  }
  return Array.from(root, (block) => place[block] ?? 0);
}

function distance(isLeftReal: boolean, isRightReal: boolean, { size, gap, bendGap }: Room): number {
  const sizes = ((isLeftReal ? size : 0) + (isRightReal ? size : 0)) / 2;
  return sizes + (isLeftReal && isRightReal ? gap : bendGap);
}

/** Blocks from left to right, each behind all that stand left of it. */
function blockOrder(
  root: Int32Array,
  lefts: readonly (readonly { block: number }[])[],
  rights: readonly (readonly { block: number }[])[],
): number[] {
  const open = lefts.map((list) => list.length);
  const order: number[] = [];
  root.forEach((block, node) => {
    if (block === node && open[block] === 0) order.push(block);
  });
  for (const block of order) {
    for (const { block: right } of rights[block] ?? []) {
      const left = (open[right] ?? 0) - 1;
      open[right] = left;
      if (left === 0) order.push(right);
    }
  }
  return order;
}

function middleOf(ways: readonly Way[]): number[] {
  const extents = ways.map(({ places }) => ({
    least: places.reduce((a, b) => Math.min(a, b), Infinity),
    most: places.reduce((a, b) => Math.max(a, b), -Infinity),
  }));
  const narrowest = extents.reduce((a, b) => (b.most - b.least < a.most - a.least ? b : a), {
    least: 0,
    most: Infinity,
  });
  const shifts = ways.map(({ isRight }, index) => {
    const extent = extents[index] ?? narrowest;
    return isRight ? narrowest.most - extent.most : narrowest.least - extent.least;
  });
  return (ways[0]?.places ?? []).map((_, node) => {
    const four = ways.map(({ places }, index) => (places[node] ?? 0) + (shifts[index] ?? 0)).sort((a, b) => a - b);
    return ((four[1] ?? 0) + (four[2] ?? 0)) / 2;
  });
}
