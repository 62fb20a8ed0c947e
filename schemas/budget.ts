import { z } from "zod";
import { Milliseconds, parseDuration } from "./duration.ts";
import { Amount, CostCertainty, Currency, Micros } from "./money.ts";
import { BudgetMode } from "./spec.ts";

/**
 * Over which time a limit counts. `execution`: each execution by itself. `rolling`: all executions of the folder, in the last so many
 * milliseconds. `calendar`: the same, since the beginning of the day, of the week (Monday) or of the month, in local time.
 */
export const BudgetWindow = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("execution") }),
  z.object({ kind: z.literal("rolling"), length: Milliseconds.min(1) }),
  z.object({ kind: z.literal("calendar"), unit: z.enum(["day", "week", "month"]) }),
]);
export type BudgetWindow = z.infer<typeof BudgetWindow>;

/** What a limit counts. `other`: every service that the policy does not list. */
export const LimitScope = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("total") }),
  z.object({ kind: z.literal("service"), service: z.string() }),
  z.object({ kind: z.literal("other"), listed: z.array(z.string()) }),
  z.object({ kind: z.literal("agent"), agent: z.string() }),
]);
export type LimitScope = z.infer<typeof LimitScope>;

/** A policy as a plan carries it: what the person who approves the plan also approves (catalogue E1). */
export const BudgetPolicy = z.object({
  id: z.string(),
  /** It holds for plans of this environment, and for those that name none; null: for every plan. */
  environment: z.string().nullable(),
  currency: Currency,
  window: BudgetWindow,
  limits: z.array(z.object({ scope: LimitScope, amount: z.number().min(0) })).min(1),
  mode: BudgetMode,
  /** Share of a limit at which people are told, 0 to 1. */
  warningThreshold: z.number().min(0).max(1),
  /** A person is asked before the first step starts. */
  approvalRequired: z.boolean(),
  /** Under `enforce`: how long a step may wait for the window to move on before it is left out. */
  wait: Milliseconds,
});
export type BudgetPolicy = z.infer<typeof BudgetPolicy>;

const Limit = z.number().min(0).max(1_000_000_000);

const DurationText = z.string().refine((text) => parseDuration(text) !== null, {
  message: 'a duration such as "24h" or "15m" is needed',
});

const WindowText = z.string().refine((text) => (parseDuration(text) ?? 0) >= 1_000, {
  message: 'day, week, month or a duration of a second or more, such as "24h", is needed',
});

/** One policy as a person writes it. */
export const PolicyDefinition = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dot, dash and underscore"),
  environment: z.string().min(1).nullable().default(null),
  limits: z.strictObject({
    total: Limit,
    currency: Currency.default("USD"),
    /** `24h`: of the last 24 hours; `day`, `week`, `month`: since its beginning; null: of each execution. */
    duration: z
      .union([z.enum(["day", "week", "month"]), WindowText])
      .nullable()
      .default(null),
    /** By the service under which costs are booked; `other` is for those that are not listed. */
    perService: z.record(z.string(), Limit).default({}),
    perAgent: z.record(z.string(), Limit).default({}),
  }),
  enforcement: z
    .strictObject({
      mode: BudgetMode.default("approve"),
      warningThreshold: z.number().min(0).max(1).default(0.8),
      approvalRequired: z.boolean().default(false),
      wait: DurationText.default("0s"),
    })
    .prefault({}),
});
export type PolicyDefinition = z.infer<typeof PolicyDefinition>;

/** Where billed amounts come from later (catalogue E6): a program or an address that answers with `BilledAmounts`. */
export const BillingSource = z.strictObject({
  command: z.array(z.string().min(1)).min(1).optional(),
  url: z.url({ protocol: /^https?$/, error: "an address that begins with https:// or http://" }).optional(),
  /** Name of the environment variable whose value is sent as a bearer token. */
  tokenEnv: z.string().optional(),
  /** Loopback and private addresses are refused unless this is true. */
  allowPrivate: z.boolean().default(false),
});
export type BillingSource = z.infer<typeof BillingSource>;

const RATE_WORDS = "a number above 0 with at most six decimals, such as 0.79, is needed";

const Rate = z.union(
  [
    z.number().min(0.000001).max(1_000_000),
    z.string().regex(/^\d{1,7}(\.\d{1,6})?$/, { error: RATE_WORDS, abort: true }),
  ],
  { error: RATE_WORDS },
);

const shared = {
  $schema: z.string().optional(),
  /** What one unit of a currency is worth in the currency of the first policy, as a number or as text such as "0.79". */
  rates: z.record(Currency, Rate).default({}),
  billing: BillingSource.optional(),
};

/** Several policies, of which each holds in its environment. */
export const BudgetPolicies = z.strictObject({ ...shared, policies: z.array(PolicyDefinition).min(1) });

/** One policy, which is the whole file. */
export const SinglePolicy = PolicyDefinition.extend(shared);

/** The content of `.planwright/budget.json`. */
export const BudgetFile = z.union([BudgetPolicies, SinglePolicy]);
export type BudgetFile = z.infer<typeof BudgetFile>;

