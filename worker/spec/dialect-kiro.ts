import { readBoxWords } from "./box-words.ts";
import { readKiroLabels } from "./kiro-labels.ts";
import { orderByWaves } from "./kiro-order.ts";
import { readWaveGraph } from "./kiro-waves.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect, type TaskFacts, type TaskWords } from "./markdown-dialect.ts";
import { readRequirementIds } from "./requirement-ids.ts";
import type { SourceText } from "./source-text.ts";
import { orderTasks } from "./task-order.ts";
import { orderingGraph, type WaveGraph } from "./wave-graph.ts";

/** `1.`, `1.1`, `1.2a`, `2.1.3)`, with western or wide punctuation; a star here says optional, too. */
const NUMBER =
  /^(\d{1,6}(?:\.\d{1,6}){0,4}|\d{1,6}(?:\.\d{1,6}){1,4}[a-z])(?:[.):]?(\\?\*)?(?:[ \t]+|$)|[．。、：）][ \t]*)(?:[-–—][ \t]+)?/;
/** cc-sdd's mark for "may run at the same time", behind the number or at the end. */
const PARALLEL_FIRST = /^(?:[(（]P[)）]|\[P\])(?:[ \t]+|$)/;
const PARALLEL_LAST = /[ \t]+[(（]P[)）]$/;

/**
 * Kiro's `tasks.md`, and that of cc-sdd, which adds `(P)`, `_Depends: 1.2_` and `_Boundary: …_`: numbered boxes, whose numbers make
 * the tree; a star behind the box makes one optional.
 */
export function kiroDialect(source: SourceText): MarkdownDialect {
  let graph: WaveGraph | null = null;
  return {
    name: "kiro",
    attributes: AGENT_ATTRIBUTES,
    readItem,
    needsInBox: "a number such as 1.1",
    readText,
    headingBegins: () => "nothing",
    parentId: (id) => (id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null),
    readFence(fence, heading) {
      const found = readWaveGraph(source, fence, heading);
      if (found) graph = orderingGraph(graph, found);
      return found !== null;
    },
    order: (drafts, idOf, checkpoints) =>
      graph ? orderByWaves({ source, graph, drafts, idOf, checkpoints }) : { order: orderTasks(drafts, idOf) },
  };
}

/** A place to link to, before the number. */
const ANCHOR = /^(?:<a(?: [^<>]{0,200})?>[ \t]*<\/a>[ \t]*)+/i;

function readItem(text: string): TaskWords | null {
  const words = readBoxWords(text);
  const plain = words.title.replace(ANCHOR, "");
  const match = NUMBER.exec(plain);
  if (!match) return null;
  const [whole, id = "", star] = match;
  let title = plain.slice(whole.length);
  const label = readKiroLabels(title)[0];
  if (label && label.start > 0) title = title.slice(0, label.start).trimEnd();
  const first = PARALLEL_FIRST.exec(title)?.[0] ?? "";
  const last = first === "" ? (PARALLEL_LAST.exec(title)?.[0] ?? "") : "";
  return {
    id,
    title: title.slice(first.length, title.length - last.length),
    parallel: words.parallel || first !== "" || last !== "",
    optional: words.optional || star !== undefined,
  };
}

const LINK_TARGET = /\]\([^()\n]{0,500}\)/g;

function readText(text: string, from: number): TaskFacts {
  const requirements: string[] = [];
  const files: string[] = [];
  let needs: string[] | null = null;
  let needsPlace: TaskFacts["needsPlace"];
  for (const label of readKiroLabels(text)) {
    const value = text.slice(label.from, label.to);
    if (label.kind === "requirements") requirements.push(...readRequirementIds(value.replace(LINK_TARGET, "]")));
    else if (label.kind === "boundary")
      files.push(
        ...value
          .split(/[,，、;]/)
          .map(pathOf)
          .filter((path) => path !== ""),
      );
    else {
      const ids = readRequirementIds(value);
      if (ids.length === 0 && !/^\s*(?:none|-|n\/a|无|なし)\s*$/i.test(value)) continue;
      needs = [...(needs ?? []), ...ids];
      needsPlace ??= { from: from + label.from, to: from + label.from + value.trimEnd().length };
    }
  }
  return { requirements, files, ...(needs ? { needs } : {}), ...(needsPlace ? { needsPlace } : {}) };
}

/** A boundary is a component, unless it looks like a path. */
function pathOf(words: string): string {
  const path = words.trim().replace(/^`(.*)`$/, "$1");
  return /^[^\s`*?<>|"]{1,300}$/.test(path) && /\/|\.[a-z]\w{0,7}$/i.test(path) ? path : "";
}
