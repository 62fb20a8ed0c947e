import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Approval } from "../../schemas/operations/plan.ts";

/**
 * Approvals of one workspace folder, in the person's state folder and nowhere else: a cloned repository must not be able to bring
 * them (semantics, Approval). One file a plan hash, 0600.
 */
export class Approvals {
  readonly #folder: string;

  /** `folder` is this workspace's own folder for approvals inside the state folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The approval of exactly this content, or null. A file that cannot be read or is not ours is no approval. */
  async find(planHash: string): Promise<Approval | null> {
    try {
      const approval = Approval.safeParse(JSON.parse(await readFile(this.#fileOf(planHash), "utf8")));
      return approval.success && approval.data.planHash === planHash ? approval.data : null;
    } catch {
      return null;
    }
  }

  /** Keeps an approval: whole or not at all. */
  async keep(approval: Approval): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    const target = this.#fileOf(approval.planHash);
    const draft = `${target}.${process.pid}.tmp`;
    await writeFile(draft, `${JSON.stringify(approval)}\n`, { mode: 0o600 });
    await rename(draft, target);
  }

  #fileOf(planHash: string): string {
    if (!/^[0-9a-f]{64}$/.test(planHash)) throw new Error(`not a plan hash: ${planHash}`);
    return join(this.#folder, `${planHash}.json`);
  }
}
