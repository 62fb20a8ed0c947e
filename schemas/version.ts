/** The version of this Planwright; the build and a test keep it equal to package.json. */
export const VERSION = "0.2.0";
