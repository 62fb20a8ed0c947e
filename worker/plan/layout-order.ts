import type { Layered } from "./layout-layers.ts";

const SWEEPS = 12;
/** Sweeps without a better result after which there will be none. */
const PATIENCE = 4;
/** Neighbours are swapped one by one only where that takes no time that a person notices. */
const MOST_NODES_TO_SWAP = 1_500;
const SWAP_ROUNDS = 8;

/**
 * Brings the nodes of each layer into an order in which few edges cross: each layer again and again by the mean places of its
 * neighbours in the one before, then in the one behind; the best result counts. Changes the order in place.
 */
export function orderLayers(graph: Layered): void {
  const { layers, up, down, layerOf } = graph;
  startOrder(graph);
  const place = new Int32Array(layerOf.length);
  note(layers, place);
  let fewest = crossings(layers, down, place);
  let best = layers.map((layer) => [...layer]);
  let idle = 0;
  for (let sweep = 0; sweep < SWEEPS && fewest > 0 && idle < PATIENCE; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const count = layers.length;
    for (let step = 1; step < count; step += 1) {
      const layer = layers[isDown ? step : count - 1 - step];
      // Of equals, the one that was first stays first, and every other time the last one: so that equals get mixed.
      if (layer) sortByMeans(layer, isDown ? up : down, place, sweep % 4 >= 2);
    }
    const now = crossings(layers, down, place);
    idle += 1;
    if (now < fewest) {
      fewest = now;
      idle = 0;
      best = layers.map((layer) => [...layer]);
    }
  }
  best.forEach((layer, index) => {
    layers[index] = layer;
  });
  note(layers, place);
  if (fewest > 0 && layerOf.length <= MOST_NODES_TO_SWAP) swapNeighbours(graph, place);
}

/** Depth first from the first steps on, so that what belongs together begins together. */
function startOrder({ layers, layerOf, down }: Layered): void {
  const seen = layerOf.map(() => false);
  const found: number[][] = layers.map(() => []);
  for (const first of layers.flat()) {
    const stack = [first];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen[node]) continue;
      seen[node] = true;
      found[layerOf[node] ?? 0]?.push(node);
      stack.push(...[...(down[node] ?? [])].reverse());
    }
  }
  found.forEach((layer, index) => {
    layers[index] = layer;
  });
}

function note(layers: readonly (readonly number[])[], place: Int32Array): void {
  for (const layer of layers)
    layer.forEach((node, index) => {
      place[node] = index;
    });
}

function sortByMeans(
  layer: number[],
  neighbours: readonly (readonly number[])[],
  place: Int32Array,
  isReversed: boolean,
): void {
  const means = layer.map((node, index) => {
    const near = neighbours[node] ?? [];
    let sum = 0;
    for (const one of near) sum += place[one] ?? 0;
    return { node, mean: near.length === 0 ? null : sum / near.length, index };
  });
  const moved = means.flatMap(({ node, mean, index }) => (mean === null ? [] : [{ node, mean, index }]));
  moved.sort((a, b) => a.mean - b.mean || (isReversed ? b.index - a.index : a.index - b.index));
  let next = 0;
  means.forEach(({ node, mean }, index) => {
    // A node without neighbours there stays where it is.
    const chosen = mean === null ? node : (moved[next++]?.node ?? node);
    layer[index] = chosen;
    place[chosen] = index;
  });
}

/** How many pairs of edges cross, counted layer by layer with a Fenwick tree. */
function crossings(
  layers: readonly (readonly number[])[],
  down: readonly (readonly number[])[],
  place: Int32Array,
): number {
  let sum = 0;
  for (let index = 0; index + 1 < layers.length; index += 1) {
    const width = layers[index + 1]?.length ?? 0;
    const tree = new Int32Array(width + 1);
    let before = 0;
    for (const node of layers[index] ?? []) {
      const ends = (down[node] ?? []).map((one) => place[one] ?? 0);
      // Edges that begin together do not cross.
      for (const end of ends) {
        let notBehind = 0;
        for (let at = end + 1; at > 0; at -= at & -at) notBehind += tree[at] ?? 0;
        sum += before - notBehind;
      }
      for (const end of ends) for (let at = end + 1; at <= width; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
      before += ends.length;
    }
  }
  return sum;
}

function swapNeighbours({ layers, up, down }: Layered, place: Int32Array): void {
  for (let round = 0; round < SWAP_ROUNDS; round += 1) {
    let swapped = false;
    for (const layer of layers) {
      for (let index = 0; index + 1 < layer.length; index += 1) {
        const left = layer[index] ?? 0;
        const right = layer[index + 1] ?? 0;
        const gain = [up, down].reduce((sum, near) => {
          const lefts = near[left] ?? [];
          const rights = near[right] ?? [];
          return sum + inversions(lefts, rights, place) - inversions(rights, lefts, place);
        }, 0);
        if (gain <= 0) continue;
        layer[index] = right;
        layer[index + 1] = left;
        place[right] = index;
        place[left] = index + 1;
        swapped = true;
      }
    }
    if (!swapped) return;
  }
}

/** Pairs of which the one on the left has its neighbour further right. */
function inversions(lefts: readonly number[], rights: readonly number[], place: Int32Array): number {
  let count = 0;
  for (const left of lefts) for (const right of rights) if ((place[left] ?? 0) > (place[right] ?? 0)) count += 1;
  return count;
}
