import assert from "node:assert/strict";
import { inferLocks } from "../../../worker/plan/lock-inference.ts";
import { planOf, step } from "../../support/planning.ts";

function locksOf(script: string, more: { cwd?: string; env?: Record<string, string> } = {}): string[] {
  const { cwd = null, env = {} } = more;
  return inferLocks({ command: { kind: "shell", script }, check: null, cwd, env }).map(({ name }) => name);
}

describe("plan: locks inferred from commands (C12)", () => {
  const found: [script: string, ...names: string[]][] = [
    ["npm ci && npm run build", "build:npm ."],
    ["cd web && npm install", "build:npm ./web"],
    ["npm --prefix web run build -- --mode dev", "build:npm ./web"],
    ["pnpm -C web build", "build:pnpm ./web"],
    ["yarn", "build:yarn ."],
    ["cargo test --release", "build:cargo ."],
    ["make -j8 all", "build:make ."],
    ["make -C lib", "build:make ./lib"],
    ["./gradlew assemble", "build:gradle ."],
    ["npx tsc -b worker", "build:tsc ."],
    ["cmake --build out", "build:cmake ./out"],
    ["go build -o bin/x ./cmd/x", "build:go ./bin/x"],
    ["docker build -t app:1 .", "build:docker app:1"],
    ["CI=1 sudo make", "build:make ."],
    ["echo a; (cd sub; make)", "build:make ./sub"],
    ["PORT=3000 node server.js", "port:3000"],
    ["node server.js --port 8080 &\ncurl http://localhost:8080/x", "port:8080"],
    ["vite --port=5173", "port:5173"],
    ["npx next dev -p 3001", "port:3001"],
    ["python3 -m http.server 8000", "port:8000"],
    ["docker run --rm -p 8080:80 nginx", "port:8080"],
    ["curl 127.0.0.1:9000", "port:9000"],
    ["psql -d app -c 'select 1'", "database:postgres localhost/app"],
    ["psql postgres://me:secret@127.0.0.1:5432/app", "database:postgres localhost/app"],
    ["DATABASE_URL='postgresql://me:pa%40ss@db.example:6432/app?sslmode=off' node x", "database:postgres db.example:6432/app"], // prettier-ignore
    ["redis-cli -u redis://localhost:6379/1", "database:redis localhost/1"],
    ["sqlite3 data/x.db .dump", "database:sqlite ./data/x.db"],
    ["DATABASE_URL=file:./dev.db npx prisma migrate", "database:sqlite ./dev.db"],
    ["cat > f <<EOF\nmake\nEOF\ncargo build", "build:cargo ."],
  ];
  for (const [script, ...expected] of found) {
    it(`are ${expected.join(", ")} for ${JSON.stringify(script)}`, () => {
      assert.deepEqual(locksOf(script), expected);
    });
  }

  for (const script of [
    "npm test",
    "npm run lint",
    "echo make it so",
    "# make\necho 'npm install'",
    "make --version",
    "cargo fmt",
    "tsc --noEmit",
    "go build ./...",
    "psql -p 5432 -c x",
    "ssh --port 22 host",
    "cp -p 80 x",
    "node x --port 0",
    "node x --port $PORT",
    'cd "$DIR" && make',
    "curl https://example.org:8080/",
    "sqlite3 :memory:",
    "curl postgresql.org",
  ]) {
    it(`are none for ${JSON.stringify(script)}`, () => {
      assert.deepEqual(locksOf(script), []);
    });
  }

  for (const address of [
    "postgres://me:se/cret@host/app",
    "postgres://me:123?cret@host/app",
    "postgres://me:123/cret@host/app",
    "postgres://host/app?password=x@secret",
    "mysql://me:se@cret@host/app",
    "redis://:secret@host:6379",
    "mongodb://me:secret@a,b/app",
  ]) {
    it(`never contain a part of the password of ${address}`, () => {
      const told = JSON.stringify(
        inferLocks({
          command: { kind: "shell", script: `x ${address}` },
          check: address,
          cwd: null,
          env: { A: address },
        }),
      );
      assert.doesNotMatch(told, /cret|123|\bme\b|password/);
    });
  }

  it("read commands without a shell, shells that are called outright, checks and variables", () => {
    const env = { DATABASE_URL: "mysql://u:p@localhost/shop", PORT: "4000" };
    assert.deepEqual(
      inferLocks({ command: { kind: "argv", argv: ["npm", "ci"] }, check: "make ok", cwd: "web", env }),
      [
        { name: "build:npm ./web", reason: "builds with npm in ./web" },
        { name: "build:make ./web", reason: "builds with make in ./web" },
        { name: "database:mysql localhost/shop", reason: "uses the database mysql localhost/shop" },
        { name: "port:4000", reason: "uses port 4000" },
      ],
    );
    const shell = { kind: "argv" as const, argv: ["bash", "-lc", "cd web && make"] };
    assert.deepEqual(inferLocks({ command: shell, check: null, cwd: null, env: {} }), [
      { name: "build:make ./web", reason: "builds with make in ./web" },
    ]);
  });

  it("are kept only where two steps share them, and not with `inferLocks: false`", () => {
    const text = (front: string): string =>
      `---\n${front}\n---\n- [ ] [P] a\n  - command: npm ci\n- [ ] [P] b\n  - command: npm run build\n- [ ] [P] c\n  - command: make\n`;
    const plan = planOf(text("title: x"));
    assert.deepEqual(
      plan.steps.map(({ locks }) => locks.map(({ name }) => name)),
      [["build:npm ."], ["build:npm ."], []],
    );
    assert.deepEqual(
      planOf(text("inferLocks: false")).steps.flatMap(({ locks }) => locks),
      [],
    );
  });

  it("count a step's own variables, whether its command mentions them or not", () => {
    const plan = planOf(
      "- [ ] [P] a\n  - command: x\n  - env: PORT=3000\n- [ ] [P] b\n  - command: y\n  - env: PORT=3000\n",
    );
    assert.deepEqual(
      plan.steps.map(({ locks }) => locks.map(({ name }) => name)),
      [["port:3000"], ["port:3000"]],
    );
  });

  it("count a parent's variables only where a command mentions them", () => {
    const plan = planOf(
      "- [ ] p\n  - env: PORT=3000\n  - [ ] [P] a\n    - command: lint\n  - [ ] [P] b\n    - command: serve $PORT\n  - [ ] [P] c\n    - command: open ${PORT}\n",
    );
    assert.deepEqual(
      ["p-a", "p-b", "p-c"].map((id) => step(plan, id).locks.length),
      [0, 1, 1],
    );
  });
});
