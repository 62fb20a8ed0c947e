import assert from "node:assert/strict";
import type { LogEntry } from "../../../schemas/log.ts";
import { failure, FailureError } from "../../../schemas/failure.ts";
import type { SubscriptionBatch } from "../../../schemas/operations/subscription.ts";
import { LogFeed, type LogSource } from "../../../webview/log/log-feed.ts";
import { logEntry } from "../../support/log-entries.ts";
import { settled } from "../../support/settled.ts";

type Following = Parameters<LogSource["follow"]>[0];

/** A log on a disk of which the worker tells; cursors are numbers of lines, as `1:12`. */
class FakeLog implements LogSource {
  readonly lines: LogEntry[] = [];
  followers: Following[] = [];
  queries = 0;
  broken = false;

  append(count: number): void {
    for (let index = 0; index < count; index += 1) this.lines.push(logEntry(`line ${this.lines.length}`));
  }

  async query({ cursor = "", limit = 1_000, tail }: Parameters<LogSource["query"]>[0]) {
    this.queries += 1;
    await Promise.resolve();
    if (this.broken) throw new FailureError(failure("worker_unavailable", "the worker is gone"));
    if (tail !== undefined) {
      const entries = this.lines.slice(-tail);
      return { entries, cursor: `1:${this.lines.length}`, more: entries.length < this.lines.length };
    }
    const from = placeOf(cursor);
    const entries = this.lines.slice(from, from + limit);
    const to = from + entries.length;
    return { entries, cursor: to === 0 ? "" : `1:${to}`, more: to < this.lines.length };
  }

  follow(options: Following): () => void {
    this.followers.push(options);
    if (!this.broken) this.tell(options);
    return () => {
      this.followers = this.followers.filter((other) => other !== options);
    };
  }

  /** A batch as the worker would send it: the newest lines behind the cursor that the follower last got. */
  tell(options = this.followers[0], end = false): void {
    const topic = options?.topic();
    if (topic?.kind !== "log" || options === undefined) throw new Error("nobody follows the log");
    const from = placeOf(topic.after ?? "");
    const rest = this.lines.slice(from);
    const entries = rest.slice(-(topic.newest ?? rest.length));
    const skipped = rest.length - entries.length;
    const batch: SubscriptionBatch = {
      ...{ kind: "log", subscriptionId: "s", entries, skipped, end },
      after: this.lines.length === 0 ? "" : `1:${this.lines.length}`,
    };
    options.onBatch(batch);
  }
}

const placeOf = (cursor: string): number => Number(cursor.split(":")[1] ?? 0);

const feedOf = (log: FakeLog, lines = 5_000) => new LogFeed(log, { lines, characters: 10_000_000 }, () => {});

const shown = (feed: LogFeed): string[] =>
  Array.from({ length: feed.ring.length }, (_, index) => {
    const row = feed.ring.at(index);
    return row?.kind === "line" ? row.text.replace("line ", "") : `gap ${row?.count ?? "?"} from ${row?.cursor ?? ""}`;
  });

async function opened(log: FakeLog, lines?: number): Promise<LogFeed> {
  const feed = feedOf(log, lines);
  feed.open("run-1", {});
  await settled();
  return feed;
}

