import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Git } from "../../worker/git/git.ts";
import { findRepository } from "../../worker/git/repository.ts";
import { Workplace } from "../../worker/git/workplace.ts";
import { TestRepository } from "../support/repository.ts";
import { median, type BenchResult } from "./result.ts";

const FILES = 5_000;
const ROUNDS = 9;
const MOST = 1.3;

/** The worktree of a coding step, beside `git worktree add` alone, on a repository of 5,000 files. */
export async function run(): Promise<BenchResult[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "planwright-bench-worktree-")));
  try {
    const repository = new TestRepository(join(root, "repository"));
    const files = Array.from({ length: FILES }, (_, at): [string, string] => {
      const text = Array.from({ length: 20 }, (__, line) => `line ${line} of file ${at}`).join("\n");
      return [`src/part-${at % 100}/file-${at}.txt`, `${text}\n`];
    });
    repository.commit("start", Object.fromEntries(files));
    return [await creation(root, repository)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function creation(root: string, repository: TestRepository): Promise<BenchResult> {
  const git = new Git({ PATH: process.env["PATH"] ?? "", HOME: root });
  const found = await findRepository(git, repository.folder);
  if (!found.ok) throw new Error(found.why);
  const options = { git, repository: found.repository, executionId: "run-1", home: join(root, "run-1"), bring: [] };
  const workplace = await Workplace.begin(options, found.repository.head);
  const ours: number[] = [];
  const peers: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const work = { stepId: "step", attemptId: `${round}`, attempt: round, title: "Step" };
    const from = performance.now();
    const worktree = await workplace.openStep(work, null);
    ours.push(performance.now() - from);
    workplace.remove(worktree);
    await workplace.close();
    const folder = join(root, `peer-${round}`);
    const peerFrom = performance.now();
    repository.git("worktree", "add", "--quiet", "-b", `peer-${round}`, folder);
    peers.push(performance.now() - peerFrom);
    repository.git("worktree", "remove", "--force", folder);
  }
  const ratio = median(ours.map((one, at) => one / (peers[at] ?? one)));
  return {
    name: `worktree of a step, ${FILES.toLocaleString("en-US")} files`,
    ours: median(ours),
    peer: median(peers),
    unit: "ms",
    ratio,
    limit: `ratio <= ${MOST}`,
    pass: ratio <= MOST,
    note: `until the step can begin; beside git worktree add alone, median of ${ROUNDS} pairs`,
  };
}
