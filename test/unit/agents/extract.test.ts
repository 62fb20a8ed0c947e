import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import type { NamedOutput } from "../../../schemas/event.ts";
import type { Extractor } from "../../../schemas/spec.ts";
import { extractOutputs, type Extracted } from "../../../worker/agents/extract.ts";
import { inWorkspace, TestAttempt } from "../../support/attempts.ts";
import { parse } from "../../support/planning.ts";

/** The extractors that a spec states. */
function stated(...bullets: string[]): Extractor[] {
  const document = parse(`- [ ] a\n  - extract:\n${bullets.map((one) => `    - ${one}\n`).join("")}`);
  assert.deepEqual(document.diagnostics, []);
  return document.tasks[0]?.attributes.extract ?? [];
}

type Source = Partial<Omit<Extracted, "printed">> & { readonly printed?: string | Buffer };

async function taken(extractors: Extractor[], { printed = "", ...more }: Source) {
  const found = await extractOutputs(extractors, {
    printed: Buffer.from(printed),
    folder: "/nowhere",
    cwd: "/nowhere",
    signal: new AbortController().signal,
    ...more,
  });
  return found;
}

async function valueOf(bullet: string, source: Source): Promise<NamedOutput["value"]> {
  const found = await taken(stated(bullet), source);
  assert.ok(found.ok, found.ok ? "" : found.failure.message);
  const [only] = found.value;
  assert.ok(only);
  return only.value;
}

async function whyMissing(bullet: string, source: Source): Promise<string> {
  const found = await taken(stated(bullet), source);
  assert.ok(!found.ok);
  assert.equal(found.failure.code, "output_missing");
  return found.failure.message;
}

describe("named outputs (D8)", () => {
  it("are the first group, or the whole match, in the last line that the pattern matches", async () => {
    const printed = "Deployed to https://a.example\nDeployed to https://b.example now\r\nbye\n";
    assert.equal(await valueOf("url: /Deployed to (\\S+)/", { printed }), "https://b.example");
    assert.equal(await valueOf("line: /Deployed.*now$/", { printed }), "Deployed to https://b.example now");
    assert.equal(await valueOf("word: /^BYE$/i", { printed }), "bye");
  });

  it("do not see colours, nor what a pattern would have to look ahead for", async () => {
    const printed = "\u001b[32mDeployed to \u001b[1mhttps://a.example\u001b[0m\n";
    assert.equal(await valueOf("url: /Deployed to (\\S+)$/", { printed }), "https://a.example");
  });

  it("are everything, trimmed, where nothing is said", async () => {
    assert.equal(await valueOf("sha:", { printed: "\n  abc123\n" }), "abc123");
    assert.equal(await valueOf("said: result", { answer: "done" }), "done");
    assert.equal(await valueOf("all: result", { answer: { a: [1] } }), '{"a":[1]}');
  });

  it("are values of JSON: of all that is printed, or of its last line that is JSON", async () => {
    assert.equal(await valueOf("cid: json /IpfsHash", { printed: '{\n "IpfsHash": "Qm1"\n}\n' }), "Qm1");
    const lines = 'starting {\n{"tx": {"a/b": ["0x1", "0x2"]}}\n{not JSON}\ndone\n';
    assert.equal(await valueOf("tx: json /tx/a~1b/1", { printed: lines }), "0x2");
    assert.equal(await valueOf("n: number result json /n", { answer: { n: 0.5 } }), 0.5);
  });

  it("are numbers and URLs only when they are", async () => {
    assert.equal(await valueOf("n: number /total: (.*)/", { printed: "total: -12.50\n" }), -12.5);
    assert.match(await whyMissing("n: number /total: (.*)/", { printed: "total: 1e999\n" }), /"1e999" is no number/);
    assert.match(await whyMissing("n: number /total: (.*)/", { printed: "total: 0x10\n" }), /"0x10" is no number/);
    assert.equal(await valueOf("url:", { printed: "ipfs://Qm1/a" }), "ipfs://Qm1/a");
    for (const printed of ["javascript:alert(1)", "file:///etc/passwd", "https://", "a b"])
      assert.match(await whyMissing("url:", { printed }), /is no URL of the web or of IPFS/);
  });

  it("tell what is missing, its name and where it was looked for", async () => {
    assert.match(
      await whyMissing("url: /Deployed (.+)/", { printed: "nothing" }),
      /^the named output "url" is missing: no line of what it printed matches \/Deployed \(\.\+\)\/$/,
    );
    assert.match(await whyMissing("a: json /b", { printed: "text" }), /what it printed holds no JSON/);
    assert.match(
      await whyMissing("a: json /b", { printed: '{"a": null}' }),
      /the JSON of what it printed has nothing at \/b/,
    );
    assert.match(await whyMissing("a: json /__proto__", { printed: "{}" }), /has nothing at/);
    assert.match(await whyMissing("a: json /length", { printed: "[1]" }), /has nothing at/);
    assert.match(await whyMissing("a: result json /b", {}), /its agent answered with nothing/);
    assert.match(await whyMissing("a:", { printed: " \n" }), /it is empty/);
    assert.match(await whyMissing("a:", { printed: "x".repeat(10_001) }), /longer than 10000 characters/);
    const two = await taken(stated("a: /x/", "b: /y/"), {});
    assert.match(two.ok ? "" : two.failure.message, /"a" is missing: .*; the named output "b" is missing/);
  });

  it("come from files of the workspace, and never from outside (SEC15)", () =>
    inWorkspace(async (folder) => {
      await mkdir(join(folder, "dist"));
      await writeFile(join(folder, "dist", "v.json"), '{"version": "1.2.3"}');
      await symlink("/etc/hostname", join(folder, "dist", "link"));
      const here = { folder, cwd: join(folder, "dist") };
      assert.equal(await valueOf("v: file v.json json /version", here), "1.2.3");
      assert.match(await whyMissing("v: file other", here), /the file "other" does not exist after the step/);
      assert.match(await whyMissing("v: file link", here), /leads outside the workspace/);
      assert.match(await whyMissing("v: file .", { ...here, folder: here.cwd }), /it is no file|EISDIR/);
    }));

  it("hold nothing that the environment of a program could not hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (printed) => {
        const found = await taken(stated("a:"), { printed });
        if (!found.ok) return;
        const value = String(found.value[0]?.value);
        const isPlain = !value.includes("\0") && !value.includes("\u001b");
        assert.ok(isPlain && value.isWellFormed() && value === value.trim());
      }),
    );
  });
});

