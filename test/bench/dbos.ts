import { z } from "zod";
import { loadPeer } from "./peer.ts";

/** What the benches use of DBOS. */
interface DbosClass {
  setConfig(config: Readonly<Record<string, unknown>>): void;
  registerWorkflow(act: (count: number) => Promise<void>, options: { name: string }): (count: number) => Promise<void>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
  startWorkflow(
    workflow: (count: number) => Promise<void>,
    options: { workflowID: string },
  ): (count: number) => Promise<{ getResult(): Promise<unknown> }>;
  runStep(act: () => Promise<void>, options: { name: string }): Promise<unknown>;
}
const PeerModule = z.object({ DBOS: z.custom<DbosClass>((value) => typeof value === "function") });

export interface Dbos {
  /** Runs one workflow of `count` steps, one after the other, that do nothing. */
  run(workflowId: string, count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * DBOS with its own settings on a PostgreSQL. It goes on at once with workflows that a dead process of the same name has left.
 * `onStep` sees the number of each step that really runs.
 */
export async function launchDbos(url: string, onStep: (index: number) => void): Promise<Dbos> {
  const { DBOS } = PeerModule.parse(await loadPeer("@dbos-inc/dbos-sdk"));
  const config = { name: "planwright-bench", systemDatabaseUrl: url, applicationVersion: "1", logLevel: "error" };
  DBOS.setConfig(config);
  const workflow = DBOS.registerWorkflow(
    async (count) => {
      for (let index = 0; index < count; index += 1) {
        const step = (): Promise<void> => {
          onStep(index);
          return Promise.resolve();
        };
        await DBOS.runStep(step, { name: "step" });
      }
    },
    { name: "steps" },
  );
  await DBOS.launch();
  return {
    run: async (workflowID, count) => {
      const handle = await DBOS.startWorkflow(workflow, { workflowID })(count);
      await handle.getResult();
    },
    close: () => DBOS.shutdown(),
  };
}
