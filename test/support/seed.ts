import fc from "fast-check";

/**
 * What the property tests of `npm test` begin with, so that two runs of the same code say the same. A test file that is run alone has a
 * new seed each time, and explores.
 */
fc.configureGlobal({ seed: 20_261_121 });
