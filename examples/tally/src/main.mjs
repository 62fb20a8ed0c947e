import { readFileSync } from "node:fs";
import { countWords, topWords } from "./count.mjs";

const [argument] = process.argv.slice(2);
if (argument === "--version") {
  console.log("tally 1.0.0");
} else if (argument === undefined) {
  console.error("usage: tally FILE");
  process.exitCode = 2;
} else {
  const counts = countWords(readFileSync(argument, "utf8"));
  const words = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(JSON.stringify({ words, different: counts.size, top: topWords(counts, 5) }));
}
