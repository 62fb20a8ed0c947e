import { createHmac } from "node:crypto";

/**
 * The headers by which a receiver knows a delivery and whom it comes from, as Standard Webhooks has them
 * (https://github.com/standard-webhooks/standard-webhooks): the same id at every try, the time of this one, and, where there is a
 * secret, the signature of both and the body. A secret `whsec_…` is base64; any other is taken as it is.
 */
export function webhookHeaders(key: string, body: string, at: Date, secret: string | null): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const named = { "webhook-id": key, "webhook-timestamp": timestamp };
  if (secret === null) return named;
  const bytes = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  const signature = createHmac("sha256", bytes).update(`${key}.${timestamp}.${body}`).digest("base64");
  return { ...named, "webhook-signature": `v1,${signature}` };
}
