import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PermissionChoice, PermissionRequest } from "../../../schemas/decision.ts";
import { attemptPermissions } from "../../../worker/server/attempt-permissions.ts";
import { Permissions } from "../../../worker/server/permissions.ts";

const ASKED = { agent: "coder", tool: "execute", title: "a command", subject: "make all" } as const;
const AT = "2026-01-01T00:00:00.000Z";

describe("what agents may always do (F1)", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "planwright-permissions-")), "permissions", "key.json");
  });
  afterEach(() => rmSync(dirname(dirname(file)), { recursive: true, force: true }));

  it("holds for the same agent, deed and subject, for whoever reads the file later, and for nothing else", async () => {
    await new Permissions(file).keep(ASKED, "ada", AT);
    const later = new Permissions(file);
    assert.deepEqual(await later.find(ASKED), {
      ...{ agent: "coder", tool: "execute", subject: "make all" },
      ...{ by: "ada", at: AT },
    });
    assert.ok(await later.find({ ...ASKED, title: "other words" }));
    for (const other of [{ agent: "other" }, { tool: "edit" as const }, { subject: "make" }, { subject: null }])
      assert.equal(await later.find({ ...ASKED, ...other }), null);
  });

  it("without a subject it holds for the same words", async () => {
    const permissions = new Permissions(file);
    await permissions.keep({ ...ASKED, subject: null }, "ada", AT);
    assert.ok(await permissions.find({ ...ASKED, subject: null }));
    assert.equal(await permissions.find({ ...ASKED, subject: null, title: "another" }), null);
  });

  it("can be read by its person alone", async () => {
    await new Permissions(file).keep(ASKED, "ada", AT);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  });

  it("answers that come together are all kept, each once", async () => {
    const permissions = new Permissions(file);
    const subjects = Array.from({ length: 40 }, (_, index) => `make ${index % 20}`);
    await Promise.all(subjects.map(async (subject) => permissions.keep({ ...ASKED, subject }, "ada", AT)));
    assert.equal((await new Permissions(file).list()).length, 20);
  });

  it("is taken back by agent, by subject or wholly, and is asked again at once", async () => {
    const permissions = new Permissions(file);
    for (const agent of ["one", "two"])
      for (const subject of ["a", "b"]) await permissions.keep({ ...ASKED, agent, subject }, "ada", AT);
    assert.equal((await permissions.forget("one", "a")).length, 1);
    assert.equal(await permissions.find({ ...ASKED, agent: "one", subject: "a" }), null);
    assert.equal((await permissions.forget("one", null)).length, 1);
    assert.deepEqual(await permissions.forget("one", null), []);
    assert.equal((await permissions.forget(null, null)).length, 2);
    assert.deepEqual(await new Permissions(file).list(), []);
  });

  it("a file that is not ours permits nothing", async () => {
    await new Permissions(file).keep(ASKED, "ada", AT);
    const whole = readFileSync(file, "utf8");
    for (const text of [
      "",
      "{",
      whole.slice(0, -5),
      '{"v":2,"permissions":[]}',
      whole.replace("execute", "anything"),
    ]) {
      writeFileSync(file, text);
      assert.equal(await new Permissions(file).find(ASKED), null, text);
    }
  });
});

describe("questions of one attempt (F1)", () => {
  const file = join(tmpdir(), "planwright-permissions-none", "none.json");

  class Person {
    readonly asked: PermissionRequest[] = [];
    readonly logs: string[] = [];
    #look: () => void = () => undefined;
    readonly #answers: ((answer: PermissionChoice | "cancelled") => void)[] = [];
    readonly ask = attemptPermissions({
      agent: "coder",
      permissions: new Permissions(file),
      support: {
        ask: async (request) => {
          this.asked.push(request);
          this.#look();
          return new Promise((resolve) => void this.#answers.push(resolve));
        },
      },
      log: (level, message) => this.logs.push(`${level}: ${message}`),
    });

    /** Resolves when so many questions have come. */
    async heard(count: number): Promise<void> {
      return new Promise((resolve) => {
        this.#look = () => {
          if (this.asked.length >= count) resolve();
        };
        this.#look();
      });
    }

    answerAll(choice: PermissionChoice): void {
      for (const answer of this.#answers.splice(0)) answer(choice);
    }
  }

  it("a storm of them is bounded: a person sees a hundred, the others are rejected with a note", async () => {
    const person = new Person();
    const all = Array.from({ length: 5_000 }, (_, index) =>
      person.ask({ tool: "execute", title: `command ${index}`, subject: `make ${index}` }),
    );
    const rejected = await Promise.all(all.slice(100));
    assert.equal(person.asked.length, 100);
    assert.ok(rejected.every((answer) => answer === "reject"));
    person.answerAll("allow_once");
    assert.deepEqual(new Set(await Promise.all(all.slice(0, 100))), new Set(["allow_once"]));
    assert.deepEqual(
      person.logs.filter((line) => line.startsWith("warn")),
      [
        "warn: command 100: rejected, because 100 questions of this attempt are open",
        "warn: 4900 questions were rejected unasked",
      ],
    );
    const next = person.ask({ tool: "execute", title: "later", subject: null });
    await person.heard(101);
    person.answerAll("reject");
    assert.equal(await next, "reject");
    assert.equal(person.asked.length, 101, "there is room again");
  });

  it("numbers its questions, and shortens them so that an answer still holds for nothing else", async () => {
    const person = new Person();
    const long = "x".repeat(20_000);
    const subjects = [`${long}1`, `${long}2`];
    const answers = Promise.all(subjects.map((subject) => person.ask({ tool: "execute", title: long, subject })));
    await person.heard(2);
    person.answerAll("reject");
    await answers;
    const [one, two] = person.asked;
    assert.deepEqual([one?.requestId, two?.requestId], ["1", "2"]);
    assert.equal(one?.title.length, 1_000);
    assert.ok((one?.subject?.length ?? 0) <= 10_000);
    assert.notEqual(one?.subject, two?.subject);
  });
});
