/** `npm run test:faults` sets it: the tests of faults then take minutes instead of seconds. */
export const isThorough = process.env["PLANWRIGHT_FAULTS"] === "thorough";

/** How often a test of a fault tries: as usual, or in `npm run test:faults`. */
export function tries(usual: number, thorough: number): number {
  return isThorough ? thorough : usual;
}

/** How long such a test may take, in ms. */
export function patience(usual: number): number {
  return isThorough ? 60 * 60_000 : usual;
}