describe("the live log's feed (K1)", () => {
  it("shows a log as a whole where it can be held, and what comes", async () => {
    const log = new FakeLog();
    log.append(3_500);
    const feed = await opened(log);
    assert.equal(feed.state.phase, "live");
    assert.deepEqual([feed.ring.length, shown(feed)[0], shown(feed).at(-1)], [3_500, "0", "3499"]);
    log.append(2);
    log.tell();
    assert.equal(shown(feed).at(-1), "3501");
  });

  it("begins at the newest lines of a larger log and says how many there are before", async () => {
    const log = new FakeLog();
    log.append(9_000);
    const feed = await opened(log);
    assert.deepEqual(shown(feed).slice(0, 2), ["gap 4001 from ", "4001"]);
    log.append(1);
    log.tell();
    assert.equal(shown(feed).at(-1), "9000");
  });

  it("says where lines are missing that came too fast", async () => {
    const log = new FakeLog();
    log.append(1);
    const feed = await opened(log);
    log.append(3_000);
    log.tell();
    assert.deepEqual(shown(feed).slice(0, 3), ["0", "gap 2500 from 1:1", "2501"]);
  });

  it("leaves what somebody reads as it is, counts what comes, and goes on from there to the end", async () => {
    const log = new FakeLog();
    log.append(1_000);
    const feed = await opened(log, 1_000);
    feed.setFollowing(false);
    log.append(1_500);
    log.tell();
    log.append(1_000);
    log.tell();
    assert.deepEqual([feed.state.phase, feed.state.unseen, shown(feed).at(-1)], ["reading", 2_500, "999"]);
    await feed.nextPage();
    assert.deepEqual([feed.state.phase, feed.state.unseen, shown(feed).at(-1)], ["reading", 1_500, "1999"]);
    await feed.nextPage();
    await feed.nextPage();
    assert.deepEqual([feed.state.phase, shown(feed).at(-1)], ["live", "3499"]);
    log.append(1);
    log.tell();
    assert.equal(
      shown(feed)
        .slice(1)
        .some((row) => row.startsWith("gap")),
      false,
    );
    assert.equal(feed.ring.length, 1_000);
  });

  it("counts what a reader has not seen while there is room", async () => {
    const log = new FakeLog();
    const feed = await opened(log);
    feed.setFollowing(false);
    log.append(7);
    log.tell();
    assert.deepEqual([feed.state.phase, feed.state.unseen, feed.ring.length], ["live", 7, 7]);
    feed.latest();
    assert.equal(feed.state.unseen, 0);
  });

  it("returns to the newest lines at once", async () => {
    const log = new FakeLog();
    log.append(1_000);
    const feed = await opened(log, 1_000);
    feed.setFollowing(false);
    log.append(60_000);
    log.tell();
    feed.latest();
    await settled();
    assert.deepEqual([feed.state.phase, feed.following, shown(feed).at(-1)], ["live", true, "60999"]);
  });

  it("reads from the place of missing lines, or from the beginning", async () => {
    const log = new FakeLog();
    log.append(9_000);
    const feed = await opened(log);
    await feed.readFrom("");
    assert.deepEqual(
      [feed.state.phase, feed.state.unseen, shown(feed)[0], feed.ring.length],
      ["reading", null, "0", 1_000],
    );
    assert.equal(log.followers.length, 0);
    await feed.readFrom("1:5000");
    assert.equal(shown(feed)[0], "5000");
  });

  it("tells the end of an execution, a purged log and a refusal", async () => {
    const log = new FakeLog();
    const feed = await opened(log);
    log.lines.push(logEntry("this log was purged", { metadata: { purged: true } }));
    log.tell(undefined, true);
    assert.equal(feed.state.ended, true);
    const again = await opened(log);
    assert.equal(again.state.purged, "this log was purged");
    log.followers.at(-1)?.onFailure(failure("not_found", "there is no such execution"));
    assert.deepEqual([again.state.phase, again.state.problem], ["failed", "there is no such execution"]);
  });

  it("tells that a page could not be read, and reads it when it is asked again", async () => {
    const log = new FakeLog();
    log.append(9_000);
    const feed = await opened(log);
    log.broken = true;
    await feed.readFrom("");
    assert.equal(feed.state.problem, "the worker is gone");
    log.broken = false;
    await feed.nextPage();
    assert.equal(feed.ring.length, 1_000);
  });

  it("is opened anew when the worker was lost while earlier lines were read", async () => {
    const log = new FakeLog();
    log.append(1_000);
    const feed = feedOf(log);
    feed.open("run-1", {});
    log.broken = true;
    await settled();
    assert.equal(feed.state.phase, "loading");
    log.broken = false;
    log.append(1);
    log.tell(log.followers[0]);
    await settled();
    assert.equal(feed.state.phase, "live");
    assert.deepEqual(
      shown(feed),
      Array.from({ length: 1_001 }, (_, index) => String(index)),
    );
    log.append(1);
    log.tell(log.followers[0]);
    assert.equal(shown(feed).at(-1), "1001");
  });

  it("takes nothing of a log that it has left", async () => {
    const log = new FakeLog();
    log.append(3);
    const feed = await opened(log);
    const [old] = log.followers;
    feed.open("run-2", {});
    await settled();
    log.append(1);
    log.tell(old);
    assert.equal(feed.ring.length, 3);
    feed.dispose();
    assert.equal(log.followers.length, 0);
  });
});
