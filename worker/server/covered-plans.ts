const MOST_KEPT = 1_000;

/**
 * Whether an approval of an earlier plan covers what is left of a later one. To find out, all of the plan and of the approvals is
 * read, and lists ask several times a second: an answer holds until there is another approval.
 */
export class CoveredPlans {
  #answers = new Map<string, Promise<boolean>>();

  /** `key` names the plan's content. Rejects as `find` does, which is then asked again. */
  of(key: string, find: () => Promise<boolean>): Promise<boolean> {
    const answers = this.#answers;
    const known = answers.get(key);
    if (known) return known;
    const answer = find().catch((error: unknown) => {
      answers.delete(key);
      throw error;
    });
    if (answers.size >= MOST_KEPT) answers.clear();
    answers.set(key, answer);
    return answer;
  }

  /** There is another approval. What is still being found out counts for those who have asked, and for nobody later. */
  forget(): void {
    this.#answers = new Map();
  }
}
