import type { JSX } from "preact";
import type { StepGlance } from "../../schemas/execution.ts";
import { NODE_SIZE, type PlanLayout } from "../../schemas/plan-layout.ts";
import type { PlanStep } from "../../schemas/plan.ts";
import type { StateLook } from "../parts/step-state.ts";
import { duration, money, oneLine, runningDuration, t } from "../text.ts";
import { clipped } from "./clipped-text.ts";
import type { PlanPage } from "./plan-page.ts";
import { runningTime } from "./run-follower.ts";
import { lookOf, stepLabel } from "./step-words.ts";
import { nodesIn, type Box, type Detail, type LayoutNode } from "./viewport.ts";

const { width: WIDTH, height: HEIGHT } = NODE_SIZE;
/** Icons of the icon font. */
const FLAME = "\ueaf2";
const BEAKER = "\uea79";
const PENCIL = "\uea73";

export function nodeId(page: PlanPage, stepId: string): string {
  return `node-${page.numbers.value.get(stepId) ?? 0}`;
}

interface GraphNodesProps {
  readonly page: PlanPage;
  readonly layout: PlanLayout;
  readonly box: Box;
  readonly detail: Detail;
}

/** The steps in view. From afar they are drawn together, by state. */
export function GraphNodes({ page, layout, box, detail }: GraphNodesProps): JSX.Element {
  const glances = page.run.glances.value;
  const steps = page.steps.value;
  const selected = page.selected.value;
  const inView = nodesIn(box, layout.nodes).flatMap((node) => {
    const step = steps.get(node.stepId);
    if (step === undefined) return [];
    const glance = glances.get(step.id);
    return [{ node, step, glance, look: lookOf(page, step, glance) }];
  });
  if (detail !== "dot") {
    return (
      <g role="presentation">
        {inView.map((one) => (
          <Node key={one.node.stepId} page={page} {...one} detail={detail} isSelected={one.node.stepId === selected} />
        ))}
      </g>
    );
  }
  const chosen = inView.filter(({ node }) => node.stepId === selected);
  return (
    <g role="presentation">
      <Dots nodes={inView} />
      {chosen.map((one) => (
        <Node key={one.node.stepId} page={page} {...one} detail="state" isSelected />
      ))}
    </g>
  );
}

interface Drawn {
  readonly node: LayoutNode;
  readonly step: PlanStep;
  readonly glance: StepGlance | undefined;
  readonly look: StateLook;
}

/** All steps of a state as one path, each with a sign of its own in it, so that the colour does not tell alone. */
function Dots({ nodes }: { nodes: readonly Drawn[] }): JSX.Element {
  const byState = Map.groupBy(nodes, ({ look }) => `${look.kind} ${look.glyph}`);
  return (
    <g role="presentation" aria-hidden="true">
      {[...byState].map(([key, group]) => {
        const [first] = group;
        const frames = group.map(({ node: { x, y } }) => `M${x} ${y}h${WIDTH}v${HEIGHT}h${-WIDTH}z`).join("");
        const signs = group
          .map(({ node: { x, y }, look }) => signAt(look.kind, x + WIDTH / 2, y + HEIGHT / 2))
          .join("");
        return (
          <g key={key} class={`dots state-${first?.look.kind ?? "planned"}`}>
            <path class="dot-frame" d={frames} />
            <path class="dot-sign" d={signs} />
          </g>
        );
      })}
    </g>
  );
}

/** A sign that is recognised when a step is only a few pixels large. */
function signAt(kind: string, x: number, y: number): string {
  switch (kind) {
    case "completed":
      return `M${x - 18} ${y}l12 12l24 -24`;
    case "failed":
      return `M${x - 16} ${y - 16}l32 32m0 -32l-32 32`;
    case "running":
      return `M${x - 12} ${y - 16}l28 16l-28 16z`;
    case "waiting":
    case "undecided":
      return `M${x} ${y - 18}v22m0 10v4`;
    case "skipped":
    case "cancelled":
      return `M${x - 20} ${y}h40`;
    default:
      return "";
  }
}

