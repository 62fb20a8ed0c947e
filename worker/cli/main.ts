#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: the second start is much faster than the first.
enableCompileCache();
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
