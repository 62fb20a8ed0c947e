import { readWaveGraph } from "../spec/kiro-waves.ts";
import type { SourceText } from "../spec/source-text.ts";
import { orderingGraph, type WaveGraph } from "../spec/wave-graph.ts";
import type { Element, Heading, Outline } from "./places.ts";

/** The graph that orders the tasks of a file. */
export function wavesIn(
  source: SourceText,
  fences: Outline["fences"],
  headings: readonly Omit<Heading, "end">[],
): WaveGraph | null {
  let graph: WaveGraph | null = null;
  for (const fence of fences) {
    const above = headings.findLast(({ from }) => from < fence.from);
    const found = readWaveGraph(source, fence, above?.title ?? "");
    if (found) graph = orderingGraph(graph, found);
  }
  return graph;
}

/** The names of tasks in a graph, without their quotes. */
export function namesInWaves(text: string, graph: WaveGraph): Element[] {
  return graph.waves.flatMap(({ tasks }) =>
    tasks.flatMap(({ id, start, end }) => {
      const quotes = text[start] === '"' ? 1 : 0;
      // A node of a diagram may be called otherwise than its task.
      const isPlain = text.slice(start + quotes, end - quotes) === id;
      return isPlain ? [{ text: id, from: start + quotes, to: end - quotes }] : [];
    }),
  );
}
