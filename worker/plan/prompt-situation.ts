import type { AttemptResult, NamedOutput, StepChange } from "../../schemas/event.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";

/** What a step before has left. */
export interface EarlierResult {
  readonly stepId: string;
  readonly title: string;
  readonly outputs: readonly NamedOutput[];
  /** Paths of its declared outputs, inside the workspace. */
  readonly made: readonly string[];
  readonly change: StepChange | null;
  /** Its last words; null: it is no agent's, or said nothing. */
  readonly said: string | null;
}

/** What a review looks at. */
export interface ReviewedWork extends EarlierResult {
  readonly agent: string;
  readonly instructions: string;
  readonly check: AttemptResult["check"];
  /** What this review has asked for in the rounds before, oldest first. */
  readonly asked: readonly string[];
  /** The commit that the first round began with; null: this is the first. */
  readonly since: string | null;
}

/** A file that says how work is done in a workspace. */
export interface RulesFile {
  /** Inside the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
  /** How many bytes of it are left out. */
  readonly cut: number;
}

/** What is known only when an attempt begins. */
export interface PromptSituation {
  /** Of the step's role. */
  readonly template: string;
  readonly results: readonly EarlierResult[];
  /** Titles of the steps before it that failed and are tolerated. */
  readonly missing: readonly string[];
  readonly findings: string | null;
  /** Null: the step is no review, or what it looks at was done before. */
  readonly reviewed: ReviewedWork | null;
  readonly rules: readonly RulesFile[];
}

/** The parts of a plan and a step that an agent is told of. */
export type PromptPlan = Pick<Plan, "title" | "context" | "specPath">;
export type PromptStep = Pick<
  PlanStep,
  "title" | "parameters" | "files" | "outputs" | "extract" | "check" | "section" | "place" | "change" | "reviews"
>;
