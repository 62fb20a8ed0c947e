import { acquireOwner } from "../../worker/store/owner-lock.ts";
import { runWorker } from "../../worker/server/worker-process.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { tinyDomain } from "./tiny-domain.ts";

/** A real worker process without anything behind it. */
process.exit(
  await runWorker({ version: "0.0.1", clock: systemClock, acquireOwner, openDomain: async () => tinyDomain() }),
);
