import { registerHooks } from "node:module";

/** Once this file is imported, `vscode` is the pretended editor of editor.ts for whatever is imported later. */
const stub = new URL("module.ts", import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "vscode" ? { url: stub, shortCircuit: true } : next(specifier, context),
});
