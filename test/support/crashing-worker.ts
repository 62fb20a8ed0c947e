/** A worker that does what `PLANWRIGHT_TEST_CRASH` says instead of starting. */
const how = process.env["PLANWRIGHT_TEST_CRASH"];
if (how === "silent") setInterval(() => {}, 60_000);
else if (how === "nonsense") (await import("node:fs")).writeSync(3, "hello there\n");
else if (how === "throw") throw new Error("the moon is in the wrong place");
else process.exit(9);