/** What a billing source answers: a list, each entry for an execution and, where it is known, a step. */
export const BilledAmounts = z.array(
  z.object({
    /** Of the source, so that the same entry is booked once. */
    id: z.string().min(1).max(200),
    executionId: z.string(),
    stepId: z.string().nullable().default(null),
    service: z.string(),
    amount: z.number().min(0).max(1_000_000_000),
    currency: Currency,
  }),
);
export type BilledAmounts = z.infer<typeof BilledAmounts>;

/** One limit as the engine checks it, in the plan's currency. */
export const EngineLimit = z.object({
  /** Unique among the limits of a plan: `spec`, or the policy's id with its scope, such as `dev-policy/service/ec2`. */
  key: z.string(),
  /** For people, such as `policy dev-policy for ec2`. */
  label: z.string(),
  scope: LimitScope,
  window: BudgetWindow,
  /** Plans of this environment count; null: all. */
  environment: z.string().nullable().default(null),
  limit: Micros.min(0),
  warnAt: Micros.min(0),
  mode: BudgetMode,
  approvalRequired: z.boolean().default(false),
  wait: Milliseconds.default(0),
});
export type EngineLimit = z.infer<typeof EngineLimit>;

/** How far a limit is used up. */
export const BudgetLevel = z.enum(["below", "threshold", "limit"]);
export type BudgetLevel = z.infer<typeof BudgetLevel>;

/** A limit with what is used of it now, as budget screens show it. Amounts are in `currency`. */
export const LimitStanding = z.object({
  key: z.string(),
  label: z.string(),
  /** The policy's id; null: the spec's own budget. */
  policy: z.string().nullable(),
  /** Of a limit that counts each execution by itself: the execution that is shown; null: none runs. */
  executionId: z.string().nullable().default(null),
  scope: LimitScope,
  window: BudgetWindow,
  environment: z.string().nullable(),
  mode: BudgetMode,
  currency: Currency,
  limit: z.number().min(0),
  /** What people have allowed above it, in its window. */
  allowed: z.number().min(0),
  /** With what ended attempts of unknown cost keep of their reservations: unknown is not zero. */
  spent: z.number().min(0),
  /** For attempts that run. */
  reserved: z.number().min(0),
  /** Spent, reserved, and what the steps that are left of running executions are expected to cost; null: not all have an estimate. */
  forecast: Amount,
  level: BudgetLevel,
  /** When the window moves on so that some of what is spent no longer counts; null: it does not. */
  frees: z.iso.datetime().nullable(),
});
export type LimitStanding = z.infer<typeof LimitStanding>;

/** One line of a breakdown. Amounts of different currencies are never added up: each has its own line. */
export const SpentLine = z.object({
  name: z.string(),
  currency: Currency,
  amount: z.number().min(0),
  /** The least sure of its entries. */
  certainty: CostCertainty,
  entries: z.int().min(0),
  /** Entries without a known amount. */
  unknown: z.int().min(0),
  /** What attempts of unknown cost keep of their reservations: it counts in limits, and not in `amount`. */
  held: z.number().min(0),
});
export type SpentLine = z.infer<typeof SpentLine>;

/** Estimate against actual (catalogue E5), over attempts that have both. */
export const EstimateAccuracy = z.object({
  attempts: z.int().min(0),
  currency: Currency,
  estimated: z.number().min(0),
  actual: z.number().min(0),
  /** Median of actual / estimated; null without attempts. */
  medianRatio: z.number().min(0).nullable(),
  /** Share of the attempts that stayed within a tenth of their estimate or below it; null without attempts. */
  withinTenth: z.number().min(0).max(1).nullable(),
});
export type EstimateAccuracy = z.infer<typeof EstimateAccuracy>;

/** An approval of more money that somebody gave. */
export const BudgetApproval = z.object({
  at: z.iso.datetime(),
  by: z.string(),
  amount: z.number().min(0),
  currency: Currency,
  /** The limit that it raises, for people. */
  label: z.string(),
  executionId: z.string(),
  stepId: z.string(),
  title: z.string(),
});
export type BudgetApproval = z.infer<typeof BudgetApproval>;

/** The budget of a folder: limits, spending, forecast, accuracy. */
export const BudgetView = z.object({
  /** What is wrong with `.planwright/budget.json`, one sentence each with its place; empty: nothing. */
  problems: z.array(z.string()),
  limits: z.array(LimitStanding),
  /** Since when the breakdowns below count. */
  since: z.iso.datetime(),
  byService: z.array(SpentLine),
  byAgent: z.array(SpentLine),
  /** The name is the execution's title; `executionId` opens it. */
  byExecution: z.array(SpentLine.extend({ executionId: z.string() })),
  /** The name is the local day, such as 2026-11-21; oldest first. */
  byDay: z.array(SpentLine),
  accuracy: z.array(EstimateAccuracy),
  approvals: z.array(BudgetApproval),
});
export type BudgetView = z.infer<typeof BudgetView>;
