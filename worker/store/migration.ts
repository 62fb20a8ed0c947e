/** One step of the schema. Its number is its place in the list, counted from 1; what has been released is never changed. */
export interface Migration {
  readonly name: string;
  readonly script: string;
}
