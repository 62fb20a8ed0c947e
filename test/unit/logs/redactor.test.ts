import assert from "node:assert/strict";
import { REDACTED, Redactor } from "../../../worker/logs/redactor.ts";
import { printedForms, secretVariables } from "../../../worker/logs/secret-values.ts";
import { linearPattern } from "../../../worker/server/linear-pattern.ts";

const digits = (count: number): string => "aB3dE6gH9".repeat(20).slice(0, count);
const none = new Redactor({ values: [], patterns: [] });

/** Built at run time, so that nobody who looks for keys in this repository finds some. */
const KEYS: readonly (readonly [string, string])[] = [
  ["Anthropic", `sk-ant-api03-${digits(60)}-AA`],
  ["OpenAI", `sk-proj-${digits(48)}`],
  ["OpenAI, older", `sk-${digits(48)}`],
  ["GitHub", `ghp_${digits(36)}`],
  ["GitHub, fine-grained", `github_pat_${digits(22)}_${digits(59)}`],
  ["GitLab", `glpat-${digits(20)}`],
  ["AWS", "AKIA" + "ABCDEFGH2345WXYZ"],
  ["Slack", `xoxb-1234567890-${digits(24)}`],
  ["Google", `AIza${digits(35)}`],
  ["npm", `npm_${digits(36)}`],
  ["Stripe", `sk_live_${digits(24)}`],
  ["Standard Webhooks", `whsec_${digits(32)}`],
  ["JWT", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${digits(43)}`],
  [
    "a private key",
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${digits(64)}\n${digits(30)}==\n-----END OPENSSH PRIVATE KEY-----`,
  ],
  ["a private key in JSON", `-----BEGIN PRIVATE KEY-----\\n${digits(64)}\\n-----END PRIVATE KEY-----`],
];

describe("redactor (K4, SEC21)", () => {
  for (const [name, key] of KEYS)
    it(`knows keys of ${name} by their form, byte for byte as well`, () => {
      assert.equal(none.text(`before "${key}" after`), `before "${REDACTED}" after`);
      const stream = none.stream();
      const parts = [...Buffer.from(`k=${key}\nafter\n`)].map((byte) => stream.push(Uint8Array.of(byte)));
      assert.equal(Buffer.concat([...parts, stream.end()]).toString(), `k=${REDACTED}\nafter\n`);
      assert.equal(stream.count, 1);
    });

  it("takes the password out of a URL and the token out of a header, and leaves the rest", () => {
    assert.equal(none.text("postgres://joe:s3:cr@t@db:5432/x"), `postgres://joe:${REDACTED}@db:5432/x`);
    assert.equal(none.text("https://example.com:443/a@b:c"), "https://example.com:443/a@b:c");
    assert.equal(none.text("redis://u:$PASSWORD@h"), "redis://u:$PASSWORD@h");
    assert.equal(none.text(`Authorization: Bearer ${digits(30)}, x`), `Authorization: Bearer ${REDACTED}, x`);
    const basic = Buffer.from("joe:hunter2-x").toString("base64");
    assert.equal(none.text(`Authorization: Basic ${basic}`), `Authorization: Basic ${REDACTED}`);
  });

  for (const text of [
    "task-runner-with-a-long-name-of-many-words-1 and sk-short",
    "bearer authentication is described in the documentation",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "look for -----BEGIN PRIVATE KEY----- in the file",
    "eyJh is how a token begins; AKIA1 too; ghp_ as well",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "0b9d2a51-7c1e-4a55-8f6c-1f7cf7a0e1b2 9fceb02d0ae598e95dc970b74767f19372d61af8",
  ])
    it(`leaves "${text.slice(0, 40)}…" as it is`, () => {
      assert.equal(none.text(text), text);
    });

  it("finds a value in every way in which programs print it", () => {
    const value = 'pa"ss wörd/with+all';
    const redactor = new Redactor({ values: printedForms(value), patterns: [] });
    const printed = [
      value,
      JSON.stringify({ value }),
      encodeURIComponent(value),
      ...["", "x", "xy"].map((before) => Buffer.from(`${before}${value}`).toString("base64")),
    ];
    for (const text of printed) assert.match(redactor.text(`<${text}>`), /\[redacted\]/, text);
    assert.deepEqual(redactor.json({ [value]: [1, null, { deep: `${value}!` }] }), {
      [REDACTED]: [1, null, { deep: `${REDACTED}!` }],
    });
  });

  it("takes lines of a value for secrets of their own, because logs have lines", () => {
    const redactor = new Redactor({
      values: printedForms(`line one is long enough\nanother long line here`),
      patterns: [],
    });
    assert.equal(redactor.text("x another long line here"), `x ${REDACTED}`);
  });

  it("chooses the longer one of two that begin alike, and covers both where they overlap", () => {
    const redactor = new Redactor({ values: ["abcd-1234", "abcd-1234-5678", "5678-wxyz"], patterns: [] });
    assert.equal(redactor.text("(abcd-1234-5678)"), `(${REDACTED})`);
    assert.equal(redactor.text("(abcd-1234-56)"), `(${REDACTED}-56)`);
    assert.equal(redactor.text("(abcd-1234-5678-wxyz)"), `(${REDACTED})`);
  });

  it("knows secret variables by their names, and no trivial values", () => {
    const environment = {
      OPENAI_API_KEY: "value-of-openai",
      githubToken: "value-of-github",
      DB_PASSWORD: "value-of-database",
      AWS_SECRET_ACCESS_KEY: "/value+of/aws",
      CLIENT_CREDENTIALS: "value-of-client",
      MONKEY: "value-of-monkey",
      KEYBOARD_LAYOUT: "value-of-keyboard",
      SSH_AUTH_SOCK: "value-of-socket",
      SSH_KEY: "/home/joe/.ssh/id_ed25519",
      TOKEN_FILE: "value-of-file",
      OTHER_TOKEN: "short",
      SOME_SECRET: "changeme",
      ABSENT_TOKEN: undefined,
      PLAIN: "named by hand",
    };
    assert.deepEqual(secretVariables(environment, new Set(["PLAIN"])).toSorted(), [
      "/value+of/aws",
      "named by hand",
      "value-of-client",
      "value-of-database",
      "value-of-github",
      "value-of-openai",
    ]);
  });

  it("takes out what a person's patterns match, line by line, in linear time (SEC24)", async () => {
    const pattern = await linearPattern("CUST-[0-9]{4,}");
    const slow = await linearPattern("(a+)+$");
    assert.ok(pattern.ok && slow.ok);
    const redactor = new Redactor({ values: [], patterns: [pattern.value, slow.value] });
    const stream = redactor.stream();
    const parts = ["id CUST-12", "34 here\n", "none\nCUST-", "99999"].map((text) => stream.push(Buffer.from(text)));
    assert.equal(Buffer.concat([...parts, stream.end()]).toString(), `id ${REDACTED} here\nnone\n${REDACTED}`);
    const started = performance.now();
    redactor.text(`${"a".repeat(5_000)}!`);
    assert.ok(performance.now() - started < 2_000);
    const refused = await linearPattern("(?=x)");
    assert.ok(!refused.ok && /RE2/.test(refused.failure.message));
  });
});