function Node(props: Drawn & { page: PlanPage; detail: Detail; isSelected: boolean }): JSX.Element {
  const { page, node, step, glance, look, detail, isSelected } = props;
  const isCritical = page.critical.value.has(step.id);
  const revised = page.revised.value.get(step.id);
  const classes = ["node", `state-${look.kind}`, isSelected ? "selected" : "", isCritical ? "critical" : "", detail];
  return (
    <g
      class={`${classes.join(" ")}${revised ? ` ${revised.status}` : ""}`}
      transform={`translate(${node.x},${node.y})`}
      role="presentation"
    >
      {/* Its name says all that the texts say, and more; so they stand beside it. */}
      <g id={nodeId(page, step.id)} role="option" aria-selected={isSelected} aria-label={stepLabel(page, step, glance)}>
        <rect class="node-frame" width={WIDTH} height={HEIGHT} rx={4} />
        <rect class="node-stripe" width={5} height={HEIGHT} rx={2} />
      </g>
      <g aria-hidden="true">
        {detail === "full" ? (
          <FullNode page={page} step={step} glance={glance} look={look} />
        ) : (
          <text class="node-sign" x={WIDTH / 2} y={HEIGHT / 2 + 14}>
            {look.glyph}
          </text>
        )}
      </g>
    </g>
  );
}

const TEXT_LEFT = 36;
const MARGIN = 8;
const MARK_WIDTH = 16;
/** As plan.css draws them. */
const TITLE_SIZE = 13;
const FACTS_SIZE = 11.5;

function FullNode(props: { page: PlanPage } & Pick<Drawn, "step" | "glance" | "look">): JSX.Element {
  const { page, step, glance, look } = props;
  const marks = [
    ...(page.critical.value.has(step.id) ? [FLAME] : []),
    ...(step.simulated ? [BEAKER] : []),
    ...(page.draft.value.some(({ stepId }) => stepId === step.id) ? [PENCIL] : []),
  ];
  const room = WIDTH - TEXT_LEFT - MARGIN;
  const titleRoom = room - (marks.length === 0 ? 0 : marks.length * MARK_WIDTH + MARGIN);
  return (
    <>
      <text class="node-icon" x={14} y={24}>
        {look.glyph}
      </text>
      <text class="node-title" x={TEXT_LEFT} y={22}>
        {clipped(oneLine(step.title), titleRoom, TITLE_SIZE)}
      </text>
      {marks.length > 0 && (
        <text class="node-marks" x={WIDTH - MARGIN} y={22}>
          {marks.join("")}
        </text>
      )}
      <text class="node-facts" x={TEXT_LEFT} y={42}>
        {clipped(factsOf(page, step, glance, look), room, FACTS_SIZE)}
      </text>
    </>
  );
}

/** State, then who runs it, what it costs and how long it takes, as far as there is room. */
function factsOf(page: PlanPage, step: PlanStep, glance: StepGlance | undefined, look: StateLook): string {
  const currency = page.plan.value?.currency ?? "";
  const agent = glance?.agent ?? step.agent;
  if (glance === undefined || glance.spans.length === 0) {
    // What is left out has nothing to expect.
    if (look.kind === "skipped" || look.kind === "cancelled") return look.word;
    const planned = [
      step.estimatedDuration === null ? "" : duration(step.estimatedDuration),
      costWord(step.estimatedCost, currency),
    ];
    return [look.word, ...planned, agent ?? ""].filter((part) => part !== "").join(" · ");
  }
  const isRunning = glance.status === "running";
  const spent = isRunning ? runningTime(glance, page.run.elapsed.value) : glance.duration;
  const time = spent === null ? "" : isRunning ? runningDuration(spent) : duration(spent);
  const attempts = glance.spans.length > 1 ? t("attempt {0}", glance.spans.length) : "";
  return [look.word, attempts, time, costWord(glance.cost, currency), agent ?? ""]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Nothing costs nothing to say. */
function costWord(cost: number | null, currency: string): string {
  return cost === null || cost === 0 ? "" : money(cost, currency);
}
