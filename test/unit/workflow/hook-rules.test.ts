import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { nextTry } from "../../../worker/workflow/hooks/delivery-rules.ts";
import { webhookHeaders } from "../../../worker/workflow/hooks/signature.ts";

const no = { kind: "failed", problem: "no", after: null, final: false } as const;

describe("hooks: pauses between tries (F2)", () => {
  it("double from one second to ten minutes, and end with the last try", () => {
    const pauses = Array.from({ length: 12 }, (_, index) => nextTry(index + 1, 12, no));
    const seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600];
    assert.deepEqual(pauses, [...seconds.map((one) => one * 1_000), null]);
    assert.equal(nextTry(49, 50, no), 600_000);
  });

  it("are as long as the hook asks for, up to the same ten minutes, and none where trying again cannot help", () => {
    assert.equal(nextTry(1, 12, { ...no, after: 30_000 }), 30_000);
    assert.equal(nextTry(1, 12, { ...no, after: 86_400_000 }), 600_000);
    assert.equal(nextTry(3, 12, { ...no, after: 0 }), 4_000);
    assert.equal(nextTry(1, 12, { ...no, final: true }), null);
  });
});

describe("hooks: signatures as Standard Webhooks have them (F2)", () => {
  const at = new Date("2021-06-14T08:56:40.500Z");

  it("are those of the specification's example", () => {
    // The example of the Standard Webhooks libraries: id, time, body and secret are theirs, and so is the result.
    const headers = webhookHeaders(
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      '{"test": 2432232314}',
      new Date(1_614_265_330_000),
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    );
    assert.deepEqual(headers, {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("take a secret without their prefix as it is, and are left out where there is none", () => {
    const signed = webhookHeaders("k", "{}", at, "plain secret");
    const expected = createHmac("sha256", "plain secret").update("k.1623661000.{}").digest("base64");
    assert.equal(signed["webhook-signature"], `v1,${expected}`);
    assert.deepEqual(webhookHeaders("k", "{}", at, null), { "webhook-id": "k", "webhook-timestamp": "1623661000" });
  });
});
