#!/usr/bin/env node
import module from "node:module";
import { isNodeRecent } from "./node-version.ts";

if (isNodeRecent()) {
  // Before anything else is loaded: the second start is much faster than the first.
  module.enableCompileCache();
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2), import.meta.url);
} else process.exitCode = 2;
