/**
 * What may import what: the table of CONTRIBUTING.md ("The rooms") as rules. A room not named here may import nothing outside
 * itself. test/gates/import-rules.test.ts seeds a violation of each.
 */

/**
 * For each room: rooms (or single files) it may import, npm packages it may import, and which of Node's own modules.
 * Every room may import itself and schemas.
 * @type {Record<string, { rooms?: string[]; packages?: string[]; node?: string[] | "all" }>}
 */
const ROOMS = {
  schemas: { packages: ["zod"] },
  "worker/spec": { packages: ["@lezer/common", "@lezer/markdown", "yaml"] },
  "worker/plan": { rooms: ["worker/spec"], node: ["crypto"] },
  "worker/lint": { rooms: ["worker/spec", "worker/plan", "worker/agents/selection.ts"] },
  "worker/engine": {},
  "worker/run": { rooms: ["worker/engine"], node: "all" },
  "worker/agents": {
    rooms: ["worker/spec/json-source.ts", "worker/logs/redactor.ts"],
    packages: [
      ...["yaml", "zod", "re2js"],
      ...[
        "@agentclientprotocol/sdk",
        "@modelcontextprotocol/sdk",
        "@ai-sdk/anthropic",
        "@ai-sdk/google",
        "@ai-sdk/openai",
        "@ai-sdk/openai-compatible",
        "@pydantic/genai-prices",
      ],
    ],
    node: "all",
  },
  "worker/store": { packages: ["sql.js", "zod"], node: "all" },
  "worker/logs": { node: "all" },
  "worker/workflow": { node: "all" },
  "worker/insight": { rooms: ["worker/store"], node: "all" },
  "worker/git": { packages: ["zod"], node: "all" },
  "worker/server": {
    rooms: ["worker"],
    packages: ["ws", "vscode-jsonrpc", "vscode-languageserver", "vscode-languageserver-textdocument", "zod", "re2js"],
    node: "all",
  },
  "worker/link": { packages: ["ws", "vscode-jsonrpc"], node: "all" },
  "worker/cli": {
    rooms: [
      "worker/link",
      "worker/lint",
      "worker/agents/registry.ts",
      // How specs and what stands beside them are read, in one way for all who do.
      ...["companion-file", "role-files", "spec-file", "specs-file"].map((name) => `worker/server/${name}.ts`),
    ],
    packages: ["commander", "log-update", "string-width"],
    node: "all",
  },
  "worker/main.ts": { rooms: ["worker"], node: "all" },
  extension: {
    rooms: ["worker/link"],
    packages: ["vscode", "@types/vscode", "vscode-languageclient", "vscode-jsonrpc"],
    node: "all",
  },
  webview: {
    packages: [
      ...["preact", "@preact/signals", "@vscode/codicons"],
      ...["d3-zoom", "d3-selection", "@tanstack/virtual-core", "anser", "zod"],
    ],
  },
};

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const within = (room) => (room.endsWith(".ts") ? `^${escaped(room)}$` : `^${escaped(room)}/`);
/** A package that is not installed keeps its bare name. */
const inPackage = (name) => `(^|/)node_modules/${escaped(name)}/|^${escaped(name)}($|/)`;

const roomRules = Object.entries(ROOMS).flatMap(([room, { rooms = [], packages = [], node = [] }]) => {
  const name = room.replace(/\.ts$/, "").replaceAll("/", "-");
  const outside = {
    name: `${name}-imports`,
    comment: `${room} may import ${["schemas", ...rooms, ...packages].join(", ")} and nothing else: CONTRIBUTING.md, "The rooms".`,
    severity: "error",
    from: { path: within(room) },
    to: {
      pathNot: ["schemas", room, ...rooms].map(within).concat(packages.map(inPackage)),
      dependencyTypesNot: ["core"],
      couldNotResolve: false,
    },
  };
  if (node === "all") return [outside];
  const core = {
    name: `${name}-node`,
    comment: `${room} is pure: of Node's modules it may import ${node.join(", ") || "none"}.`,
    severity: "error",
    from: { path: within(room) },
    to: { dependencyTypes: ["core"], ...(node.length > 0 ? { pathNot: node.map((one) => `^(node:)?${one}$`) } : {}) },
  };
  return [outside, core];
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: "unknown-room",
      comment: "A new room needs its line in .dependency-cruiser.cjs and in CONTRIBUTING.md.",
      severity: "error",
      from: {
        path: "^(schemas|worker|extension|webview)/",
        pathNot: Object.keys(ROOMS).map(within),
      },
      to: {},
    },
    {
      name: "entries-are-not-imported",
      comment: "Programs are started, not imported.",
      severity: "error",
      from: {},
      to: {
        path: "^(worker/(main|cli/(lint-)?main|agents/spawner/main|store/check-thread|server/layout-thread|server/language/plan-thread)|webview/(plan|log)/main)\\.tsx?$",
      },
    },
    {
      name: "command-line-is-a-client",
      comment: "Nothing of the worker may need the command line.",
      severity: "error",
      from: { path: "^(schemas|worker|extension|webview)/", pathNot: "^worker/cli/" },
      to: { path: "^worker/cli/" },
    },
    {
      name: "not-to-test",
      comment: "The product does not import its tests.",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
    {
      name: "vscode-in-extension-only",
      severity: "error",
      from: { pathNot: "^(extension/|test/(host/|unit/extension/|support/vscode/|fault/window-))" },
      to: { path: [inPackage("vscode"), inPackage("@types/vscode")] },
    },
    {
      name: "no-cycle",
      comment: "Files that import one another in a circle cannot be read or tested alone. Imports of types count.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphan",
      comment: "Nothing imports this file and it imports nothing.",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "\\.d\\.ts$",
          "\\.css$",
          "^worker/main\\.ts$",
          "^test/.*\\.test\\.ts$",
          "^test/(fixtures|support/editor/host)/",
        ],
      },
      to: {},
    },
    {
      name: "not-to-unresolvable",
      comment: "The file or package that is imported is not there.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^vscode$" },
    },
    {
      name: "not-to-unlisted",
      comment: "The package is not in package.json.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], pathNot: "^vscode$" },
    },
    {
      name: "not-to-development-package",
      comment: "The product may not need a package that its users do not get.",
      severity: "error",
      from: { path: "^(schemas|worker|extension|webview)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|test/fixtures)/" },
    // Imports of types are imports too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    // test/bench has a package.json of its own, for what is measured against.
    combinedDependencies: true,
  },
};
