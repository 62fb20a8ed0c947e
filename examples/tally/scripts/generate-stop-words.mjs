import { readFileSync, writeFileSync } from "node:fs";

const words = readFileSync("data/stop-words.txt", "utf8").split("\n").filter(Boolean).sort();
writeFileSync("build/stop-words.json", JSON.stringify(words));
console.log(`${words.length} stop words`);
