import type { WebSocket } from "ws";
import { closeSocket, transportsOver } from "../../link/socket-messages.ts";
import type { Workspace } from "../workspace.ts";
import { serveLanguage } from "./language-server.ts";
import { workspaceHost } from "./workspace-host.ts";

/** Serves an editor that has specs of the workspace open. Loaded with the first one. */
export function serveEditorOf(
  workspace: Workspace,
  socket: WebSocket,
  onBug: (what: string, error: unknown) => void,
): void {
  const end = (): void => {
    closeSocket(socket, 1000, "");
  };
  serveLanguage({ ...transportsOver(socket), end }, workspaceHost(workspace, onBug));
}
