import { readFileSync, writeFileSync } from "node:fs";

const count = readFileSync("src/count.mjs", "utf8").replaceAll("export function", "function");
const main = readFileSync("src/main.mjs", "utf8").replace(/import .* from "\.\/count\.mjs";\n/, "");
writeFileSync("build/tally.mjs", main.replace('from "node:fs";\n', `from "node:fs";\n\n${count}`));
console.log("build/tally.mjs written");
