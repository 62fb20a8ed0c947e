import { z } from "zod";
import { LogCursor, LogFilter, LogPage } from "../log.ts";
import { operation } from "../operation.ts";

export const logQuery = operation({
  name: "log.query",
  summary: "Read an execution's log from a cursor, filtered.",
  params: z.strictObject({
    executionId: z.string().min(1),
    filter: LogFilter.default({}),
    cursor: LogCursor.default(""),
    limit: z.int().min(1).max(10_000).default(1_000),
    /** Only the last so many entries; the cursor is not used then, and the answer's cursor is behind the last entry. */
    tail: z.int().min(1).max(10_000).optional(),
  }),
  result: LogPage,
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/logs" },
});
