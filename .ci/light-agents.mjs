/** Coding agents of test/agents that are small enough to be fetched and driven in every run of the tests. */
export const LIGHT_AGENTS = ["opencode", "gemini"];
