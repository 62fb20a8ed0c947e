import { failure, FailureError, type Failure } from "../schemas/failure.ts";
import type { SubscriptionBatch } from "../schemas/operations/subscription.ts";
import type { ParamsIn } from "../schemas/operations/table.ts";
import type { Host } from "./bridge.ts";

type TopicIn = ParamsIn<"subscription.open">["topic"];

interface FollowOptions {
  /** The topic with the cursor that has been reached. It is asked again each time the worker was lost. */
  readonly topic: () => TopicIn;
  readonly onBatch: (batch: SubscriptionBatch) => void;
  /** The topic cannot be followed. A lost worker is not told here: the following goes on when it is back. */
  readonly onFailure: (reason: Failure) => void;
}

/** Follows a topic for as long as the page wants, also over the loss of a worker. Returns a function that stops it. */
export function follow(host: Host, { topic, onBatch, onFailure }: FollowOptions): () => void {
  let stopped = false;
  let ended = false;
  let round = 0;
  let close: (() => Promise<void>) | null = null;

  const open = async (): Promise<void> => {
    const mine = (round += 1);
    close = null;
    try {
      const stop = await host.client.subscribe(topic(), (batch) => {
        if (stopped || mine !== round) return;
        ended = batch.end;
        onBatch(batch);
      });
      if (stopped || mine !== round) await stop().catch(ignore);
      else close = stop;
    } catch (error) {
      const reason = error instanceof FailureError ? error.failure : failure("internal", String(error));
      if (!stopped && mine === round && reason.code !== "worker_unavailable") onFailure(reason);
    }
  };
  // `open` tells its failures itself and never rejects.
  const start = (): void => {
    open().catch(ignore);
  };
  const stopListening = host.onConnected(() => {
    if (!ended) start();
  });
  start();
  return () => {
    stopped = true;
    stopListening();
    close?.().catch(ignore);
  };
}

/** A subscription that cannot be closed is gone already. */
function ignore(): void {}
