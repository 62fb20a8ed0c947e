// Starts `/bin/true` a number of times, so many at a time, reads what it prints, and prints how long that took in ms.
import { spawn } from "node:child_process";
import { once } from "node:events";

const [count, width] = process.argv.slice(2).map(Number);
let left = count ?? 0;

async function lane(): Promise<void> {
  for (; left > 0;) {
    left -= 1;
    const child = spawn("/bin/true", { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.resume();
    child.stderr.resume();
    await once(child, "close");
  }
}

const from = performance.now();
await Promise.all(Array.from({ length: width ?? 1 }, lane));
process.stdout.write(`${performance.now() - from}`);
