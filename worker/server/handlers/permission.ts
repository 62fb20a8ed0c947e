import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

/** What agents may always do in this workspace. */
export function permissionHandlers({
  permissions,
}: Workspace): Pick<Handlers, "permission.list" | "permission.forget"> {
  return {
    "permission.list": async () => ({ permissions: [...(await permissions.list())] }),
    "permission.forget": async ({ agent, subject }) => ({ forgotten: await permissions.forget(agent, subject) }),
  };
}
