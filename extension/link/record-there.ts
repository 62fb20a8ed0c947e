import { access, realpath } from "node:fs/promises";

/** Whether a worker of the folder has left word where it is. Cheap, so that a window without one loads nothing. */
export async function isRecordThere(folder: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  // Its hashes bring node:crypto, which takes longer to load than all that is needed to activate.
  const { folderState, recordPath, stateFolderPath } = await import("../../worker/link/state-places.ts");
  try {
    await access(recordPath(folderState(stateFolderPath(environment), await realpath(folder))));
    return true;
  } catch {
    return false;
  }
}
