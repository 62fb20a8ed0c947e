import assert from "node:assert/strict";
import fc from "fast-check";
import { NODE_SIZE } from "../../schemas/plan-layout.ts";
import { layOut, type DrawnStep, type Drawing } from "../../worker/plan/layout.ts";

const { width: WIDTH, height: HEIGHT } = NODE_SIZE;

/** Steps in any order, each waiting for some that are earlier in another order, so that there are no circles. */
const Steps = fc
  .integer({ min: 0, max: 60 })
  .chain((count) =>
    fc.record({
      order: fc.shuffledSubarray(
        Array.from({ length: count }, (_, index) => index),
        { minLength: count, maxLength: count },
      ),
      picks: fc.array(fc.array(fc.nat(), { maxLength: 5 }), { minLength: count, maxLength: count }),
    }),
  )
  .map(({ order, picks }) =>
    order.map((_, index): DrawnStep => {
      const rank = order[index] ?? 0;
      const dependencies = (picks[index] ?? []).flatMap((pick) => (rank === 0 ? [] : [idOf(order, pick % rank)]));
      return { id: `s${index}`, dependencies };
    }),
  );

function idOf(order: readonly number[], rank: number): string {
  return `s${order.indexOf(rank)}`;
}

const Direction = fc.constantFrom("right" as const, "down" as const);

describe("the drawing of a plan (O3)", () => {
  it("has every step once, none upon another, all inside its bounds", () => {
    fc.assert(
      fc.property(Steps, Direction, (steps, direction) => {
        const { nodes, width, height } = drawn(steps, direction);
        assert.deepEqual(
          nodes.map(({ stepId }) => stepId),
          steps.map(({ id }) => id),
        );
        for (const { x, y } of nodes) assert.ok(x >= 0 && y >= 0 && x + WIDTH <= width && y + HEIGHT <= height);
        nodes.forEach((a, index) => {
          for (const b of nodes.slice(index + 1))
            assert.ok(Math.abs(a.x - b.x) >= WIDTH || Math.abs(a.y - b.y) >= HEIGHT, `${a.stepId} on ${b.stepId}`);
        });
      }),
    );
  });

  it("leads every line from the border of one step to that of the other, forward, inside the bounds and through no step", () => {
    fc.assert(
      fc.property(Steps, Direction, (steps, direction) => {
        const { nodes, edges, width, height } = drawn(steps, direction);
        const at = new Map(nodes.map((node) => [node.stepId, node]));
        for (const { from, to, points } of edges) {
          const start = at.get(from);
          const end = at.get(to);
          assert.ok(start && end);
          const isRight = direction === "right";
          assert.deepEqual(
            points[0],
            isRight ? [start.x + WIDTH, start.y + HEIGHT / 2] : [start.x + WIDTH / 2, start.y + HEIGHT],
          );
          assert.deepEqual(points.at(-1), isRight ? [end.x, end.y + HEIGHT / 2] : [end.x + WIDTH / 2, end.y]);
          points.forEach(([x, y], index) => {
            assert.ok(x >= 0 && y >= 0 && x <= width && y <= height);
            const before = points[index - 1];
            if (!before) return;
            assert.ok(isRight ? x > before[0] : y > before[1], "it leads forward");
            for (const node of nodes) assert.ok(!passes(before, [x, y], node), `${from}-${to} through ${node.stepId}`);
          });
        }
      }),
    );
  });

  it("shows what waits for what, and no line that others imply", () => {
    fc.assert(
      fc.property(Steps, (steps) => {
        const { edges } = drawn(steps, "right");
        const lines = new Map(steps.map(({ id }) => [id, edges.filter(({ to }) => to === id).map(({ from }) => from)]));
        const given = new Map(steps.map(({ id, dependencies }) => [id, [...dependencies]]));
        for (const { id } of steps) assert.deepEqual(reachable(id, lines), reachable(id, given));
        for (const { from, to } of edges) {
          const others = new Map(lines);
          others.set(
            to,
            (lines.get(to) ?? []).filter((one) => one !== from),
          );
          assert.ok(!reachable(to, others).includes(from), `${from}-${to} is implied`);
        }
      }),
    );
  });

  it("is the same for the same steps", () => {
    fc.assert(
      fc.property(Steps, Direction, (steps, direction) => {
        assert.deepEqual(drawn(steps, direction), drawn(structuredClone(steps), direction));
      }),
    );
  });

  it("draws any steps, also those of a plan with errors: circles, unknown and double dependencies", () => {
    const Wild = fc.array(fc.array(fc.nat({ max: 25 }), { maxLength: 4 }), { maxLength: 20 });
    fc.assert(
      fc.property(Wild, Direction, (lists, direction) => {
        const steps = lists.map((list, index) => ({ id: `s${index}`, dependencies: list.map((one) => `s${one}`) }));
        const { nodes } = drawn(steps, direction);
        assert.equal(nodes.length, steps.length);
      }),
    );
  });
});

function drawn(steps: readonly DrawnStep[], direction: "right" | "down"): Drawing {
  const drawing = layOut(steps, direction);
  assert.ok(drawing);
  return drawing;
}

/** Whether a piece of a line leads through the inside of a step. */
function passes(a: [number, number], b: [number, number], { x, y }: { x: number; y: number }): boolean {
  let enter = 0;
  let leave = 1;
  const clip = (from: number, by: number, least: number, most: number): boolean => {
    if (by === 0) return from > least && from < most;
    const [first, last] = [(least - from) / by, (most - from) / by].sort((p, q) => p - q);
    enter = Math.max(enter, first ?? 0);
    leave = Math.min(leave, last ?? 1);
    return true;
  };
  const isIn = clip(a[0], b[0] - a[0], x + 1, x + WIDTH - 1) && clip(a[1], b[1] - a[1], y + 1, y + HEIGHT - 1);
  return isIn && enter < leave;
}

function reachable(from: string, edges: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set<string>();
  const stack = [...(edges.get(from) ?? [])];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    stack.push(...(edges.get(id) ?? []));
  }
  return [...seen].sort();
}
