import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SpecReading } from "../../../schemas/spec.ts";
import { replaceSpecFile } from "../../../worker/server/replace-file.ts";
import { DONE, TickingWorld } from "../../support/ticking.ts";

const SPEC = "- [ ] a\n- [ ] b\n- [ ] c\n";

describe("boxes in the file (A8)", () => {
  const worlds: TickingWorld[] = [];
  const world = (text = SPEC, path?: string, reading?: Partial<SpecReading>): TickingWorld => {
    const made = new TickingWorld(text, path, reading);
    worlds.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of worlds.splice(0)) made.remove();
  });

  it("are ticked a second after a step has completed, and keep their evidence", async () => {
    const here = world();
    const proof = { exitCode: 0, check: "npm test", outputs: ["out/a"] };
    here.ticker.add("a", { attempt: 2, at: "2026-01-01T00:00:01.000Z", proof });
    assert.equal(here.read(), SPEC);
    assert.equal(here.clock.pending, 1);
    await here.ticker.flush();
    assert.equal(here.clock.pending, 0, "nothing is left to do");
    assert.equal(here.read(), "- [x] a\n- [ ] b\n- [ ] c\n");
    const evidence = { attempt: 2, at: "2026-01-01T00:00:01.000Z", proof };
    const box = { task: "a", title: "a", line: 1, from: " ", to: "x", evidence };
    assert.deepEqual(here.events, [
      { type: "boxes.written", specPath: "test.spec.md", into: "file", boxes: [box], left: [] },
    ]);
  });

  it("are ticked less often where that takes long, and all at the end", async () => {
    const here = world();
    here.lasts = 300;
    await here.finish("a");
    here.ticker.add("b", DONE);
    await here.clock.advance(2_900);
    assert.equal(here.clock.pending, 1, "the write is still to come");
    await here.clock.advance(200);
    assert.equal(here.clock.pending, 0);
    await here.finish("c");
    assert.equal(here.read(), "- [x] a\n- [x] b\n- [x] c\n");
  });

  it("say when one was left alone, once in the record and at the end to the person", async () => {
    const here = world();
    here.write("- [ ] a\n  more\n- [ ] b\n");
    assert.deepEqual(await here.finish("a", "b"), [
      'the box of "a" (line 1) was left alone: the text of the task has changed since the plan was made',
    ]);
    assert.equal((await here.finish("c")).length, 2, "c is gone, and a is still another");
    assert.equal(here.read(), "- [ ] a\n  more\n- [x] b\n");
    assert.deepEqual(
      here.events.map(({ boxes, left }) => [boxes.map(({ task }) => task), left.map(({ task }) => task)]),
      [
        [["b"], ["a"]],
        [[], ["c"]],
      ],
    );
  });

  it("stay as a person has opened them again, also for the next worker, until the step is run anew", async () => {
    const here = world();
    await here.finish("a");
    here.write(SPEC);
    const notices = await here.finish("b");
    assert.equal(here.read(), "- [ ] a\n- [x] b\n- [ ] c\n");
    assert.match(notices.join(), /"a" .*opened again since/);
    here.restart("a", "b", "c");
    await here.ticker.flush();
    assert.equal(here.read(), "- [ ] a\n- [x] b\n- [x] c\n");
    here.ticker.forget(["a"]);
    await here.finish("a");
    assert.equal(here.read(), "- [x] a\n- [x] b\n- [x] c\n");
  });

  it("are those of the plan's own reading: its dialect and its optional tasks", async () => {
    const kiro = world("- [ ]* 1.1 a\n", "notes.md", { dialect: "kiro", optional: true });
    await kiro.finish("1.1");
    assert.equal(kiro.read(), "- [x]* 1.1 a\n");
    const json = world('{"tasks":[{"id":7,"title":"t","status":"pending"}]}', ".taskmaster/tasks/tasks.json");
    await json.finish("7");
    assert.equal(json.read(), '{"tasks":[{"id":7,"title":"t","status":"done"}]}');
  });

  it("leave the rights of the file, its links, and nothing else behind", async () => {
    const here = world();
    mkdirSync(join(here.folder, "real"));
    const real = join(here.folder, "real", "test.spec.md");
    writeFileSync(real, SPEC);
    chmodSync(real, 0o666);
    writeFileSync(join(here.folder, "real", ".test.spec.md.0123456789ab.tmp"), "left by a worker that was killed");
    unlinkSync(here.file);
    symlinkSync(real, here.file);
    linkSync(real, join(here.folder, "other-name"));
    await here.finish("a");
    assert.equal(readFileSync(real, "utf8"), "- [x] a\n- [ ] b\n- [ ] c\n");
    assert.equal(here.read(), "- [x] a\n- [ ] b\n- [ ] c\n", "the link leads to it");
    assert.equal(statSync(real).mode & 0o777, 0o666);
    assert.equal(readFileSync(join(here.folder, "other-name"), "utf8"), SPEC, "a copy by hard link stays what it was");
    assert.deepEqual(readdirSync(join(here.folder, "real")), ["test.spec.md"]);
  });

  it("are left in a file that may not be written, and that is said", async () => {
    const here = world();
    chmodSync(here.file, 0o444);
    const notices = await here.finish("a");
    assert.equal(here.read(), SPEC);
    assert.match(notices.join(), /^the boxes of test\.spec\.md were not ticked: the file may not be written/);
    chmodSync(here.file, 0o644);
    await here.finish();
    assert.equal(here.read(), "- [x] a\n- [ ] b\n- [ ] c\n", "the next time");
  });

  it("are left in a folder that may not be written, and that is said", async () => {
    const here = world();
    chmodSync(here.file, 0o666);
    chmodSync(here.folder, 0o555);
    // The superuser may write everywhere.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const notices = await here.finish("a");
      assert.equal(here.read(), SPEC);
      assert.match(
        notices.join(),
        /^the boxes of test\.spec\.md were not ticked: its folder may not be written: give /,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(here.folder, 0o755);
    }
  });

  it("are not ticked in a file that is gone, is no text or lies elsewhere now", async () => {
    const here = world();
    writeFileSync(here.file, Buffer.from([0x2d, 0xff, 0xfe]));
    assert.match((await here.finish("a")).join(), /not in UTF-8/);
    assert.deepEqual([...readFileSync(here.file)], [0x2d, 0xff, 0xfe]);
  });

  it("do not take the place of what somebody wrote between the look and the change", async () => {
    const here = world();
    assert.equal(await replaceSpecFile(here.file, "what was read", "ours"), false);
    assert.equal(here.read(), SPEC);
    assert.deepEqual(readdirSync(here.folder), ["test.spec.md"]);
  });
});

