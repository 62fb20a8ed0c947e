import assert from "node:assert/strict";
import fc from "fast-check";
import { NODE_SIZE, type PlanLayout } from "../../../schemas/plan-layout.ts";
import { boxInView, fit, Neighbours, nodeAt, nodesIn, readable, reveal } from "../../../webview/plan/viewport.ts";

const layout: PlanLayout = {
  planId: "p",
  direction: "down",
  width: 500,
  height: 350,
  nodes: [
    { stepId: "top", x: 130, y: 0 },
    { stepId: "left", x: 0, y: 130 },
    { stepId: "right", x: 260, y: 130 },
    { stepId: "end", x: 130, y: 260 },
  ],
  edges: [
    {
      from: "top",
      to: "left",
      points: [
        [0, 0],
        [1, 1],
      ],
    },
    {
      from: "top",
      to: "right",
      points: [
        [0, 0],
        [1, 1],
      ],
    },
    {
      from: "left",
      to: "end",
      points: [
        [0, 0],
        [1, 1],
      ],
    },
    {
      from: "right",
      to: "end",
      points: [
        [0, 0],
        [1, 1],
      ],
    },
  ],
};

describe("the view of the graph (E31)", () => {
  it("arrow keys walk along the dependencies and beside them", () => {
    const neighbours = new Neighbours(layout);
    assert.equal(neighbours.next("left", "right"), "right");
    assert.equal(neighbours.next("right", "left"), "left");
    assert.equal(neighbours.next("right", "down"), "end");
    assert.equal(neighbours.next("right", "up"), "top");
    assert.equal(neighbours.next("top", "up"), null, "nothing comes before the first");
    assert.equal(neighbours.next("left", "left"), null);
    assert.equal(neighbours.next("gone", "left"), null);
  });

  it("shows all of it, not enlarged, in the middle", () => {
    const { x, y, k } = fit(layout, { width: 1_000, height: 1_000 });
    assert.deepEqual([x, y, k], [250, 325, 1]);
    const small = fit(layout, { width: 250, height: 1_000 });
    assert.ok(small.k < 0.5 && small.x > 0);
  });

  it("begins where it can be read, with the first step in view", () => {
    const tall: PlanLayout = {
      ...layout,
      height: 40_000,
      nodes: [...layout.nodes, { stepId: "last", x: 0, y: 39_900 }],
    };
    const view = { width: 600, height: 500 };
    const transform = readable(tall, view);
    assert.ok(transform.k >= 0.6);
    const inView = nodesIn(boxInView(transform, view, 0), tall.nodes).map(({ stepId }) => stepId);
    assert.ok(inView.includes("top") && !inView.includes("last"));
  });

  it("finds the step at a point", () => {
    assert.equal(nodeAt(10, 140, layout.nodes), "left");
    assert.equal(nodeAt(10, 10, layout.nodes), null);
  });

  it("brings any step into any view that is large enough, and moves nothing that is in it", () => {
    const place = fc.integer({ min: -5_000, max: 5_000 });
    fc.assert(
      fc.property(place, place, place, place, fc.double({ min: 0.1, max: 2, noNaN: true }), (x, y, tx, ty, k) => {
        const view = { width: 700, height: 400 };
        const node = { stepId: "a", x, y };
        const moved = reveal(node, { x: tx, y: ty, k }, view);
        const left = x * k + moved.x;
        const top = y * k + moved.y;
        assert.ok(left >= -1e-6 && left + NODE_SIZE.width * k <= view.width + 1e-6);
        assert.ok(top >= -1e-6 && top + NODE_SIZE.height * k <= view.height + 1e-6);
        const again = reveal(node, moved, view);
        assert.ok(Math.abs(again.x - moved.x) < 1e-6 && Math.abs(again.y - moved.y) < 1e-6);
      }),
      { seed: 4 },
    );
  });
});
