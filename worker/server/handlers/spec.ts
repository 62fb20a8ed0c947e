import { parseSpec } from "../../spec/parse.ts";
import type { Handlers } from "../handlers.ts";
import { readSpecFile } from "../spec-file.ts";
import type { Workspace } from "../workspace.ts";

export function specHandlers(workspace: Workspace): Pick<Handlers, "spec.parse"> {
  return {
    "spec.parse": async ({ path }) => {
      const file = await readSpecFile(workspace.folder, path);
      return { path: file.workspacePath, document: parseSpec(file.text, file.workspacePath) };
    },
  };
}
