/** Ids that people number their tasks with: `T001`, `FR-3`, `2.1`, `feature:4`, `T021#2`. Others are made from titles, or are words. */
const NUMBER = /^(?:\S+:)?(?:[A-Z]{1,5}-?)?\d+(?:\.\d+)*[a-z]?(?:#\d+)?$/;

/** What people call a step: its title, after the number that the spec gives it. */
export function stepName({ id, title }: { readonly id: string; readonly title: string }): string {
  return NUMBER.test(id) && !title.startsWith(id) ? `${id} ${title}` : title;
}
