import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyResult, wayInto, type Way } from "../../../worker/git/accept.ts";
import { Git, GitError } from "../../../worker/git/git.ts";
import { findRepository, type Repository } from "../../../worker/git/repository.ts";
import { TestRepository } from "../../support/repository.ts";

/** A checkout of `main`, and a result that was made from it. */
class Case {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "planwright-accept-")));
  readonly git = new Git({ PATH: process.env["PATH"] ?? "", HOME: this.root });
  readonly repository = new TestRepository(join(this.root, "it's here"));
  readonly tip: string;

  constructor() {
    this.repository.commit("start", { "a.txt": "one\ntwo\nthree\n", "b.txt": "b\n" });
    this.repository.git("checkout", "--quiet", "-b", "result");
    this.tip = this.repository.commit("made", { "a.txt": "one\n2\nthree\n", "new.txt": "new\n" });
    this.repository.git("checkout", "--quiet", "main");
  }

  async found(): Promise<Repository> {
    const answer = await findRepository(this.git, this.repository.folder);
    assert.ok(answer.ok);
    return answer.repository;
  }

  async way(target: string | null = "refs/heads/main"): Promise<Way> {
    return wayInto(this.git, await this.found(), { tip: this.tip, target });
  }

  /** The way must be free. */
  async apply(squash: boolean): Promise<string> {
    const way = await this.way();
    assert.ok(way.kind === "fast-forward" || way.kind === "merge", JSON.stringify(way));
    const { checkout } = await this.found();
    return applyResult(this.git, checkout, { tip: this.tip, target: null }, way, { squash, message: "Taken\n" });
  }
}

async function inCase(act: (one: Case) => Promise<void>): Promise<void> {
  const one = new Case();
  try {
    await act(one);
  } finally {
    rmSync(one.root, { recursive: true, force: true });
  }
}

describe("applying a result (N1)", function () {
  this.timeout(60_000);

  it("goes forward, merges or squashes, and leaves what else is not committed as it is", () =>
    inCase(async (one) => {
      const { repository } = one;
      repository.write("b.txt", "mine\n");
      repository.write("notes.txt", "mine\n");
      assert.equal(await one.apply(false), one.tip);
      assert.deepEqual(repository.status(), [" M b.txt", "?? notes.txt"]);
      assert.equal((await one.way()).kind, "up-to-date");
      repository.git("reset", "--quiet", "--keep", "HEAD~1");
      repository.commit("meanwhile", { "c.txt": "c\n" });
      await one.apply(false);
      assert.equal(repository.git("log", "-1", "--format=%p", "HEAD").split(" ").length, 2);
      assert.equal(repository.show("HEAD", "a.txt"), "one\n2\nthree");
      repository.git("reset", "--quiet", "--keep", "HEAD~1");
      await one.apply(true);
      assert.deepEqual(repository.titles("HEAD"), ["Taken", "meanwhile", "start"]);
      assert.deepEqual(repository.status(), []);
    }));

  const obstacles: readonly (readonly [string, (one: Case) => void, RegExp, readonly string[]])[] = [
    ["a changed file", ({ repository }) => repository.write("a.txt", "mine\n"), /not committed/, ["a.txt"]],
    [
      "a new file of the same name",
      ({ repository }) => repository.write("new.txt", "mine\n"),
      /not committed/,
      ["new.txt"],
    ],
    [
      "a file that git ignores",
      ({ repository }) => {
        repository.write(".git/info/exclude", "new.txt\n");
        repository.write("new.txt", "mine\n");
      },
      /not committed/,
      ["new.txt"],
    ],
    [
      "a folder in the place of a file",
      ({ repository }) => repository.write("new.txt/inside", "mine\n"),
      /not committed/,
      ["new.txt/inside"],
    ],
    [
      "no branch",
      ({ repository }) => repository.git("checkout", "--quiet", "--detach"),
      /no branch is checked out/,
      [],
    ],
    ["another branch", ({ repository }) => repository.git("checkout", "--quiet", "-b", "other"), /git switch main/, []],
    ["another git at work", ({ repository }) => repository.write(".git/index.lock", ""), /another git command/, []],
    ["a rebase", ({ repository }) => repository.write(".git/rebase-merge/onto", ""), /a rebase is under way/, []],
    [
      "a merge",
      ({ repository }) => repository.write(".git/MERGE_HEAD", `${repository.head()}\n`),
      /a merge is under way/,
      [],
    ],
    [
      "other changes of the same lines",
      ({ repository }) => repository.commit("meanwhile", { "a.txt": "one\nII\nthree\n" }),
      /does not fit what was committed to main/,
      ["a.txt"],
    ],
  ];
  for (const [what, prepare, reason, files] of obstacles)
    it(`is refused where there is ${what}, with nothing changed`, () =>
      inCase(async (one) => {
        prepare(one);
        const before = [one.repository.head(), readFileSync(join(one.repository.folder, "a.txt"), "utf8")];
        const way = await one.way();
        assert.equal(way.kind, "blocked");
        assert.ok(way.kind === "blocked");
        assert.match(way.reason, reason);
        assert.deepEqual(way.files, files);
        assert.deepEqual([one.repository.head(), readFileSync(join(one.repository.folder, "a.txt"), "utf8")], before);
      }));

  it("is refused by git itself when a file is changed after it was looked at", () =>
    inCase(async (one) => {
      const way = await one.way();
      assert.ok(way.kind === "fast-forward");
      one.repository.write("a.txt", "mine\n");
      const { checkout } = await one.found();
      const terms = { squash: false, message: "" };
      await assert.rejects(applyResult(one.git, checkout, { tip: one.tip, target: null }, way, terms), GitError);
      assert.deepEqual(one.repository.status(), [" M a.txt"]);
    }));

  it("runs none of the programs that a repository's configuration names", () =>
    inCase(async (one) => {
      const { repository, root } = one;
      const evil = join(root, "evil.sh");
      writeFileSync(evil, `#!/bin/sh\ntouch "${root}/ran"\n`);
      chmodSync(evil, 0o755);
      for (const hook of ["post-merge", "post-checkout", "reference-transaction", "pre-merge-commit"])
        repository.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch "${root}/ran"\n`);
      for (const hook of ["post-merge", "post-checkout", "reference-transaction", "pre-merge-commit"])
        chmodSync(join(repository.folder, ".git/hooks", hook), 0o755);
      for (const key of ["core.fsmonitor", "diff.external", "core.editor", "gpg.program"])
        repository.git("config", key, evil);
      repository.git("config", "commit.gpgSign", "true");
      rmSync(join(root, "ran"), { force: true });
      await one.apply(true);
      assert.equal(existsSync(join(root, "ran")), false);
    }));
});
