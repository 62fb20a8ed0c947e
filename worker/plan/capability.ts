/** The capability of steps that run a command. */
export const COMMAND_CAPABILITY = "command";

/** What agents can be asked to do (catalogue D2), and whether doing it changes files or the world. */
const CAPABILITIES: ReadonlyMap<string, { readonly category: string; readonly writes: boolean }> = new Map([
  ["task_decomposition", { category: "planning", writes: false }],
  ["dependency_analysis", { category: "planning", writes: false }],
  ["workflow_design", { category: "planning", writes: false }],
  ["web_research", { category: "research", writes: false }],
  ["document_analysis", { category: "research", writes: false }],
  ["data_synthesis", { category: "research", writes: false }],
  ["code_generation", { category: "coding", writes: true }],
  ["code_review", { category: "coding", writes: false }],
  ["code_refactoring", { category: "coding", writes: true }],
  ["testing", { category: "coding", writes: true }],
  ["email_management", { category: "communication", writes: true }],
  ["document_creation", { category: "communication", writes: true }],
  ["presentation", { category: "communication", writes: true }],
  ["api_integration", { category: "integration", writes: true }],
  ["database_operations", { category: "integration", writes: true }],
  ["file_operations", { category: "integration", writes: true }],
  ["data_analysis", { category: "analysis", writes: false }],
  ["pattern_recognition", { category: "analysis", writes: false }],
  ["error_diagnosis", { category: "analysis", writes: false }],
  ["image_generation", { category: "creation", writes: true }],
  ["deployment", { category: "delivery", writes: true }],
  [COMMAND_CAPABILITY, { category: "commands", writes: true }],
]);

/** Unknown capabilities count as changing something. */
export function changesThings(capability: string): boolean {
  return CAPABILITIES.get(capability)?.writes ?? true;
}

/** Words of a title that tell the capability, wherever they stand. The first one decides. */
const WORDS = byWord({
  testing: ["test", "tests", "testing", "verify", "validate", "benchmark"],
  code_review: ["review", "audit", "inspect"],
  code_refactoring: ["refactor", "refactoring", "restructure", "rename", "simplify"],
  document_creation: ["document", "documentation", "docs", "readme", "changelog"],
  deployment: ["deploy", "deployment", "release", "publish", "rollout"],
  web_research: ["research", "investigate"],
  document_analysis: ["analyse", "analyze", "understand"],
  data_analysis: ["measure", "evaluate"],
  error_diagnosis: ["diagnose", "troubleshoot"],
  database_operations: ["migrate", "migration", "database"],
  api_integration: ["integrate", "integration"],
  task_decomposition: ["decompose"],
});

/** Those that are an order as the first word only: "Read the report", but "Add read access"; "Profile the start", but "Show the profile". */
const FIRST_WORDS = byWord({
  web_research: ["explore", "compare"],
  document_analysis: ["read", "study"],
  data_analysis: ["profile"],
  error_diagnosis: ["debug"],
  image_generation: ["draw", "illustrate"],
  presentation: ["present"],
  task_decomposition: ["plan"],
});

/** Those that tell what is made: "Design a logo", but "Build the Docker image" and "Create the form in lib/presentation". */
const MADE = byWord({
  image_generation: ["image", "icon", "logo"],
  presentation: ["presentation", "slides"],
  task_decomposition: ["plan"],
});
const MAKING = /^(?:create|design|draw|generate|make|paint|prepare|write)$/;
const ARTICLE = /^(?:a|an|the|our|some|new|all)$/;

/** A folder such as `phase-2-deployment/` is a place, whatever it is called. */
const NAMED_FOLDER = /(?<![\w.-])\w{1,50}(?:-\w{1,50}){1,20}\//g;

function byWord(words: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([capability, list]) => list.map((word): [string, string] => [word, capability])),
  );
}

const DEFAULT_CAPABILITY = "code_generation";

/** What a task asks of its agent. `reason` says why, or that the spec says so; guessed is what nothing tells. */
export function inferCapability(task: {
  readonly title: string;
  readonly hasCommand: boolean;
  readonly stated: string | null;
  /** It names a task whose work it reviews. */
  readonly isReview?: boolean;
}): { capability: string; reason: string; isGuessed: boolean } {
  if (task.hasCommand) return { capability: COMMAND_CAPABILITY, reason: "runs a command", isGuessed: false };
  if (task.stated !== null) return { capability: task.stated, reason: "stated in the spec", isGuessed: false };
  if (task.isReview === true) return { capability: "code_review", reason: "reviews another task", isGuessed: false };
  const title = task.title.replace(NAMED_FOLDER, " ").toLowerCase();
  const told =
    tellingWord(title.split(FURTHER_CLAUSE, 1)[0] ?? "") ?? (BUILDING.test(title) ? null : tellingWord(title));
  if (told) return { capability: told.capability, reason: `the word "${told.word}" in the title`, isGuessed: false };
  return { capability: DEFAULT_CAPABILITY, reason: "no word of the title tells another", isGuessed: true };
}

/** What is to be built is told first: "Implement the store — the tests of T008 pass" is no test. */
const BUILDING =
  /^[^\p{L}]*(?:add|build|change|configure|create|define|enhance|extend|fix|implement|install|register|remove|update)(?!\p{L})/u;
const FURTHER_CLAUSE = /[ \t][-–—][ \t]|[(（;；]|\.[ \t]/;

function tellingWord(text: string): { capability: string; word: string } | null {
  let before = "";
  for (const word of text.split(/[^\p{L}\p{N}]+/u)) {
    if (word === "") continue;
    const made = MAKING.test(before) ? MADE.get(word) : undefined;
    const capability = WORDS.get(word) ?? (before === "" ? FIRST_WORDS.get(word) : made);
    if (capability !== undefined) return { capability, word };
    if (!ARTICLE.test(word)) before = word;
  }
  return null;
}
