/** A graph without circles, nodes by their index. */
export interface DrawnGraph {
  /** Every node behind all that it follows; ties in the order of the indices. */
  readonly order: readonly number[];
  /** Nodes that follow a node by an edge that is drawn, ascending; and those that it follows. */
  readonly after: readonly (readonly number[])[];
  readonly before: readonly (readonly number[])[];
}

/**
 * What is drawn of a graph: an edge that others imply is left out, and so is one that closes a circle, which a plan with errors may
 * have. `dependencies` holds for each node those that it follows.
 */
export function drawnGraph(dependencies: readonly (readonly number[])[]): DrawnGraph {
  const order = orderOf(dependencies);
  const place = new Int32Array(order.length);
  order.forEach((node, index) => {
    place[node] = index;
  });
  const placeOf = (node: number): number => place[node] ?? 0;
  const words = Math.ceil(order.length / 32);
  // For each node a bit for every node that comes before it.
  const ancestors = order.map(() => new Uint32Array(0));
  const after: number[][] = order.map(() => []);
  const before: number[][] = order.map(() => []);
  for (const node of order) {
    const seen = new Uint32Array(words);
    const wanted = [...new Set(dependencies[node])].filter((one) => placeOf(one) < placeOf(node));
    // The latest first: whatever comes before it needs no edge of its own.
    for (const one of wanted.sort((a, b) => placeOf(b) - placeOf(a))) {
      if (((seen[one >>> 5] ?? 0) >>> (one & 31)) & 1) continue;
      before[node]?.push(one);
      after[one]?.push(node);
      const theirs = ancestors[one] ?? new Uint32Array(0);
      for (let word = 0; word < theirs.length; word += 1) seen[word] = (seen[word] ?? 0) | (theirs[word] ?? 0);
      seen[one >>> 5] = (seen[one >>> 5] ?? 0) | (1 << (one & 31));
    }
    ancestors[node] = seen;
  }
  for (const list of [...after, ...before]) list.sort((a, b) => a - b);
  return { order, after, before };
}

/** Kahn's algorithm. Where only circles are left, the first node of them goes on, and its edges from behind do not count. */
function orderOf(dependencies: readonly (readonly number[])[]): number[] {
  const dependents: number[][] = dependencies.map(() => []);
  const open = dependencies.map((list, node) => {
    const others = new Set(list);
    for (const one of others) dependents[one]?.push(node);
    return others.size;
  });
  const done = dependencies.map(() => false);
  const order: number[] = [];
  const take = (node: number): void => {
    done[node] = true;
    order.push(node);
  };
  open.forEach((left, node) => {
    if (left === 0) take(node);
  });
  let looked = 0;
  let next = 0;
  while (order.length < dependencies.length) {
    if (looked === order.length) {
      while (done[next]) next += 1;
      take(next);
    }
    for (const node of dependents[order[looked] ?? -1] ?? []) {
      const left = (open[node] ?? 0) - 1;
      open[node] = left;
      if (left === 0 && !done[node]) take(node);
    }
    looked += 1;
  }
  return order;
}
