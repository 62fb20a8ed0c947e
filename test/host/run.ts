import { globSync } from "node:fs";
import Mocha from "mocha";

/**
 * What the extension host calls: runs the suites that were built beside this file, and writes their results as mocha's JSON
 * into the file of PLANWRIGHT_HOST_RESULT. Rejects when a test has failed.
 */
export async function run(): Promise<void> {
  const output = process.env["PLANWRIGHT_HOST_RESULT"];
  const mocha = new Mocha({
    timeout: 30_000,
    forbidOnly: true,
    forbidPending: true,
    ...(output === undefined ? { reporter: "spec" } : { reporter: "json", reporterOptions: { output } }),
  });
  const only = process.env["PLANWRIGHT_HOST_GREP"];
  if (only !== undefined) mocha.grep(only);
  for (const file of globSync("*.test.cjs", { cwd: __dirname }).toSorted()) mocha.addFile(`${__dirname}/${file}`);
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
