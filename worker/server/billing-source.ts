import { BilledAmounts, type BillingSource } from "../../schemas/budget.ts";
import { throwFailure } from "../../schemas/failure.ts";
import { VERSION } from "../../schemas/version.ts";
import { ATTEMPT_VARIABLE, programEnvironment, WORKER_VARIABLE } from "../agents/environment.ts";
import { exchange } from "../agents/http/exchange.ts";
import { readBoundedJson } from "../agents/http/read-answer.ts";
import { LastBytes } from "../agents/last-bytes.ts";
import { endFailure } from "../agents/process-failure.ts";
import { runProcess } from "../agents/run-process.ts";
import { redactorFor } from "./secrets.ts";
import type { Workspace } from "./workspace.ts";

type BilledAmount = BilledAmounts[number];

/** What a source said, entry by entry. */
export interface Bills {
  readonly amounts: readonly BilledAmount[];
  /** Entries that are none, one sentence each. */
  readonly refused: readonly string[];
}

const MOST_BYTES = 10_000_000;
const WITHIN_MS = 60_000;
/** Between being asked to end and being killed. */
const GRACE_MS = 1_000;

/** Asks for billed amounts, once. Throws FailureError `unreadable` when the source does not answer with a list. */
export async function askForBills(workspace: Workspace, source: BillingSource): Promise<Bills> {
  const answer =
    source.url === undefined ? await run(workspace, source.command ?? []) : await get(workspace, source, source.url);
  const json = readBoundedJson(answer);
  if (!json.ok) failed(`its answer cannot be read: ${json.why}`);
  if (!Array.isArray(json.value)) failed("its answer is no list of billed amounts");
  const amounts: BilledAmount[] = [];
  const refused: string[] = [];
  json.value.forEach((entry: unknown, index) => {
    const parsed = BilledAmounts.element.safeParse(entry);
    if (parsed.success) amounts.push(parsed.data);
    else {
      const [issue] = parsed.error.issues;
      refused.push(`entry ${index + 1}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it is no billed amount"}`);
    }
  });
  return { amounts, refused };
}

async function run({ options, folder, settings }: Workspace, argv: readonly string[]): Promise<Buffer> {
  const redactor = redactorFor(settings.last, process.env, null);
  const printed = new LastBytes(MOST_BYTES + 1);
  const attemptId = "billing";
  const env = {
    ...programEnvironment(process.env),
    [ATTEMPT_VARIABLE]: attemptId,
    [WORKER_VARIABLE]: options.workerMark,
  };
  const handle = runProcess(
    { argv, cwd: folder, env, input: null, attemptId, redactor },
    {
      output: (stream, chunk) => {
        if (stream === "stdout") printed.push(chunk);
      },
      log: () => undefined,
    },
  );
  const deadline = options.clock.after(WITHIN_MS, () => handle.stop(GRACE_MS));
  const end = await handle.result;
  deadline.cancel();
  if (end.wasStopped) failed(`it did not end within ${WITHIN_MS / 1_000} seconds`);
  const problem = endFailure("its program", end, false);
  if (problem) failed(redactor.text(problem.message));
  const bytes = printed.bytes();
  if (bytes.length > MOST_BYTES) failed(`its answer is larger than ${MOST_BYTES} bytes`);
  return bytes;
}

async function get(
  { options, settings }: Workspace,
  { tokenEnv, allowPrivate }: BillingSource,
  url: string,
): Promise<Buffer> {
  const token = tokenEnv === undefined ? null : (process.env[tokenEnv] ?? "");
  if (token === "")
    failed(`the variable ${tokenEnv ?? ""}, which holds its token, is not set where the worker was started`);
  const redactor = redactorFor(settings.last, process.env, null);
  const handle = exchange(
    {
      url,
      method: "GET",
      headers: { "user-agent": `planwright/${VERSION}`, accept: "application/json" },
      credentials: token === null ? {} : { authorization: `Bearer ${token}` },
      body: null,
      redirects: 0,
      allowPrivate,
      maxBytes: MOST_BYTES,
    },
    options.clock,
  );
  const deadline = options.clock.after(WITHIN_MS, () => handle.stop(0));
  const received = await handle.result;
  deadline.cancel();
  if (received.kind === "stopped") failed(`no answer within ${WITHIN_MS / 1_000} seconds`);
  if (received.kind === "failed") failed(redactor.text(received.message));
  if (received.status !== 200) failed(`it answered with status ${received.status}`);
  return received.body;
}

function failed(why: string): never {
  throwFailure("unreadable", `the billing source of .planwright/budget.json: ${why}`);
}
