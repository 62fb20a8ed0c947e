import { Editor } from "./editor.ts";

let starting: Promise<Editor> | null = null;

/**
 * The editor that all flows of a run share: a server takes seconds to start. Each flow has a workspace of its own, and gives back
 * the windows and settings as it found them.
 */
export function sharedEditor(): Promise<Editor> {
  starting ??= Editor.start();
  return starting;
}

/** To be called where mocha reads the suites. */
export function shareEditor(): void {
  afterEach(async function () {
    if (starting === null) return;
    const editor = await starting;
    // A test that will be tried again has no state.
    if (this.currentTest !== undefined && this.currentTest.state !== "passed")
      await editor.keepEvidence(this.currentTest.fullTitle());
    await editor.closeWindows();
    await editor.endWorkers();
    editor.server.changeSettings();
  });
}

after(async () => {
  const editor = await starting;
  starting = null;
  await editor?.remove();
});
