import { readFileSync, writeFileSync } from "node:fs";
import { countWords } from "../src/count.mjs";

const text = readFileSync("build/sample.txt", "utf8");
const times = Array.from({ length: 5 }, () => {
  const start = performance.now();
  countWords(text);
  return performance.now() - start;
}).sort((a, b) => a - b);
const words = text.match(/\p{L}+/gu).length;
const wordsPerSecond = Math.round((words / times[2]) * 1_000);
writeFileSync("build/speed.json", JSON.stringify({ words, medianMs: times[2], wordsPerSecond }));
console.log(`${wordsPerSecond} words per second`);
