import type { ExtensionContext } from "vscode";

/** VS Code calls it once, when the extension is needed for the first time. */
export function activate(_context: ExtensionContext): void {}
