import { enableCompileCache } from "node:module";

// Before anything else is loaded: the second start is much faster than the first.
enableCompileCache();
const [{ runWorker }, { acquireOwner }, { VERSION }, { systemClock }] = await Promise.all([
  import("./server/worker-process.ts"),
  import("./store/owner-lock.ts"),
  import("../schemas/version.ts"),
  import("./run/system-clock.ts"),
]);

/** The composition root of the worker process. What is heavy is loaded when the first operation needs it. */
const exitCode = await runWorker({
  version: VERSION,
  clock: systemClock,
  acquireOwner,
  openDomain: async (context) => (await import("./server/open-domain.ts")).openDomain(context),
});
process.exit(exitCode);
