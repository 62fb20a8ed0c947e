import assert from "node:assert/strict";
import { Report } from "../../schemas/report.ts";
import { CliWorld } from "../support/cli.ts";

describe("named outputs, at the command line (D8)", function () {
  this.timeout(60_000);
  let world: CliWorld;
  beforeEach(() => {
    world = new CliWorld();
  });
  afterEach(() => world.remove());

  const deploy =
    "- [ ] Build\n  - id: build-app\n  - extract: version: /^v(.*)$/\n  - command: echo v1.2\n" +
    "- [ ] Deploy\n  - id: deploy\n  - output: app.txt\n  - extract:\n    - url: /at (\\S+)/\n    - bytes: number json /bytes\n";
  const script = (text: string): string => `  \`\`\`sh\n  ${text.split("\n").join("\n  ")}\n  \`\`\`\n`;

  it("reach later steps, the status and the report, and are the address of an artifact", async () => {
    const work =
      'echo x > app.txt\necho "at https://app.example/$PLANWRIGHT_OUTPUT_BUILD_APP_VERSION"\necho \'{"bytes": 42}\'';
    world.write("w.spec.md", deploy + script(work));
    const run = await world.run("run", "w.spec.md", "--yes");
    assert.equal(run.code, 0, run.stderr);
    const { steps } = await world.execution();
    assert.deepEqual(steps[1]?.result?.outputs, [
      { name: "url", type: "url", value: "https://app.example/1.2" },
      { name: "bytes", type: "number", value: 42 },
    ]);
    assert.match((await world.run("status", "latest")).stdout, /Deploy +url +https:\/\/app\.example\/1\.2\n/);
    const report = await world.json(Report, "report");
    assert.equal(report.steps[0]?.outputs[0]?.value, "1.2");
    assert.deepEqual(
      report.artifacts.map(({ path, url }) => [path, url]),
      [["app.txt", "https://app.example/1.2"]],
    );
  });

  it("are known to the steps behind also after the worker was killed in between", async () => {
    const work =
      'echo x > app.txt; test -f go || { touch go; exec sleep 600; }\necho "at https://app.example/$PLANWRIGHT_OUTPUT_BUILD_APP_VERSION"; echo \'{"bytes": 1}\'';
    world.write("w.spec.md", deploy + script(work));
    const run = world.start(["run", "w.spec.md", "--yes"]);
    await run.printed("▶ Deploy");
    while (world.lines("go").length === 0) await new Promise((resolve) => setImmediate(resolve));
    await world.endWorker("SIGKILL");
    await run.result;
    const resumed = await world.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal((await world.execution()).steps[1]?.result?.outputs?.[0]?.value, "https://app.example/1.2");
  });

  it("that are missing fail the step, and say what was looked for", async () => {
    world.write("w.spec.md", "- [ ] Deploy\n  - extract: url: /at (\\S+)/\n  - command: echo nowhere\n");
    const { code, stdout } = await world.run("run", "w.spec.md", "--yes");
    assert.equal(code, 1);
    assert.match(stdout, /the named output "url" is missing: no line of what it printed matches \/at \(\\S\+\)\//);
  });
});
