import { access, chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KeptApproval } from "../../schemas/operations/plan.ts";

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
  async find(planHash: string): Promise<KeptApproval | null> {
    const approval = await this.#read(this.#fileOf(planHash));
    return approval?.planHash === planHash ? approval : null;
  }

  /** All approvals, to look for one that covers a plan in part. */
  async list(): Promise<KeptApproval[]> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith(".json"));
    const approvals = await Promise.all(names.map((name) => this.#read(join(this.#folder, name))));
    return approvals.filter((approval) => approval !== null);
  }

  /** Keeps an approval: whole or not at all. */
  async keep(approval: KeptApproval): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    const target = this.#fileOf(approval.planHash);
    const draft = `${target}.${process.pid}.tmp`;
    await writeFile(draft, `${JSON.stringify(approval)}\n`, { mode: 0o600 });
    await rename(draft, target);
  }

  /** The person has seen what this hash stands for and lets it be run. */
  async accept(hash: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    await writeFile(this.#acceptanceOf(hash), "", { mode: 0o600 });
  }

  async isAccepted(hash: string): Promise<boolean> {
    return access(this.#acceptanceOf(hash)).then(
      () => true,
      () => false,
    );
  }

  #acceptanceOf(hash: string): string {
    return this.#fileOf(hash).replace(/\.json$/, ".accepted");
  }

  async #read(file: string): Promise<KeptApproval | null> {
    try {
      return KeptApproval.safeParse(JSON.parse(await readFile(file, "utf8"))).data ?? null;
    } catch {
      return null;
    }
  }

  #fileOf(planHash: string): string {
    if (!/^[0-9a-f]{64}$/.test(planHash)) throw new Error(`not a plan hash: ${planHash}`);
    return join(this.#folder, `${planHash}.json`);
  }
}
