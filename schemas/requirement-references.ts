/**
 * Which requirements a set of references means. A reference to `1` means `1` and all that it consists of, such as `1.2`.
 */
export class RequirementReferences {
  readonly #ids: ReadonlySet<string>;

  constructor(ids: Iterable<string>) {
    this.#ids = new Set(ids);
  }

  /** Whether one of them means the requirement. */
  mean(id: string): boolean {
    for (let end = id.length; end > 0; end = id.lastIndexOf(".", end - 1))
      if (this.#ids.has(id.slice(0, end))) return true;
    return false;
  }
}
