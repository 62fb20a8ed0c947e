import type { WebSocket } from "ws";
import { closeSocket } from "../link/socket-messages.ts";
import type { Service } from "./rpc.ts";

/** Serves an authenticated socket of an editor's language client. Nothing is lost that arrives while the server is being loaded. */
export function serveEditor(socket: WebSocket, service: Pick<Service, "domain" | "onBug">): void {
  socket.pause();
  const failed = (error: unknown): void => {
    service.onBug("serving an editor", error);
    closeSocket(socket, 1011, "the language server could not start");
    if (socket.isPaused) socket.resume();
  };
  service
    .domain()
    .then((domain) => domain.serveEditor(socket, service.onBug))
    .then(() => {
      socket.resume();
    })
    .catch(failed);
}
