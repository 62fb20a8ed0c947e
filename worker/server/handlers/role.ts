import { PLACEHOLDERS } from "../../plan/roles/placeholders.ts";
import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

export function roleHandlers(workspace: Workspace): Pick<Handlers, "role.list"> {
  return {
    "role.list": async () => {
      const { templates, problems } = await workspace.roles.read();
      const roles = [...templates.values()].map(({ id, summary, writes, path, text }) => {
        return { id, summary, writes, path, template: text };
      });
      return { roles, places: PLACEHOLDERS, problems: problems.map(({ message }) => message) };
    },
  };
}
