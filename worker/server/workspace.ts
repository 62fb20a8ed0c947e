import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { throwFailure, type FailureError } from "../../schemas/failure.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { ExecutionState } from "../engine/state.ts";
import type { Adapters } from "../agents/adapter.ts";
import type { Lifecycle } from "../agents/lifecycle.ts";
import type { Registry } from "../agents/registry.ts";
import type { FolderState } from "../link/state-places.ts";
import { pruneLogs } from "../logs/retention.ts";
import type { ExecutionLog } from "../logs/log-writer.ts";
import { Approvals } from "../run/approvals.ts";
import { Executions, type Equipping, type ExecutionEquipment } from "../run/executions.ts";
import type { Clock } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { lastSeq } from "../store/events.ts";
import { StoreJournal } from "../store/journal.ts";
import { openDatabase } from "../store/open-database.ts";
import type { Owner } from "../store/owner-lock.ts";
import { CoveredPlans } from "./covered-plans.ts";
import { Hooks } from "./hooks.ts";
import { Housekeeping, logRetention } from "./housekeeping.ts";
import { newId } from "./ids.ts";
import type { Models } from "./models.ts";
import { OpenEditors } from "./open-editors.ts";
import { Permissions } from "./permissions.ts";
import { PlanLayouts } from "./plan-layouts.ts";
import { RecordedStates } from "./recorded-states.ts";
import type { Settings } from "./settings.ts";
import { cleanWorkplaces } from "./workplace-cleanup.ts";
import { Workplaces } from "./workplaces.ts";
import { RoleFiles } from "./role-files.ts";
import { recordedSpending } from "./recorded-spending.ts";
import { recordedState, recover } from "./recovery.ts";

export interface WorkspaceOptions {
  readonly state: FolderState;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly adapters: Adapters;
  /** Language models, their keys and kept answers. */
  readonly models: Models;
  /** What happens to agents. */
  readonly lifecycle: Lifecycle;
  readonly settings: Settings;
  /** In the environment of every agent process, so that left-overs of a dead worker are found. */
  readonly workerMark: string;
  /** Gives an execution its agents' runs, its log, its boxes and its report. */
  readonly equip: (request: EquipmentRequest) => Promise<ExecutionEquipment>;
  /** Ends processes that dead workers of this folder left behind; resolves with how many there were. */
  readonly endLeftOvers: () => Promise<number>;
  /** Something that a person should know, for the worker's log. */
  readonly notice: (message: string) => void;
  /** The record is lost for good; the worker must not go on. */
  readonly onLostRecord: (reason: unknown) => void;
  /** Another record took the place of the one that clients know: they come again to a new worker. */
  readonly leave: () => void;
}

export interface EquipmentRequest extends Equipping {
  readonly workspace: Workspace;
  readonly database: Database;
}

/** What exists from the first plan that is kept: the database, and what runs on it. */
export interface WorkspaceRecord {
  readonly database: Database;
  readonly journal: StoreJournal;
  readonly executions: Executions;
  readonly hooks: Hooks;
  readonly house: Housekeeping;
}

/** Content of `.planwright/.gitignore`: what is the person's is committed, what is ours is not (design, section 1). */
const GITIGNORE = "planwright.db*\nlogs/\nevents/\nreports/\nbackups/\nowner.json\n";

