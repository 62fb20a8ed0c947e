import type { LimitScope } from "./budget.ts";

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
