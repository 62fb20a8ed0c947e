/**
 * Loads and activates one extension in this process, with a pretended `vscode`, and says how long that took. Words: the bundle.
 * Everything that is not the bundle's own is loaded before the clock starts.
 */
import { pathToFileURL } from "node:url";
import "../support/vscode/register.ts";

await import("../support/vscode/module.ts");
const { editor } = await import("../support/vscode/editor.ts");
editor.open(process.cwd());
const workspaceState = { get: () => undefined, update: async () => {} };
const context = { subscriptions: [], extensionUri: null, extensionMode: 1, workspaceState };
const bundle = pathToFileURL(process.argv[2] ?? "").href;

const start = performance.now();
const extension: unknown = await import(bundle);
const loaded = performance.now();
if (!isExtension(extension)) throw new Error(`${bundle} has no activate`);
extension.activate(context);
const activated = performance.now();

process.stdout.write(JSON.stringify({ load: loaded - start, activate: activated - loaded }));
await extension.deactivate();

function isExtension(value: unknown): value is { activate(context: object): void; deactivate(): Promise<void> | void } {
  return typeof value === "object" && value !== null && "activate" in value && "deactivate" in value;
}
