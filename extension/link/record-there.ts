import { access, realpath } from "node:fs/promises";
import { folderState, recordPath, stateFolderPath } from "../../worker/link/state-places.ts";

/** Whether a worker of the folder has left word where it is. Cheap, so that a window without one loads nothing. */
export async function isRecordThere(folder: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await access(recordPath(folderState(stateFolderPath(environment), await realpath(folder))));
    return true;
  } catch {
    return false;
  }
}