describe("a file that another program writes in place at the same moment (A8)", () => {
  it("is what that program wrote, although it had opened the file before it was replaced", async () => {
    const here = new TickingWorld(SPEC);
    try {
      const descriptor = openSync(here.file, "r+");
      const { ino } = statSync(here.file);
      const replaced = replaceSpecFile(here.file, SPEC, SPEC.replace("[ ] a", "[x] a"));
      while (statSync(here.file).ino === ino) await new Promise(setImmediate);
      const theirs = `${SPEC}\ntheir words\n`;
      writeSync(descriptor, theirs, 0);
      closeSync(descriptor);
      assert.equal(await replaced, false);
      assert.equal(here.read(), theirs);
      await here.finish("a");
      assert.equal(here.read(), theirs.replace("[ ] a", "[x] a"));
      assert.deepEqual(readdirSync(here.folder), ["test.spec.md"]);
    } finally {
      here.remove();
    }
  });
});

describe("boxes in an editor with unsaved changes (A8)", () => {
  let here: TickingWorld;
  beforeEach(() => {
    here = new TickingWorld(SPEC);
  });
  afterEach(() => here.remove());

  it("are ticked there as one edit; the file is the person's to save", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    assert.deepEqual(await here.finish("a", "b"), []);
    assert.equal(here.read(), SPEC);
    assert.equal(editor.text, "- [x] a\n- [x] b\n- [ ] c\n\nmine\n");
    assert.equal(editor.edits.length, 1);
    assert.match(editor.edits[0] ?? "", /^Planwright: /);
    assert.deepEqual(
      here.events.map(({ into, boxes }) => [into, boxes.map(({ task }) => task)]),
      [["editor", ["a", "b"]]],
    );
    editor.save();
    await here.finish("c");
    assert.equal(here.read(), "- [x] a\n- [x] b\n- [x] c\n\nmine\n", "saved, so the file is written again");
  });

  it("are written to the file below an editor that only shows it, also while it is behind", async () => {
    const editor = here.edit();
    await here.finish("a");
    assert.equal(here.read(), "- [x] a\n- [ ] b\n- [ ] c\n");
    await here.finish("b");
    assert.equal(here.read(), "- [x] a\n- [x] b\n- [ ] c\n", "it shows what the file was, which is nobody's work");
    editor.type("- [x] a\n- [ ] b\n- [ ] c\n");
    await here.finish("c");
    assert.equal(here.read(), "- [x] a\n- [x] b\n- [x] c\n", "it shows the file of before");
    assert.deepEqual(editor.edits, []);
  });

  it("see a tick that is undone in an editor that showed it as a person's work", async () => {
    const editor = here.edit();
    await here.finish("a");
    editor.reload();
    editor.undo();
    await here.finish("b");
    assert.equal(here.read(), "- [x] a\n- [ ] b\n- [ ] c\n", "the file is not written below unsaved changes");
    assert.equal(editor.text, "- [ ] a\n- [x] b\n- [ ] c\n", "and what was undone stays so");
  });

  it("do not mind a byte order mark and other line breaks, which editors do not show", async () => {
    here.write("\uFEFF- [ ] a\r\n- [ ] b\r\n- [ ] c\r\n");
    here.edit();
    await here.finish("a");
    assert.equal(here.read(), "\uFEFF- [x] a\r\n- [ ] b\r\n- [ ] c\r\n");
  });

  it("are computed anew when somebody types meanwhile, and given up after a few times", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    let times = 0;
    editor.onChange = () => {
      times += 1;
      if (times === 1) editor.type(`new line\n\n${editor.text}`);
      return times > 1;
    };
    assert.deepEqual(await here.finish("a"), []);
    assert.equal(editor.text, "new line\n\n- [x] a\n- [ ] b\n- [ ] c\n\nmine\n");
    editor.onChange = () => false;
    const notices = await here.finish("b");
    assert.match(notices.join(), /an editor has it open with unsaved changes and did not take them/);
    assert.equal(here.read(), SPEC);
    editor.onChange = () => true;
    assert.deepEqual(await here.finish(), []);
    assert.equal(editor.text, "new line\n\n- [x] a\n- [x] b\n- [ ] c\n\nmine\n");
  });

  it("are not ticked again that somebody took back", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a");
    editor.undo();
    const notices = await here.finish("b");
    assert.equal(editor.text, "- [ ] a\n- [x] b\n- [ ] c\n\nmine\n");
    assert.match(notices.join(), /"a" .*opened again since/);
    editor.save();
    await here.finish("c");
    assert.equal(here.read(), "- [ ] a\n- [x] b\n- [x] c\n\nmine\n");
  });

  for (const how of ["discard", "close"] as const) {
    it(`go into the file when the editor closes without saving (${how})`, async () => {
      const editor = here.edit();
      editor.type(`- [ ] p\n${SPEC}\nmine\n`);
      await here.finish("a");
      editor[how]();
      await here.finish("b");
      assert.equal(here.read(), "- [x] a\n- [x] b\n- [ ] c\n");
    });
  }

  it("go into the file with those of the parents that follow from them", async () => {
    const nested = new TickingWorld("- [ ] p\n  - [ ] a\n    - id: a\n  - [ ] b\n    - id: b\n");
    try {
      const editor = nested.edit();
      editor.type(`${editor.text}\nmine\n`);
      await nested.finish("a", "b");
      assert.match(editor.text, /^- \[x\] p\n {2}- \[x\] a/);
      editor.close();
      await nested.finish();
      assert.equal(nested.read(), "- [x] p\n  - [x] a\n    - id: a\n  - [x] b\n    - id: b\n");
    } finally {
      nested.remove();
    }
  });

  it("are the person's when the editor closes after they were taken back", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a");
    editor.undo();
    editor.close();
    await here.finish("b");
    assert.equal(here.read(), "- [ ] a\n- [x] b\n- [ ] c\n");
  });

  it("stay with a window that is gone and keeps what is not saved", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a");
    editor.lose();
    await here.finish();
    assert.equal(here.read(), SPEC);
  });

  it("that went into the file while a window was gone come into what it has kept, and what a person took back does not", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a");
    editor.undo();
    editor.lose();
    await here.finish("b");
    assert.equal(here.read(), "- [ ] a\n- [x] b\n- [ ] c\n");
    const returned = here.edit(editor.text);
    await here.finish();
    assert.equal(returned.text, "- [ ] a\n- [x] b\n- [ ] c\n\nmine\n");
    returned.undo();
    await here.finish("c");
    assert.equal(returned.text, "- [ ] a\n- [ ] b\n- [x] c\n\nmine\n", "taken back for good");
  });

  it("go into the file when the editor closes without saving after the execution is over", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a", "b", "c");
    here.ticker.leave();
    editor.close();
    await here.finish();
    assert.equal(here.read(), SPEC.replaceAll("[ ]", "[x]"));
  });

  it("that a window had no time to keep come again", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    const kept = editor.text;
    await here.finish("a");
    editor.lose();
    const returned = here.edit(kept);
    await here.finish();
    assert.equal(returned.text, "- [x] a\n- [ ] b\n- [ ] c\n\nmine\n");
  });

  it("come into what a window has kept, also after the execution is over", async () => {
    const editor = here.edit();
    editor.type(`${SPEC}\nmine\n`);
    await here.finish("a");
    editor.lose();
    await here.finish("b", "c");
    here.ticker.leave();
    const returned = here.edit(editor.text);
    await here.finish();
    assert.equal(returned.text, `${SPEC.replaceAll("[ ]", "[x]")}\nmine\n`);
  });

  it("are ticked in each editor that has changes of its own, and in no other", async () => {
    const [first, second, reader] = [here.edit(), here.edit(), here.edit()];
    first.type(`${SPEC}first\n`);
    second.type(`${SPEC}second\n`);
    await here.finish("a");
    assert.deepEqual(
      [first.text, second.text, reader.text, here.read()].map((text) => text.includes("[x] a")),
      [true, true, false, false],
    );
  });
});
