import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FailureError } from "../../../schemas/failure.ts";
import { writePrivateFile } from "../../../worker/link/private-file.ts";
import { ensurePrivateFolder, openFolderState } from "../../../worker/link/state-folder.ts";
import { folderKey, stateFolderPath } from "../../../worker/link/state-places.ts";

describe("state folder (semantics, Approval; SEC6)", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "planwright-state-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("stands where the platform keeps a person's state", () => {
    assert.equal(stateFolderPath({ XDG_STATE_HOME: "/s", HOME: "/h" }, "linux"), "/s/planwright");
    assert.equal(stateFolderPath({ HOME: "/h" }, "linux"), "/h/.local/state/planwright");
    assert.equal(stateFolderPath({ HOME: "/h" }, "darwin"), "/h/Library/Application Support/Planwright");
    assert.equal(stateFolderPath({ LOCALAPPDATA: "C:\\L" }, "win32"), "C:\\L\\Planwright");
    assert.equal(stateFolderPath({ USERPROFILE: "C:\\U" }, "win32"), "C:\\U\\AppData\\Local\\Planwright");
  });

  it("ignores a relative XDG_STATE_HOME, which would put secrets into the current folder", () => {
    assert.equal(stateFolderPath({ XDG_STATE_HOME: "state", HOME: "/h" }, "linux"), "/h/.local/state/planwright");
  });

  for (const umask of [0o000, 0o077, 0o777]) {
    it(`makes folders 0700 and files 0600 under umask ${umask.toString(8).padStart(3, "0")}`, async () => {
      const before = process.umask(umask);
      try {
        const state = await openFolderState(root, { XDG_STATE_HOME: path.join(root, "state") });
        for (const folder of [state.root, state.workerDir, state.approvalsDir, path.dirname(state.workerDir)]) {
          assert.equal((await stat(folder)).mode & 0o777, 0o700, folder);
        }
        const file = path.join(state.workerDir, "secret");
        await writePrivateFile(file, "x");
        assert.equal((await stat(file)).mode & 0o777, 0o600);
      } finally {
        process.umask(before);
      }
    });
  }

  it("takes away what others may do in a folder that exists", async () => {
    const folder = path.join(root, "open");
    await mkdir(folder, { mode: 0o755 });
    await ensurePrivateFolder(folder);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("refuses a link in the place of the folder", async () => {
    await mkdir(path.join(root, "elsewhere"));
    await symlink(path.join(root, "elsewhere"), path.join(root, "link"));
    await assert.rejects(ensurePrivateFolder(path.join(root, "link")), FailureError);
  });

  it("knows a folder by its real path, whatever way leads to it", async () => {
    await mkdir(path.join(root, "work"));
    await symlink(path.join(root, "work"), path.join(root, "also"));
    const environment = { XDG_STATE_HOME: path.join(root, "state") };
    const one = await openFolderState(path.join(root, "work"), environment);
    const other = await openFolderState(path.join(root, "also"), environment);
    assert.equal(one.key, other.key);
    assert.notEqual(one.key, folderKey(root));
  });

  it("says what is wrong with a folder that is missing, or a file", async () => {
    await writeFile(path.join(root, "file"), "");
    for (const name of ["missing", "file"]) {
      await assert.rejects(
        openFolderState(path.join(root, name), { XDG_STATE_HOME: root }),
        (error) => error instanceof FailureError && error.failure.code === "not_found" && error.message.includes(name),
      );
    }
  });
});
