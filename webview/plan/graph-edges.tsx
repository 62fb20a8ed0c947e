import type { JSX } from "preact";
import type { PlanLayout } from "../../schemas/plan-layout.ts";
import type { Box, Detail } from "./viewport.ts";

/** A dependency as it is drawn, with the box around it. */
export interface DrawnEdge {
  readonly path: string;
  readonly arrow: string;
  readonly box: Box;
  /** Both its steps are on the longest way, one after the other. */
  readonly critical: boolean;
}

/** Worked out once for a layout: paths for the lines, and triangles at their ends. */
export function drawEdges(layout: PlanLayout, critical: ReadonlySet<string>): DrawnEdge[] {
  const order = [...critical];
  const follows = new Set(order.slice(1).map((id, index) => `${order[index] ?? ""}\n${id}`));
  return layout.edges.map(({ from, to, points }) => ({
    path: curve(points, layout.direction),
    arrow: arrowAt(points, layout.direction),
    box: {
      left: Math.min(...points.map(([x]) => x)),
      right: Math.max(...points.map(([x]) => x)),
      top: Math.min(...points.map(([, y]) => y)),
      bottom: Math.max(...points.map(([, y]) => y)),
    },
    critical: follows.has(`${from}\n${to}`),
  }));
}

interface GraphEdgesProps {
  readonly edges: readonly DrawnEdge[];
  readonly box: Box;
  readonly detail: Detail;
}

/** All lines in two elements: a thousand of them cost no more than one. */
export function GraphEdges({ edges, box, detail }: GraphEdgesProps): JSX.Element {
  const inView = edges.filter((edge) => touches(edge.box, box));
  const plain = inView.filter(({ critical }) => !critical);
  const critical = inView.filter((edge) => edge.critical);
  const ends = detail === "dot" ? [] : inView;
  return (
    <g class={`edges ${detail}`} role="presentation" aria-hidden="true">
      <path class="edge" d={plain.map(({ path }) => path).join("")} />
      <path class="edge critical" d={critical.map(({ path }) => path).join("")} />
      <path class="edge-end" d={ends.map(({ arrow }) => arrow).join("")} />
    </g>
  );
}

type Points = PlanLayout["edges"][number]["points"];

/** From point to point, leaving and arriving along the direction of the drawing. */
function curve(points: Points, direction: PlanLayout["direction"]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let [x, y] = first;
  let path = `M${round(x)} ${round(y)}`;
  for (const [toX, toY] of rest) {
    const middle = direction === "right" ? (x + toX) / 2 : (y + toY) / 2;
    path +=
      direction === "right"
        ? `C${round(middle)} ${round(y)} ${round(middle)} ${round(toY)} ${round(toX)} ${round(toY)}`
        : `C${round(x)} ${round(middle)} ${round(toX)} ${round(middle)} ${round(toX)} ${round(toY)}`;
    [x, y] = [toX, toY];
  }
  return path;
}

function arrowAt(points: Points, direction: PlanLayout["direction"]): string {
  const [x, y] = points.at(-1) ?? [0, 0];
  return direction === "right" ? `M${round(x)} ${round(y)}l-7 -4v8z` : `M${round(x)} ${round(y)}l-4 -7h8z`;
}

function touches(a: Box, b: Box): boolean {
  return a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