/** One workspace folder: opens its record on first use, and writes nothing into the folder before. */
export class Workspace {
  readonly options: WorkspaceOptions;
  readonly approvals: Approvals;
  readonly permissions: Permissions;
  /** Where coding steps are kept apart from the person's files. */
  readonly workplaces: Workplaces;
  /** Logs of executions that are under way, by execution id. */
  readonly logs = new Map<string, ExecutionLog>();
  /** What happened to the record since this worker started. */
  readonly #happened: string[] = [];
  /** What the record says, for whoever only looks. */
  readonly recorded = new RecordedStates();
  readonly layouts = new PlanLayouts();
  readonly covered = new CoveredPlans();
  readonly editors = new OpenEditors();
  readonly roles: RoleFiles;
  /** Interrupted executions as recovery has left them. */
  #recovered = new Map<string, ExecutionState>();
  #record: Promise<WorkspaceRecord> | null = null;
  #opened: WorkspaceRecord | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(options: WorkspaceOptions) {
    this.options = options;
    this.approvals = new Approvals(options.state.approvalsDir);
    this.roles = new RoleFiles(options.state.folder);
    this.permissions = new Permissions(options.state.permissionsFile);
    const { folder, worktreesDir } = options.state;
    this.workplaces = new Workplaces({ folder, home: worktreesDir, environment: process.env, clock: options.clock });
  }

  /** What a person has set for this folder. */
  get settings(): Settings {
    return this.options.settings;
  }

  /** Real path of the folder. */
  get folder(): string {
    return this.options.state.folder;
  }

  /** Our folder in the workspace. */
  get home(): string {
    return join(this.folder, ".planwright");
  }

  /** The record, created when there is none. A failure is not remembered: the next call tries again. */
  async record(): Promise<WorkspaceRecord> {
    await this.#letGoOfRemoved();
    this.#record ??= this.#open().catch((error: unknown) => {
      this.#record = null;
      throw error;
    });
    return this.#record;
  }

  /** Somebody removed the database under us (`git clean`, for example): what is written into the open file would be lost. */
  async #letGoOfRemoved(): Promise<void> {
    const opened = this.#opened;
    if (!opened || opened.executions.running.length > 0 || existsSync(opened.database.path)) return;
    this.#opened = null;
    this.#record = null;
    await opened.hooks.close();
    await opened.house.close();
    this.#tell(`${opened.database.path} was removed while it was open; a new record was begun`);
    await opened.database.abandon();
  }

  /** What happened to the record since this worker started, and what goes wrong with it at present, for whoever asks. */
  get notices(): readonly string[] {
    return [...this.#happened, ...(this.#opened?.house.problems ?? [])];
  }

  #tell(notice: string): void {
    this.#happened.push(notice);
    this.options.notice(notice);
  }

  /** The record when there is one: for reading, which never creates anything. */
  async recordIfKept(): Promise<WorkspaceRecord | null> {
    return this.#record !== null || existsSync(join(this.home, "planwright.db")) ? this.record() : null;
  }

  /** Ids of executions that are under way. */
  get running(): readonly string[] {
    return this.#opened?.executions.running ?? [];
  }

  /** What recovery has left of an execution is no longer needed: it was ended in the record. */
  forgetState(executionId: string): void {
    this.#recovered.delete(executionId);
  }

  /** An execution that no worker runs, for whoever goes on with it. Throws `database_damaged` when it cannot be read. */
  takeState(database: Database, executionId: string): ExecutionState {
    const recovered = this.#recovered.get(executionId);
    this.#recovered.delete(executionId);
    const isCurrent = recovered && lastSeq(database, executionId) === recovered.seq;
    return isCurrent ? recovered : recordedState(database, executionId);
  }

  /** The record when it is open. */
  get opened(): WorkspaceRecord | null {
    return this.#opened;
  }

  /** Calls back when an execution has moved, or `changed` was called. Returns the way to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something that lists show was changed: plans, approvals, the record itself. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Stops agents, lets go of executions without ending them, and closes the database. */
  async close(): Promise<void> {
    this.layouts.close();
    const record = await this.#record?.catch(() => null);
    if (record) await record.executions.abandon();
    await record?.hooks.close();
    await record?.house.close();
    await Promise.all(Object.values(this.options.adapters).map(async (adapter) => adapter.close?.()));
    this.options.lifecycle.tell("orchestrator:stopped", null, process.pid, this.folder);
    if (!record) return;
    // After another worker took over, nothing may be written any more.
    await (this.options.owner.lost.aborted ? record.database.abandon() : record.database.close());
  }

  async #open(): Promise<WorkspaceRecord> {
    await this.makeHome();
    await this.options.owner.writeRecord(this.home);
    const hooks = new Hooks(this);
    const database = await openDatabase(join(this.home, "planwright.db"), { further: hooks.further });
    for (const notice of database.notices) this.#tell(notice);
    try {
      const journal = new StoreJournal(database, hooks.further);
      const { clock, endLeftOvers } = this.options;
      const { notices, states } = await recover({ database, journal, clock }, endLeftOvers);
      for (const notice of notices) this.#tell(notice);
      this.#recovered = states;
      await this.settings.read();
      await this.pruneLogs();
      const executions = this.#executions(database, journal);
      executions.onChange(() => {
        this.changed();
      });
      const house = this.#house(database);
      this.#opened = { database, journal, executions, hooks, house };
      hooks.begin(database);
      house.begin();
      this.changed();
      return this.#opened;
    } catch (error) {
      // A second connection beside this one would corrupt the file.
      await database.abandon();
      throw error;
    }
  }

  /** Removes old logs (semantics, Files). What cannot be removed is said and stays. */
  async pruneLogs(): Promise<void> {
    const { settings, problems } = this.settings.last;
    // What a person wanted to have kept is not known.
    if (problems.length > 0) return;
    try {
      const keep = new Set(this.running);
      await pruneLogs(join(this.home, "logs"), this.options.clock.wall(), keep, logRetention(settings));
    } catch (error) {
      this.options.notice(`old logs could not be removed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Our folder, for what a person wants to have in it. Throws FailureError `unreadable` or `database_full` where it cannot be written. */
  async makeHome(): Promise<void> {
    try {
      await mkdir(this.home, { recursive: true, mode: 0o700 });
      await writeFile(join(this.home, ".gitignore"), GITIGNORE, { flag: "wx" });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EEXIST" && existsSync(join(this.home, ".gitignore"))) return;
      const full = code === "ENOSPC" || code === "EDQUOT";
      const why = full ? "there is no space left" : `it may not be written (${String(code)})`;
      throwFailure(
        full ? "database_full" : "unreadable",
        `the record belongs into ${this.home}, but ${why}: ${full ? "make some room" : "give yourself the right to write there"} and run the command again`,
      );
    }
  }

  #house(database: Database): Housekeeping {
    return new Housekeeping({
      home: this.home,
      database,
      settings: this.settings,
      clock: this.options.clock,
      running: () => this.running,
      notice: (message) => {
        this.options.notice(message);
      },
      changed: () => {
        this.changed();
      },
      pruneLogs: () => this.pruneLogs(),
      cleanWorktrees: (limits, signal) => {
        const now = this.options.clock.wall().getTime();
        const running = new Set(this.running);
        return cleanWorkplaces({ workplaces: this.workplaces, database, running, now, signal }, limits);
      },
    });
  }

  /**
   * Lets go of the record, so that `act` can put another one in its place. What is asked meanwhile waits. Throws `conflict` while
   * something runs or is due.
   */
  async replaceRecord<T>(act: (path: string) => Promise<T>): Promise<T> {
    // A record that cannot be opened can be replaced all the same.
    const record = await this.recordIfKept().catch(() => null);
    await record?.hooks.looked();
    if (record?.executions.isBusy)
      throwFailure("conflict", `something runs (${this.running.join(", ")}): wait for its end, or cancel it first`);
    if (record?.hooks.isBusy)
      throwFailure("conflict", "hooks are being told of what ran: wait a moment (planwright hooks shows them)");
    const replaced = (async () => {
      await record?.executions.abandon();
      await record?.hooks.close();
      await record?.house.close();
      await record?.database.close();
      this.#opened = null;
      return act(join(this.home, "planwright.db"));
    })();
    const again = replaced.then(
      () => this.#open(),
      () => this.#open(),
    );
    again.catch(() => (this.#record = null));
    this.#record = again;
    return replaced;
  }

  #executions(database: Database, journal: StoreJournal): Executions {
    return new Executions({
      clock: this.options.clock,
      journal,
      newId: () => newId("run"),
      spending: (since) => recordedSpending(database, since),
      equip: (what) => this.options.equip({ workspace: this, database, ...what }),
      onStalled: (executionId, reason) => {
        this.options.notice(stalledText(executionId, reason));
      },
      onLost: (executionId, reason) => {
        this.options.notice(
          `execution ${executionId} was let go: ${reason instanceof Error ? reason.message : String(reason)}`,
        );
        this.options.onLostRecord(reason);
      },
    });
  }
}

/** How many runs the agents of a plan can take at the same time, by id. */
export function agentLimits({ options }: Workspace, plan: Plan): Record<string, number> {
  return options.registry.limits(plan.steps.flatMap((step) => step.agent ?? []));
}

function stalledText(executionId: string, reason: FailureError | null): string {
  return reason === null
    ? `execution ${executionId} goes on: the record can be written again`
    : `execution ${executionId} waits: ${reason.message}`;
}
