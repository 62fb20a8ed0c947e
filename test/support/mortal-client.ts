import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "../../schemas/client.ts";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../../worker/link/connect.ts";
import type { CliWorld } from "./cli.ts";

const MORTAL = fileURLToPath(new URL("mortal-worker.mjs", import.meta.url));

/** Where the worker of `connectMortal` keeps how many calls it has made. */
export function callsFile(world: CliWorld): string {
  return join(world.root, "calls");
}

/** A client of a worker that dies at a call to the file system. */
export async function connectMortal(world: CliWorld, killAt: number): Promise<Client> {
  const { client } = await connectWorker(world.folder, {
    start: true,
    workerEntry: MORTAL,
    clientName: "test",
    version: VERSION,
    environment: {
      PATH: process.env["PATH"] ?? "",
      HOME: world.root,
      XDG_STATE_HOME: world.stateHome,
      PLANWRIGHT_TEST_KILL_AT: String(killAt),
      PLANWRIGHT_TEST_CALLS: callsFile(world),
    },
  });
  return client;
}