describe("patterns of specs take linear time (SEC24)", () => {
  const patterns = [
    "(a+)+$",
    "(a|aa)+$",
    "(a|a?)+$",
    "(.*a){12}$",
    "(\\w+\\s?)*$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "a{0,1000}b",
    "(.*)(.*)(.*)(.*)(.*)z",
    "([a-zA-Z0-9]+\\s*)+:",
  ];
  const texts = ["a".repeat(100_000), `${"a".repeat(100_000)}!`, "x ".repeat(50_000), "xx\n".repeat(30_000)];
  for (const pattern of patterns) {
    it(`of /${pattern}/ on hostile outputs`, async () => {
      const extractors = stated(`a: /${pattern}/`);
      for (const printed of texts) {
        // The better of two: the first one may compile what it runs.
        const times: number[] = [];
        for (let run = 0; run < 2; run += 1) {
          const from = performance.now();
          await taken(extractors, { printed });
          times.push(performance.now() - from);
        }
        assert.ok(Math.min(...times) < 100, `${times.map(Math.round).join(" and ")} ms`);
      }
    });
  }

  it("and lets other work go on while it reads ten megabytes", async () => {
    const printed = Buffer.alloc(10_000_000, "a line of some output that says nothing at all\n");
    let turns = 0;
    const count = setInterval(() => (turns += 1), 1);
    await taken(stated("a: /not there (\\d+)/"), { printed });
    clearInterval(count);
    assert.ok(turns > 3, `${turns} turns`);
  });
});

describe("the named outputs of an attempt (D8, C13)", () => {
  it("are taken from standard output before the check, and give its artifact an address", () =>
    inWorkspace(async (folder) => {
      const end = await new TestAttempt(folder, "echo 'at https://a.example'; echo no >&2; echo x > out", {
        extract: stated("url: /at (\\S+)/", "bytes: file out"),
        outputs: ["out"],
        check: "true",
      }).result;
      assert.equal(end.outcome, "succeeded");
      assert.deepEqual(end.result.outputs, [
        { name: "url", type: "url", value: "https://a.example" },
        { name: "bytes", type: "text", value: "x" },
      ]);
      assert.deepEqual(
        end.artifacts.map(({ path, url }) => [path, url]),
        [["out", "https://a.example"]],
      );
    }));

  it("fail it when they are missing, whatever its exit code said, and before the check runs", () =>
    inWorkspace(async (folder) => {
      const end = await new TestAttempt(folder, "echo hello >&2", {
        extract: stated("url: /hello/"),
        check: "touch checked",
      }).result;
      assert.deepEqual([end.outcome, end.failure?.code, end.result.check], ["failed", "output_missing", null]);
    }));

  it("are found at the end of more output than is kept", () =>
    inWorkspace(async (folder) => {
      const end = await new TestAttempt(folder, "head -c 30000000 /dev/zero | tr '\\0' 'x'; echo; echo id=7", {
        extract: stated("id: number /^id=(\\d+)$/"),
      }).result;
      assert.deepEqual(end.result.outputs, [{ name: "id", type: "number", value: 7 }]);
    }));

  it("are none of a simulated attempt, nor of a step that names none", () =>
    inWorkspace(async (folder) => {
      const simulated = await new TestAttempt(folder, "echo", { simulated: true, extract: stated("a:") }).result;
      assert.deepEqual([simulated.outcome, simulated.result.outputs], ["succeeded", undefined]);
      assert.equal((await new TestAttempt(folder, "echo").result).result.outputs, undefined);
    }));
});
