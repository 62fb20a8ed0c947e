import assert from "node:assert/strict";
import { budgetFromText } from "../../support/planning.ts";

const FILE = ".planwright/budget.json";

const POLICY = {
  id: "dev-policy",
  environment: "dev",
  limits: {
    total: 100,
    currency: "GBP",
    duration: "24h",
    perService: { gamelift: 40, ec2: 30, dynamodb: 20, other: 10 },
  },
  enforcement: { mode: "warn", warningThreshold: 0.8, approvalRequired: false },
};

const problems = (value: unknown): string[] =>
  budgetFromText(typeof value === "string" ? value : JSON.stringify(value)).problems.map(({ message }) =>
    message.replace(/^.*?json:\d+:\d+: /, ""),
  );

describe("the budget file (E1)", () => {
  it("is read as one policy with its limits by service, the others, and the defaults", () => {
    const { set, problems: none } = budgetFromText(JSON.stringify(POLICY));
    assert.deepEqual(none, []);
    assert.deepEqual(set.policies, [
      {
        id: "dev-policy",
        environment: "dev",
        currency: "GBP",
        window: { kind: "rolling", length: 86_400_000 },
        limits: [
          { scope: { kind: "total" }, amount: 100 },
          { scope: { kind: "service", service: "gamelift" }, amount: 40 },
          { scope: { kind: "service", service: "ec2" }, amount: 30 },
          { scope: { kind: "service", service: "dynamodb" }, amount: 20 },
          { scope: { kind: "other", listed: ["gamelift", "ec2", "dynamodb"] }, amount: 10 },
        ],
        mode: "warn",
        warningThreshold: 0.8,
        approvalRequired: false,
        wait: 0,
      },
    ]);
    const { set: least } = budgetFromText('{"id": "a", "limits": {"total": 1, "perAgent": {"coder": 0.5}}}');
    assert.deepEqual(least.policies, [
      {
        id: "a",
        environment: null,
        currency: "USD",
        window: { kind: "execution" },
        limits: [
          { scope: { kind: "total" }, amount: 1 },
          { scope: { kind: "agent", agent: "coder" }, amount: 0.5 },
        ],
        mode: "approve",
        warningThreshold: 0.8,
        approvalRequired: false,
        wait: 0,
      },
    ]);
  });

  it("is read as several policies with calendar windows and rates", () => {
    const file = {
      rates: { EUR: "1.08", GBP: 1.27 },
      policies: [
        { id: "a", limits: { total: 5, duration: "month" } },
        { id: "b", environment: "prod", limits: { total: 1, currency: "EUR" }, enforcement: { wait: "10m" } },
      ],
    };
    const { set } = budgetFromText(JSON.stringify(file));
    assert.deepEqual([set.base, set.rates], ["USD", { EUR: 1_080_000, GBP: 1_270_000 }]);
    assert.deepEqual(set.policies[0]?.window, { kind: "calendar", unit: "month" });
    assert.equal(set.policies[1]?.wait, 600_000);
  });

  const wrong: [what: string, file: unknown, message: string | RegExp][] = [
    ["an amount below nothing", { id: "a", limits: { total: -1 } }, "limits.total: not below 0 is needed"],
    ["an absurd amount", { id: "a", limits: { total: 1e12 } }, "limits.total: at most 1,000,000,000 is accepted"],
    ["an amount in words", { id: "a", limits: { total: "much" } }, "limits.total: a number is needed"],
    ["no limits", { id: "a" }, "limits: missing: an object is needed"],
    ["no policy", { policies: [] }, "policies: at least 1 entry is needed"],
    [
      "an unknown key",
      { id: "a", limits: { total: 1, perservice: {} } },
      "limits.perservice: unknown key; accepted here: total, currency, duration, perService, perAgent",
    ],
    [
      "an unknown key beside the list",
      { policies: [{ id: "a", limits: { total: 1 } }], limits: {} },
      "limits: unknown key; accepted here: $schema, rates, billing, policies",
    ],
    [
      "an unknown mode",
      { id: "a", limits: { total: 1 }, enforcement: { mode: "stop" } },
      'enforcement.mode: accepted: "warn", "enforce", "approve"',
    ],
    [
      "a threshold in percent",
      { id: "a", limits: { total: 1 }, enforcement: { warningThreshold: 80 } },
      "enforcement.warningThreshold: at most 1 is accepted",
    ],
    [
      "a window that is none",
      { id: "a", limits: { total: 1, duration: "fortnight" } },
      /^limits\.duration: day, week, month or a duration of a second or more, such as "24h", is needed/,
    ],
    [
      "a currency in words",
      { id: "a", limits: { total: 1, currency: "dollars" } },
      "limits.currency: accepted: a currency is three capital letters, such as USD",
    ],
    ["an id with a space", { id: "a b", limits: { total: 1 } }, /^id: accepted: letters, digits/],
    [
      "an id that stands twice",
      {
        policies: [
          { id: "a", limits: { total: 1 } },
          { id: "a", limits: { total: 2 } },
        ],
      },
      'policies[1].id: "a" is used twice: every policy needs an id of its own',
    ],
    [
      "a currency without a rate",
      {
        policies: [
          { id: "a", limits: { total: 1 } },
          { id: "b", limits: { total: 2, currency: "EUR" } },
        ],
      },
      "policies[1].limits.currency: EUR has no rate: write what 1 EUR is worth in USD into `rates`, or use USD",
    ],
    [
      "a rate of the currency that rates count in",
      { id: "a", limits: { total: 1, currency: "EUR" }, rates: { EUR: 1 } },
      "rates.EUR: rates count in EUR, the currency of the first policy",
    ],
    ["a rate of nothing", { id: "a", limits: { total: 1 }, rates: { EUR: "0.0" } }, /^rates\.EUR: a number above 0/],
    [
      "a rate below nothing",
      { id: "a", limits: { total: 1 }, rates: { EUR: -2 } },
      "rates.EUR: not below 0.000001 is needed",
    ],
    [
      "a rate in words",
      { id: "a", limits: { total: 1 }, rates: { EUR: "much" } },
      /^rates\.EUR: .*a number above 0 with at most six decimals, such as 0\.79, is needed$/,
    ],
    [
      "limits of services in a list",
      { id: "a", limits: { total: 1, perService: [1] } },
      "limits.perService: an object is needed",
    ],
    [
      "a billing address that is none",
      { id: "a", limits: { total: 1 }, billing: { url: "ftp://example.org/" } },
      "billing.url: accepted: an address that begins with https:// or http://",
    ],
    [
      "a rate of no currency",
      { id: "a", limits: { total: 1 }, rates: { euro: 2 } },
      "rates.euro: a currency is three capital letters, such as USD",
    ],
    [
      "two sources of billed amounts",
      { id: "a", limits: { total: 1 }, billing: { command: ["x"], url: "https://example.org/" } },
      "billing: either `command` or `url` is needed",
    ],
    ["no source of billed amounts", { id: "a", limits: { total: 1 }, billing: {} }, /^billing: either/],
  ];
  for (const [what, file, message] of wrong) {
    it(`refuses ${what} with its field and what is accepted, and uses nothing`, () => {
      const [told = ""] = problems(file);
      if (typeof message === "string") assert.equal(told, message);
      else assert.match(told, message);
      assert.deepEqual(budgetFromText(JSON.stringify(file)).set.policies, []);
    });
  }

  it("tells the line", () => {
    const text = '{\n  "id": "a",\n  "limits": {\n    "total": -5\n  }\n}';
    const [problem] = budgetFromText(text).problems;
    assert.equal(problem?.message, `${FILE}:4:5: limits.total: not below 0 is needed`);
    assert.deepEqual(problem.place, { file: FILE, line: 4, column: 5, field: "limits.total" });
    assert.equal(problem.code, "bad_budget_file");
  });
});
