import { acquireOwner } from "../../worker/store/owner-lock.ts";
import type { WorkspaceSource } from "../../worker/server/subscriptions.ts";
import { runWorker } from "../../worker/server/worker-process.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { tinyDomain } from "./tiny-domain.ts";

const EMPTY = { executions: [], progress: [], decisions: [], plans: [], agents: [], limits: [], notices: [] };
const finishMs = process.env["PLANWRIGHT_TEST_FINISH_MS"];
const version = process.env["PLANWRIGHT_TEST_VERSION"] ?? "0.0.1";
const NOTHING: WorkspaceSource = {
  ...{ from: null, interval: 50, isPaced: false },
  read: async () => ({
    batch: { kind: "workspace", workspace: EMPTY, end: false },
    after: null,
    more: false,
    isNews: true,
  }),
  onChange: () => () => {},
};

/**
 * A real worker process without anything behind it. `PLANWRIGHT_TEST_VERSION` is its version; with `PLANWRIGHT_TEST_FINISH_MS` it runs
 * something that ends so long after it was drained.
 */
process.exit(await runWorker({ version, clock: systemClock, acquireOwner, openDomain: async () => domain() }));

function domain(): ReturnType<typeof tinyDomain> {
  const tiny = tinyDomain({}, { workspace: async () => NOTHING });
  if (finishMs === undefined) return tiny;
  let isBusy = true;
  const listeners = new Set<() => void>();
  return {
    ...tiny,
    busy: () => isBusy,
    running: () => (isBusy ? ["what-runs"] : []),
    onBusyChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drain: () => {
      setTimeout(() => {
        isBusy = false;
        for (const listener of listeners) listener();
      }, Number(finishMs));
    },
  };
}
