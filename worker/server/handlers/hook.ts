import type { Handlers } from "../handlers.ts";

export function hookHandlers(): Pick<Handlers, "hook.list" | "hook.retry"> {
  return {
    "hook.list": () => Promise.resolve({ deliveries: [], problems: [] }),
    "hook.retry": () => Promise.resolve({ queued: 0 }),
  };
}
