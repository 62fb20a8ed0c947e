import type { LimitScope } from "./budget.ts";
import { formatDuration } from "./duration.ts";

/** How people are told of a limit of a policy: `policy dev-policy for ec2`. */
export function limitLabel(policy: string, scope: LimitScope): string {
  switch (scope.kind) {
    case "total":
      return `policy ${policy}`;
    case "service":
      return `policy ${policy} for ${scope.service}`;
    case "other":
      return `policy ${policy} for other services`;
    case "agent":
      return `policy ${policy} for agent ${scope.agent}`;
  }
}

/** Its key, unique among the limits of a plan. The spec's own budget has the key `spec`, which no policy's key can be. */
export function limitKey(policy: string, scope: LimitScope): string {
  switch (scope.kind) {
    case "total":
      return `${policy}/total`;
    case "service":
      return `${policy}/service/${scope.service}`;
    case "other":
      return `${policy}/other`;
    case "agent":
      return `${policy}/agent/${scope.agent}`;
  }
}

/** The label of a limit of which only the key is recorded. */
export function labelOfKey(key: string): string {
  const [policy = "", kind, ...rest] = key.split("/");
  const name = rest.join("/");
  switch (kind) {
    case undefined:
      return "the budget";
    case "service":
      return limitLabel(policy, { kind, service: name });
    case "agent":
      return limitLabel(policy, { kind, agent: name });
    case "other":
      return limitLabel(policy, { kind, listed: [] });
    default:
      return limitLabel(policy, { kind: "total" });
  }
}

const HOUR_MS = 3_600_000;

/** People say 24 hours, not a day, of a window that moves. */
export function rollingLength(length: number): string {
  return length % HOUR_MS === 0 && length <= 48 * HOUR_MS ? `${length / HOUR_MS}h` : formatDuration(length);
}
