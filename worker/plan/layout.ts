import { NODE_SIZE, type PlanLayout } from "../../schemas/plan-layout.ts";
import type { PlanStep } from "../../schemas/plan.ts";

const GAP = { layer: 80, node: 24 };

/** Where steps stand: each behind what it waits for. */
export function layOut(
  steps: readonly Pick<PlanStep, "id" | "dependencies">[],
  direction: PlanLayout["direction"],
): Pick<PlanLayout, "width" | "height" | "nodes" | "edges"> {
  const { width: w, height: h } = NODE_SIZE;
  const byId = new Map(steps.map((step) => [step.id, step]));
  const layers = new Map<string, number>();
  const layerOf = (id: string): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    const layer = 1 + Math.max(-1, ...(byId.get(id)?.dependencies ?? []).map(layerOf));
    layers.set(id, layer);
    return layer;
  };
  const counts: number[] = [];
  const places = new Map<string, { x: number; y: number }>();
  for (const { id } of steps) {
    const layer = layerOf(id);
    const row = counts[layer] ?? 0;
    counts[layer] = row + 1;
    places.set(
      id,
      direction === "right"
        ? { x: layer * (w + GAP.layer), y: row * (h + GAP.node) }
        : { x: row * (w + GAP.node), y: layer * (h + GAP.layer) },
    );
  }
  const nodes = steps.map(({ id }) => ({ stepId: id, ...(places.get(id) ?? { x: 0, y: 0 }) }));
  const edges = steps.flatMap(({ id, dependencies }) =>
    dependencies.map((from): PlanLayout["edges"][number] => {
      const a = places.get(from) ?? { x: 0, y: 0 };
      const b = places.get(id) ?? { x: 0, y: 0 };
      const points: [number, number][] =
        direction === "right"
          ? [
              [a.x + w, a.y + h / 2],
              [b.x, b.y + h / 2],
            ]
          : [
              [a.x + w / 2, a.y + h],
              [b.x + w / 2, b.y],
            ];
      return { from, to: id, points };
    }),
  );
  const width = Math.max(0, ...nodes.map(({ x }) => x + w));
  const height = Math.max(0, ...nodes.map(({ y }) => y + h));
  return { width, height, nodes, edges };
}
