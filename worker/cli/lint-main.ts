#!/usr/bin/env node
import { isNodeRecent } from "./node-version.ts";

// `planwright lint` as a program in one file, for the CI of a project that has nothing else of Planwright.
if (isNodeRecent()) {
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(["lint", ...process.argv.slice(2)], import.meta.url);
} else process.exitCode = 2;
