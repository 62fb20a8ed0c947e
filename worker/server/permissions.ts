import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { PermissionRequest } from "../../schemas/decision.ts";
import type { ExecutionEvent } from "../../schemas/event.ts";
import { KeptPermissions, type KeptPermission } from "../../schemas/kept-permission.ts";

type Asked = Pick<PermissionRequest, "agent" | "tool" | "subject" | "title">;

/**
 * What a person always lets agents do in one workspace, in the person's state folder and nowhere else: a cloned repository must not be
 * able to bring permissions. One file a workspace, 0600. A file that cannot be read permits nothing.
 */
export class Permissions {
  readonly #file: string;
  #kept: Promise<readonly KeptPermission[]> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async list(): Promise<readonly KeptPermission[]> {
    this.#kept ??= read(this.#file);
    return this.#kept;
  }

  /** The permission that covers what is asked; null: there is none. */
  async find(asked: Asked): Promise<KeptPermission | null> {
    const subject = subjectOf(asked);
    const kept = await this.list();
    return kept.find((one) => one.agent === asked.agent && one.tool === asked.tool && one.subject === subject) ?? null;
  }

  /** Holds from now on; resolves when it is kept. */
  async keep(asked: Asked, by: string, at: string): Promise<void> {
    const { agent, tool } = asked;
    const permission = { agent, tool, subject: subjectOf(asked), by, at };
    await this.#change((kept) => (kept.some((one) => isSame(one, permission)) ? kept : [...kept, permission]));
  }

  /** Takes back what fits; null fits all. Resolves with what it was. */
  async forget(agent: string | null, subject: string | null): Promise<KeptPermission[]> {
    const fits = (one: KeptPermission): boolean =>
      (agent === null || one.agent === agent) && (subject === null || one.subject === subject);
    const forgotten = (await this.list()).filter(fits);
    if (forgotten.length > 0) await this.#change((kept) => kept.filter((one) => !fits(one)));
    return forgotten;
  }

  async #change(change: (kept: readonly KeptPermission[]) => readonly KeptPermission[]): Promise<void> {
    this.#kept = this.list().then(change);
    const kept = await this.#kept;
    // One after the other, and each writes what holds last.
    this.#writing = this.#writing.catch(() => undefined).then(async () => this.#write((await this.#kept) ?? kept));
    await this.#writing;
  }

  async #write(permissions: readonly KeptPermission[]): Promise<void> {
    const folder = dirname(this.#file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const draft = `${this.#file}.${process.pid}.tmp`;
    await writeFile(draft, `${JSON.stringify({ v: 1, permissions })}\n`, { mode: 0o600 });
    await rename(draft, this.#file);
  }
}

/** Keeps what people answer with "always", in the course of one execution. */
export class AlwaysAnswers {
  readonly #permissions: Permissions;
  /** Told why an answer could not be kept. */
  readonly #onProblem: (problem: string) => void;
  readonly #open = new Map<string, PermissionRequest>();

  constructor(permissions: Permissions, onProblem: (problem: string) => void) {
    this.#permissions = permissions;
    this.#onProblem = onProblem;
  }

  /** Told of every event, in order. */
  take(event: ExecutionEvent): void {
    if (event.type === "decision.asked" && event.request) this.#open.set(event.decisionId, event.request);
    else if (event.type === "decision.withdrawn") this.#open.delete(event.decisionId);
    else if (event.type === "decision.answered") {
      const request = this.#open.get(event.decisionId);
      this.#open.delete(event.decisionId);
      if (!request || event.choice !== "allow_always") return;
      this.#permissions.keep(request, event.by, event.at).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        this.#onProblem(`the answer holds until this worker ends, because it could not be kept: ${why}`);
      });
    }
  }
}

/** Without a subject its own words stand for what it wants to do. */
function subjectOf({ subject, title }: Asked): string {
  return subject ?? title;
}

function isSame(one: KeptPermission, other: KeptPermission): boolean {
  return one.agent === other.agent && one.tool === other.tool && one.subject === other.subject;
}

async function read(file: string): Promise<readonly KeptPermission[]> {
  try {
    return KeptPermissions.parse(JSON.parse(await readFile(file, "utf8"))).permissions;
  } catch {
    return [];
  }
}
