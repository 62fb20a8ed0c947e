import type { Topic } from "../../schemas/operations/subscription.ts";
import type { Lifecycle } from "../agents/lifecycle.ts";
import { USUAL_INTERVAL_MS, type AgentsSource, type Found } from "./subscriptions.ts";

/** What happens to agents, from a sequence number on. */
export function agentsSource(lifecycle: Lifecycle, { after }: Extract<Topic, { kind: "agents" }>): AgentsSource {
  return {
    from: Math.min(after, lifecycle.last),
    interval: USUAL_INTERVAL_MS,
    isPaced: false,
    read: (seen) => {
      const events = [...lifecycle.after(seen)];
      const last = events.at(-1)?.seq ?? seen;
      const found: Found<number> = {
        batch: { kind: "agents", events, after: last, end: false },
        after: last,
        more: false,
        isNews: events.length > 0,
      };
      return Promise.resolve(found);
    },
    onChange: (listener) =>
      lifecycle.onEvent(() => {
        listener();
      }),
  };
}
