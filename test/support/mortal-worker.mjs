import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/**
 * The built worker, which is killed at the call to the file system that `PLANWRIGHT_TEST_KILL_AT` names by its number: before the call
 * when the number is even, else right after it. Counted are the calls that change files or make them durable. The file
 * `PLANWRIGHT_TEST_CALLS` always holds how many there were.
 */
const killAt = Number(process.env.PLANWRIGHT_TEST_KILL_AT ?? Infinity);
const tally = fs.openSync(process.env.PLANWRIGHT_TEST_CALLS ?? "/dev/null", "w");
const tell = fs.writeSync;
let calls = 0;

const CALLS = ["writeFile", "appendFile", "rename", "rm", "unlink", "mkdir", "copyFile", "open", "utimes"];
const DESCRIPTOR_CALLS = ["write", "writev", "ftruncate", "fsync", "fdatasync"];
replace(fs, [...CALLS, ...DESCRIPTOR_CALLS, ...[...CALLS, ...DESCRIPTOR_CALLS].map((name) => `${name}Sync`)]);
replace(fs.promises, CALLS);
const handle = await fs.promises.open("/dev/null");
replace(Object.getPrototypeOf(handle), ["write", "writev", "writeFile", "appendFile", "truncate", "sync", "datasync"]);
await handle.close();
syncBuiltinESMExports();
await import(new URL("../../dist/worker.mjs", import.meta.url).href);

function replace(owner, names) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...words) {
      calls += 1;
      const number = calls;
      tell(tally, String(number), 0);
      if (number === killAt && number % 2 === 0) process.kill(process.pid, "SIGKILL");
      const answer = original.apply(this, words);
      if (number === killAt) process.kill(process.pid, "SIGKILL");
      return answer;
    };
  }
}
