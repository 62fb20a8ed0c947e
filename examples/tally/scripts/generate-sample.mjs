import { writeFileSync } from "node:fs";

const nouns = ["tide", "harbour", "lantern", "pilot", "current", "chart", "signal", "keel"];
const verbs = ["follows", "guides", "crosses", "answers", "leaves"];
// A linear congruential generator: the same text every time.
let seed = 7;
const pick = (list) => list[(seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % list.length];
const lines = Array.from({ length: 60_000 }, () => `The ${pick(nouns)} ${pick(verbs)} the ${pick(nouns)}.`);
writeFileSync("build/sample.txt", lines.join("\n"));
console.log(`${lines.length} sentences`);
