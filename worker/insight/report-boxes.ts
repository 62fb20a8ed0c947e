import type { ExecutionEvent, LeftBox } from "../../schemas/event.ts";
import type { Report } from "../../schemas/report.ts";

/** Which boxes of the spec an execution has ticked and which it has left alone (catalogue A8). Told of its events in order. */
export class ReportBoxes {
  readonly #ticked: Report["boxes"]["ticked"] = [];
  readonly #left = new Map<string, LeftBox>();

  add(event: ExecutionEvent): void {
    if (event.type !== "boxes.written") return;
    const { at, into } = event;
    for (const box of event.boxes) {
      this.#ticked.push({ ...box, at, into });
      this.#left.delete(box.task);
    }
    for (const box of event.left) this.#left.set(box.task, box);
  }

  /** Left alone is what was so the last time that it was looked at. */
  get report(): Report["boxes"] {
    return { ticked: this.#ticked, left: [...this.#left.values()] };
  }
}

/** What stands for a tick, in a few words. */
export function evidenceText({ evidence }: Report["boxes"]["ticked"][number]): string {
  if (evidence === null) return "what is below or before it is done";
  const { attempt, proof } = evidence;
  const said = [`attempt ${attempt} succeeded`];
  if (proof.exitCode !== null) said.push(`exit code ${proof.exitCode}`);
  if (proof.check !== null) said.push(`check passed: ${proof.check}`);
  if (proof.outputs.length > 0) said.push(`made ${proof.outputs.join(", ")}`);
  return said.join("; ");
}
