/** What a command does about the signals of its terminal. Returns a function that restores the defaults. */
export function onSignals(handlers: { interrupt: () => void; hangUp: () => void }): () => void {
  // SIGTERM asks for the same as Ctrl-C: whoever ends a command that follows an execution wants the execution to stop.
  const bindings = [
    ["SIGINT", handlers.interrupt],
    ["SIGTERM", handlers.interrupt],
    ["SIGHUP", handlers.hangUp],
  ] as const;
  for (const [signal, handler] of bindings) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of bindings) process.off(signal, handler);
  };
}
