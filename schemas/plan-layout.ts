import { z } from "zod";

/** Every step is drawn in this size, in the units of the drawing (pixels at its natural scale). */
export const NODE_SIZE = { width: 220, height: 56 } as const;

const Point = z.tuple([z.number(), z.number()]);

/** Where the steps of a plan stand in a drawing. The origin is the upper left corner; nothing lies outside of width and height. */
export const PlanLayout = z.object({
  planId: z.string(),
  direction: z.enum(["right", "down"]),
  width: z.number().min(0),
  height: z.number().min(0),
  /** Upper left corner of each step. */
  nodes: z.array(z.object({ stepId: z.string(), x: z.number(), y: z.number() })),
  /** A dependency that others imply is not drawn. `points` leads from the border of `from` to that of `to`; at least two. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), points: z.array(Point).min(2) })),
});
export type PlanLayout = z.infer<typeof PlanLayout>;
