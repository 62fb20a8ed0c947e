#!/usr/bin/env node
import module from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`planwright: Node.js 22.15 or later is needed; this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  // Before anything else is loaded: the second start is much faster than the first.
  module.enableCompileCache();
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2), import.meta.url);
}
