import { NODE_SIZE, type PlanLayout } from "../../schemas/plan-layout.ts";

/** How the drawing is seen: `x` and `y` in pixels of the view, `k` the scale. As d3-zoom has it. */
export interface Transform {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** In the units of the drawing. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export type LayoutNode = PlanLayout["nodes"][number];

/** How much is drawn of a step: everything, its frame and state, or only that it is there. */
export type Detail = "full" | "state" | "dot";

export const MIN_SCALE = 0.02;
export const MAX_SCALE = 2;
const MARGIN = 24;

export function detailAt(k: number): Detail {
  if (k >= 0.5) return "full";
  return k >= 0.3 ? "state" : "dot";
}

/** The part of the drawing that is in view, with a border of `extra` views around it. */
export function boxInView({ x, y, k }: Transform, { width, height }: Size, extra: number): Box {
  return {
    left: (-x - width * extra) / k,
    top: (-y - height * extra) / k,
    right: (width - x + width * extra) / k,
    bottom: (height - y + height * extra) / k,
  };
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom
  );
}

export function nodesIn(box: Box, nodes: readonly LayoutNode[]): LayoutNode[] {
  return nodes.filter(
    ({ x, y }) =>
      x <= box.right && x + NODE_SIZE.width >= box.left && y <= box.bottom && y + NODE_SIZE.height >= box.top,
  );
}

/** Id of the step at a point of the drawing; null beside all of them. */
export function nodeAt(x: number, y: number, nodes: readonly LayoutNode[]): string | null {
  return (
    nodes.find((node) => x >= node.x && x <= node.x + NODE_SIZE.width && y >= node.y && y <= node.y + NODE_SIZE.height)
      ?.stepId ?? null
  );
}

/** All of it in the middle of the view, not enlarged. */
export function fit(drawing: Size, view: Size): Transform {
  const k = Math.max(
    MIN_SCALE,
    Math.min(
      1,
      (view.width - 2 * MARGIN) / Math.max(drawing.width, 1),
      (view.height - 2 * MARGIN) / Math.max(drawing.height, 1),
    ),
  );
  return { k, x: (view.width - drawing.width * k) / 2, y: (view.height - drawing.height * k) / 2 };
}

const READABLE = 0.6;

/** All of it where that can be read; else its beginning, as large as it must be for that. */
export function readable(layout: PlanLayout, view: Size): Transform {
  const all = fit(layout, view);
  if (all.k >= READABLE) return all;
  const k = READABLE;
  const [width, height] = [layout.width * k, layout.height * k];
  const room = { x: view.width - 2 * MARGIN, y: view.height - 2 * MARGIN };
  const first = layout.nodes.reduce<LayoutNode | null>(
    (best, node) => (best === null || along(node, layout) < along(best, layout) ? node : best),
    null,
  );
  const [startX, startY] = first === null ? [0, 0] : [first.x + NODE_SIZE.width / 2, first.y + NODE_SIZE.height / 2];
  // What is larger than the view begins with its first step.
  const place = (size: number, space: number, middle: number): number =>
    size <= space ? MARGIN + (space - size) / 2 : Math.min(MARGIN, MARGIN + space / 2 - middle * k);
  return layout.direction === "down"
    ? { k, x: place(width, room.x, startX), y: height <= room.y ? place(height, room.y, 0) : MARGIN }
    : { k, x: width <= room.x ? place(width, room.x, 0) : MARGIN, y: place(height, room.y, startY) };
}

function along({ x, y }: LayoutNode, { direction }: PlanLayout): number {
  return direction === "down" ? y : x;
}

/** The least movement that brings a step into view. */
export function reveal(node: LayoutNode, transform: Transform, view: Size): Transform {
  const { k } = transform;
  const left = node.x * k + transform.x;
  const top = node.y * k + transform.y;
  return {
    k,
    x: transform.x + shift(left, left + NODE_SIZE.width * k, view.width),
    y: transform.y + shift(top, top + NODE_SIZE.height * k, view.height),
  };
}

function shift(low: number, high: number, size: number): number {
  if (low < MARGIN || high - low > size - 2 * MARGIN) return MARGIN - low;
  return high > size - MARGIN ? size - MARGIN - high : 0;
}

export type Direction = "left" | "right" | "up" | "down";

/** What the arrow keys walk on: ways along the dependencies, and steps beside one another. */
export class Neighbours {
  readonly #nodes = new Map<string, LayoutNode>();
  readonly #after = new Map<string, string[]>();
  readonly #before = new Map<string, string[]>();
  readonly #isDown: boolean;

  constructor(layout: PlanLayout) {
    this.#isDown = layout.direction === "down";
    for (const node of layout.nodes) this.#nodes.set(node.stepId, node);
    for (const { from, to } of layout.edges) {
      this.#after.set(from, [...(this.#after.get(from) ?? []), to]);
      this.#before.set(to, [...(this.#before.get(to) ?? []), from]);
    }
  }

  /** The step that an arrow key leads to; null when there is none that way. */
  next(from: string, direction: Direction): string | null {
    const node = this.#nodes.get(from);
    if (node === undefined) return null;
    const forth: Direction = this.#isDown ? "down" : "right";
    const back: Direction = this.#isDown ? "up" : "left";
    if (direction === forth) return this.#nearest(node, this.#after.get(from) ?? []);
    if (direction === back) return this.#nearest(node, this.#before.get(from) ?? []);
    return this.#beside(node, direction === "down" || direction === "right" ? 1 : -1);
  }

  #nearest(node: LayoutNode, candidates: readonly string[]): string | null {
    return least(candidates, (id) => {
      const other = this.#nodes.get(id);
      return other === undefined ? Infinity : Math.abs(this.#across(other) - this.#across(node));
    });
  }

  /** The next one across the direction of the drawing, at about the same place along it. */
  #beside(node: LayoutNode, sign: 1 | -1): string | null {
    const others = [...this.#nodes.values()].filter((other) => (this.#across(other) - this.#across(node)) * sign > 0);
    return least(
      others.map(({ stepId }) => stepId),
      (id) => {
        const other = this.#nodes.get(id) ?? node;
        return (
          Math.abs(this.#along(other) - this.#along(node)) * 4 + Math.abs(this.#across(other) - this.#across(node))
        );
      },
    );
  }

  #along({ x, y }: LayoutNode): number {
    return this.#isDown ? y : x;
  }

  #across({ x, y }: LayoutNode): number {
    return this.#isDown ? x : y;
  }
}

function least(ids: readonly string[], cost: (id: string) => number): string | null {
  let best: string | null = null;
  let lowest = Infinity;
  for (const id of ids) {
    const own = cost(id);
    if (own < lowest) [best, lowest] = [id, own];
  }
  return best;
}
