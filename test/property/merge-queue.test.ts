import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Git } from "../../worker/git/git.ts";
import { findRepository, type Repository } from "../../worker/git/repository.ts";
import { Workplace, type MergeTerms, type Work } from "../../worker/git/workplace.ts";
import { TestRepository } from "../support/repository.ts";
import { tries } from "../support/thorough.ts";

const AGENTS = 8;

/** What one of the agents does, and when. */
const Deed = fc.record({
  /** Others that begin and end between its beginning and its work, and between its work and its end. */
  begin: fc.nat({ max: 30 }),
  work: fc.nat({ max: 30 }),
  end: fc.nat({ max: 30 }),
  /** The place in the shared file that it changes; some choose the same, and do not fit one another. */
  line: fc.nat({ max: 11 }),
  kind: fc.constantFrom("file", "line", "both", "delete", "nothing", "fails"),
});
type Deed = typeof Deed extends fc.Arbitrary<infer T> ? T : never;

const LINES = Array.from({ length: 60 }, (_, at) => `line ${at}`);

describe("eight agents at once, and one branch (N1)", function () {
  this.timeout(600_000);
  let root: string;
  let repository: TestRepository;
  let found: Repository;
  const git = new Git({ PATH: process.env["PATH"] ?? "", HOME: tmpdir() });
  let runs = 0;

  before(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "planwright-merges-")));
    repository = new TestRepository(join(root, "repository"));
    const files = Object.fromEntries(Array.from({ length: AGENTS }, (_, at) => [`old/${at}.txt`, `${at}\n`]));
    repository.commit("start", { "shared.txt": `${LINES.join("\n")}\n`, ...files });
    const answer = await findRepository(git, repository.folder);
    assert.ok(answer.ok);
    found = answer.repository;
  });
  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("loses nothing in any order: what is merged is there once, and nothing else is", () =>
    fc.assert(
      fc.asyncProperty(fc.array(Deed, { minLength: AGENTS, maxLength: AGENTS }), async (deeds) => {
        const executionId = `run-${(runs += 1)}`;
        const options = { git, repository: found, executionId, home: join(root, executionId), bring: [] };
        const workplace = await Workplace.begin(options, found.head);
        const merged = new Set<number>();
        await inOrder(deeds, (deed, at, turn) => live(workplace, deed, at, turn, merged));
        const tip = await workplace.tip();
        assert.deepEqual(contentOf(repository, tip), expected(deeds, merged));
        assert.equal(repository.git("rev-list", "--count", `${found.head}..${tip}`), String(merged.size));
        // What fits is always merged: only agents that changed the same line can have been refused.
        for (const [at, deed] of deeds.entries())
          if (changes(deed) && !merged.has(at))
            assert.ok(hasRival(deeds, merged, at), `${at} was refused without a rival`);
        await workplace.clear();
        assert.deepEqual(repository.status(), []);
        await workplace.removeBranch(tip, true);
      }),
      { numRuns: tries(20, 200) },
    ));

  /** One agent: a worktree, its deed, and its way into the branch, a turn for each. */
  async function live(
    workplace: Workplace,
    deed: Deed,
    at: number,
    turn: (when: number) => Promise<void>,
    merged: Set<number>,
  ): Promise<void> {
    const work: Work = { stepId: `agent-${at}`, attemptId: `attempt-${at}`, attempt: 1, title: `Agent ${at}` };
    await turn(deed.begin);
    const worktree = await workplace.openStep(work, null);
    await turn(deed.begin + deed.work);
    act(worktree.folder, deed, at);
    await turn(deed.begin + deed.work + deed.end);
    const look = await workplace.look(worktree);
    if (deed.kind === "fails" || look.snapshot.paths.length === 0) {
      await workplace.putAside(worktree);
      return;
    }
    const terms: MergeTerms = { place: at, check: async () => null, isStopped: () => false };
    const taken = await workplace.take(worktree, work, look, terms);
    if (taken.kind === "merged") merged.add(at);
    else assert.equal(taken.kind, "conflict");
  }
});

/** Runs all of them side by side; each waits for its moments, and those of one moment go on together. */
async function inOrder(
  deeds: readonly Deed[],
  live: (deed: Deed, at: number, turn: (when: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const waiting: { readonly when: number; readonly go: () => void }[] = [];
  let open = deeds.length;
  const next = (): void => {
    if (waiting.length < open || waiting.length === 0) return;
    const first = Math.min(...waiting.map(({ when }) => when));
    // Two of three go on with the first, so that some are at work at the same time and some are not.
    for (let at = waiting.length - 1; at >= 0; at -= 1) {
      const one = waiting[at];
      if (one && one.when <= first + 3) waiting.splice(at, 1).forEach(({ go }) => go());
    }
  };
  const turn = (when: number): Promise<void> =>
    new Promise((go) => {
      waiting.push({ when, go });
      next();
    });
  await Promise.all(
    deeds.map(async (deed, at) => {
      await live(deed, at, turn).finally(() => {
        open -= 1;
        next();
      });
    }),
  );
}

function changesLine({ kind }: Deed): boolean {
  return kind === "line" || kind === "both";
}

function changes({ kind }: Deed): boolean {
  return kind !== "nothing" && kind !== "fails";
}

function lineOf({ line }: Deed): number {
  return line * 5;
}

function act(folder: string, deed: Deed, at: number): void {
  if (deed.kind === "file" || deed.kind === "both" || deed.kind === "fails")
    writeFileSync(join(folder, `new-${at}.txt`), `by ${at}\n`);
  if (deed.kind === "delete") rmSync(join(folder, `old/${at}.txt`));
  if (!changesLine(deed)) return;
  const file = join(folder, "shared.txt");
  const lines = readFileSync(file, "utf8").split("\n");
  lines[lineOf(deed)] += ` by ${at}`;
  writeFileSync(file, lines.join("\n"));
}

/** Somebody else who was merged has changed the same line. */
function hasRival(deeds: readonly Deed[], merged: ReadonlySet<number>, at: number): boolean {
  const deed = deeds[at];
  return deeds.some(
    (other, index) =>
      deed !== undefined && index !== at && merged.has(index) && changesLine(other) && other.line === deed.line,
  );
}

/** What the files must hold: of a line that several have changed one after the other, all of that in some order. */
function expected(deeds: readonly Deed[], merged: ReadonlySet<number>): Record<string, string> {
  const files: Record<string, string> = {};
  const lines = LINES.map((line) => [line]);
  for (const [at, deed] of deeds.entries()) {
    if (!(merged.has(at) && deed.kind === "delete")) files[`old/${at}.txt`] = `${at}`;
    if (!merged.has(at)) continue;
    if (deed.kind === "file" || deed.kind === "both") files[`new-${at}.txt`] = `by ${at}`;
    if (changesLine(deed)) lines[lineOf(deed)]?.push(`by ${at}`);
  }
  return { ...files, "shared.txt": lines.map(sortedLine).join("\n") };
}

function sortedLine([line = "", ...by]: readonly string[]): string {
  return [line, ...by.sort()].join(" ");
}

function contentOf(repository: TestRepository, commit: string): Record<string, string> {
  const files = Object.fromEntries(repository.files(commit).map(({ path, text }) => [path, text.replace(/\n$/, "")]));
  const shared = (files["shared.txt"] ?? "").split("\n").map((line) => {
    const [words = "", ...by] = line.split(/ (?=by )/);
    return sortedLine([words, ...by]);
  });
  return { ...files, "shared.txt": shared.join("\n") };
}
