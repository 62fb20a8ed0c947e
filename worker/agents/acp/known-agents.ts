import type { AgentDefinition, ToolKind } from "../../../schemas/agent.ts";

/** A program and the words with which it does what is wanted. */
export interface StartLine {
  readonly program: string;
  readonly args: readonly string[];
}

/** How an agent's own streaming command line is written and read, where it does not speak the protocol. */
export type StreamDialect = "claude" | "codex";

/**
 * What an agent's figures of usage mean. `turn`: of that turn. `session`: of all turns so far. `last_call`: of the last call of its model
 * only, so that nothing can be counted with them.
 */
export type UsageScope = "turn" | "session" | "last_call";

/** What there is to know of one coding agent (catalogue D4): how to find, start, understand and limit it. All of it is data. */
export interface KnownAgent {
  readonly id: string;
  readonly name: string;
  /** The first that is found speaks the Agent Client Protocol, version 1. */
  readonly acp: readonly StartLine[];
  /** The fallback; null: none is needed, because the program itself speaks the protocol. */
  readonly stream: { readonly program: string; readonly dialect: StreamDialect } | null;
  /** Ends with what to type. */
  readonly install: string;
  readonly login: string;
  /** Variables of the worker's environment that it gets, besides those that all of them get. */
  readonly variables: readonly string[];
  /** Signs of a login: a variable that is set, or a file below the person's home. */
  readonly signs: { readonly variables: readonly string[]; readonly files: readonly string[] };
  /** Files below the person's home by which it may be used without any of these signs. */
  readonly settings: readonly string[];
  /** Variables that say that its settings are elsewhere. */
  readonly homes: readonly string[];
  /** Whether these signs are all there can be on Linux; elsewhere keys are in the system's own store. */
  readonly hasAllSigns: boolean;
  /** A way to log in that takes a key out of a variable and asks nobody. */
  readonly keyLogins: readonly { readonly variable: string; readonly method: string }[];
  readonly usage: UsageScope;
  /** A reported cost of 0 means that it knows no price. */
  readonly zeroIsUnknown: boolean;
  /** Whose models it uses by default, as lists of prices name them; null: anybody's. */
  readonly provider: string | null;
  /** The mode in which it asks before it acts, by permission; what is left out stays as it begins. */
  readonly modes: Partial<Readonly<Record<AgentDefinition["permissions"], readonly string[]>>>;
  /** How a model is chosen when it starts; null: over the protocol. */
  readonly modelArgs: ((model: string) => readonly string[]) | null;
  readonly modelVariable: string | null;
  /** Variables by which it is told to ask before it acts, where it would not by itself. */
  readonly askVariables: Readonly<Record<string, string>>;
  /** `_meta` of a new session, by which it limits itself. Amounts in USD; null: no limit. */
  readonly sessionMeta: ((limits: { readonly usd: number | null }) => Record<string, unknown>) | null;
}

/** What every one of them may need: where its settings are, how it reaches the network, what it trusts there. */
const SHARED_VARIABLES: readonly string[] = [
  ..."XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR".split(" "),
  ..."HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy".split(" "),
  ..."NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR".split(" "),
];

const AMAZON = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION AWS_PROFILE".split(" ");
const GOOGLE = "GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_LOCATION".split(" ");

export const KNOWN_AGENTS: readonly KnownAgent[] = [
  {
    id: "claude",
    name: "Claude Code",
    acp: [
      { program: "claude-agent-acp", args: [] },
      { program: "claude-code-acp", args: [] },
    ],
    stream: { program: "claude", dialect: "claude" },
    install: "npm install -g @anthropic-ai/claude-code @agentclientprotocol/claude-agent-acp",
    login: "run `claude` once and type /login, or set ANTHROPIC_API_KEY",
    variables: [
      ..."ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_BASE_URL ANTHROPIC_MODEL ANTHROPIC_SMALL_FAST_MODEL".split(
        " ",
      ),
      ..."ANTHROPIC_CUSTOM_HEADERS CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CONFIG_DIR CLAUDE_CODE_EXECUTABLE".split(" "),
      ..."CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC".split(" "),
      ...["DISABLE_AUTOUPDATER", "DISABLE_TELEMETRY", "IS_SANDBOX", ...AMAZON, ...GOOGLE],
    ],
    signs: {
      variables: [
        ..."ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN".split(" "),
        ..."CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX".split(" "),
      ],
      files: [".claude/.credentials.json"],
    },
    settings: [".claude/settings.json"],
    homes: ["CLAUDE_CONFIG_DIR"],
    hasAllSigns: true,
    keyLogins: [],
    usage: "turn",
    zeroIsUnknown: false,
    provider: "anthropic",
    modes: { full: ["default"], limited: ["default"], readonly: ["default"] },
    modelArgs: null,
    modelVariable: "ANTHROPIC_MODEL",
    askVariables: {},
    sessionMeta: ({ usd }) => ({ claudeCode: { options: usd === null ? {} : { maxBudgetUsd: usd } } }),
  },
  {
    id: "codex",
    name: "Codex",
    acp: [{ program: "codex-acp", args: [] }],
    stream: { program: "codex", dialect: "codex" },
    install: "npm install -g @openai/codex @agentclientprotocol/codex-acp",
    login: "run `codex login`, or set OPENAI_API_KEY",
    variables: "OPENAI_API_KEY CODEX_API_KEY OPENAI_BASE_URL CODEX_HOME OPENAI_ORGANIZATION OPENAI_PROJECT".split(" "),
    signs: { variables: ["OPENAI_API_KEY", "CODEX_API_KEY"], files: [".codex/auth.json"] },
    settings: [".codex/config.toml"],
    homes: ["CODEX_HOME"],
    hasAllSigns: true,
    keyLogins: [
      { variable: "CODEX_API_KEY", method: "codex-api-key" },
      { variable: "OPENAI_API_KEY", method: "openai-api-key" },
      { variable: "OPENAI_API_KEY", method: "api-key" },
    ],
    usage: "turn",
    zeroIsUnknown: true,
    provider: "openai",
    // In "agent" another call of its model judges what it may do, and nobody is asked.
    modes: {
      full: ["workspace-write", "auto"],
      limited: ["workspace-write", "auto"],
      readonly: ["read-only"],
    },
    modelArgs: null,
    modelVariable: null,
    askVariables: {},
    sessionMeta: null,
  },
  {
    id: "gemini",
    name: "Gemini CLI",
    acp: [{ program: "gemini", args: ["--acp"] }],
    stream: null,
    install: "npm install -g @google/gemini-cli",
    login: "run `gemini` once and choose how to log in, or set GEMINI_API_KEY",
    variables: [
      ..."GEMINI_API_KEY GOOGLE_API_KEY GOOGLE_GEMINI_BASE_URL GOOGLE_GENAI_USE_VERTEXAI GOOGLE_GENAI_USE_GCA".split(
        " ",
      ),
      ...[
        "GEMINI_MODEL",
        "GEMINI_CLI_HOME",
        "GEMINI_CLI_TRUST_WORKSPACE",
        "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
        ...GOOGLE,
      ],
    ],
    signs: {
      variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
      files: [".gemini/oauth_creds.json"],
    },
    settings: [".gemini/settings.json"],
    homes: ["GEMINI_CLI_HOME"],
    hasAllSigns: true,
    keyLogins: [{ variable: "GEMINI_API_KEY", method: "gemini-api-key" }],
    usage: "turn",
    zeroIsUnknown: true,
    provider: "google",
    modes: { full: ["default"], limited: ["default"], readonly: ["default"] },
    modelArgs: (model) => ["--model", model],
    modelVariable: null,
    askVariables: {},
    sessionMeta: null,
  },
  {
    id: "opencode",
    name: "opencode",
    acp: [{ program: "opencode", args: ["acp"] }],
    stream: null,
    install: "npm install -g opencode-ai",
    login: "run `opencode auth login`, or set the key of your provider",
    variables: [
      ..."OPENCODE_CONFIG OPENCODE_CONFIG_DIR OPENCODE_CONFIG_CONTENT OPENCODE_API_KEY".split(" "),
      ..."OPENCODE_DISABLE_AUTOUPDATE OPENCODE_DISABLE_MODELS_FETCH OPENCODE_DISABLE_LSP_DOWNLOAD".split(" "),
      ..."ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_GENERATIVE_AI_API_KEY OPENROUTER_API_KEY".split(" "),
      ..."GROQ_API_KEY DEEPSEEK_API_KEY XAI_API_KEY MISTRAL_API_KEY GITHUB_TOKEN".split(" "),
      ...AMAZON,
    ],
    signs: {
      variables: "ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY OPENROUTER_API_KEY OPENCODE_API_KEY".split(" "),
      files: [".local/share/opencode/auth.json"],
    },
    settings: [],
    homes: [],
    // It has models that need no login.
    hasAllSigns: false,
    keyLogins: [],
    usage: "last_call",
    zeroIsUnknown: true,
    provider: null,
    modes: { full: ["build"], limited: ["build"], readonly: ["build"] },
    modelArgs: null,
    modelVariable: null,
    askVariables: { OPENCODE_PERMISSION: '{"edit":"ask","bash":"ask","webfetch":"ask"}' },
    sessionMeta: null,
  },
  {
    id: "copilot",
    name: "GitHub Copilot",
    acp: [{ program: "copilot", args: ["--acp"] }],
    stream: null,
    install: "npm install -g @github/copilot",
    login: "run `copilot` once and type /login, or set GH_TOKEN",
    variables: [
      ..."GH_TOKEN GITHUB_TOKEN COPILOT_GITHUB_TOKEN COPILOT_MODEL COPILOT_OFFLINE COPILOT_HOME GH_HOST".split(" "),
      ..."COPILOT_PROVIDER_BASE_URL COPILOT_PROVIDER_TYPE COPILOT_PROVIDER_API_KEY COPILOT_PROVIDER_WIRE_API".split(
        " ",
      ),
      ..."COPILOT_PROVIDER_BEARER_TOKEN COPILOT_PROVIDER_MODEL_ID COPILOT_AUTO_UPDATE".split(" "),
    ],
    signs: {
      variables: "GH_TOKEN GITHUB_TOKEN COPILOT_GITHUB_TOKEN COPILOT_PROVIDER_BASE_URL".split(" "),
      files: [],
    },
    settings: [],
    homes: [],
    // It keeps its login in the system's own store.
    hasAllSigns: false,
    keyLogins: [],
    usage: "session",
    zeroIsUnknown: true,
    provider: null,
    modes: {},
    modelArgs: (model) => ["--model", model],
    modelVariable: null,
    askVariables: {},
    sessionMeta: null,
  },
  {
    id: "qwen",
    name: "Qwen Code",
    acp: [{ program: "qwen", args: ["--acp"] }],
    stream: null,
    install: "npm install -g @qwen-code/qwen-code",
    login: "run `qwen` once and log in, or set OPENAI_API_KEY and OPENAI_BASE_URL",
    variables: [
      ..."OPENAI_API_KEY OPENAI_BASE_URL OPENAI_MODEL QWEN_MODEL QWEN_HOME DASHSCOPE_API_KEY".split(" "),
      ..."ANTHROPIC_API_KEY ANTHROPIC_BASE_URL GEMINI_API_KEY BAILIAN_CODING_PLAN_API_KEY".split(" "),
    ],
    signs: { variables: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY"], files: [".qwen/oauth_creds.json"] },
    settings: [".qwen/settings.json"],
    homes: ["QWEN_HOME"],
    hasAllSigns: true,
    keyLogins: [{ variable: "OPENAI_API_KEY", method: "openai" }],
    usage: "turn",
    zeroIsUnknown: true,
    provider: null,
    modes: { full: ["default"], limited: ["default"], readonly: ["default"] },
    modelArgs: (model) => ["--model", model],
    modelVariable: null,
    askVariables: {},
    sessionMeta: null,
  },
];

/** The one with this id, or null. */
export function knownAgent(id: string | null): KnownAgent | null {
  return KNOWN_AGENTS.find((one) => one.id === id) ?? null;
}

/** Names of the variables of the worker's environment that an agent gets besides the allow list. */
export function passedVariables(adapter: {
  readonly program: string | null;
  readonly passEnv: readonly string[];
}): readonly string[] {
  return [...SHARED_VARIABLES, ...(knownAgent(adapter.program)?.variables ?? []), ...adapter.passEnv];
}

/** What claude's own tools do, for its command line, which does not ask. */
export const CLAUDE_TOOLS: Readonly<Partial<Record<ToolKind, readonly string[]>>> = {
  read: ["Read", "NotebookRead"],
  search: ["Glob", "Grep", "LS"],
  edit: ["Edit", "MultiEdit", "Write", "NotebookEdit"],
  execute: ["Bash", "BashOutput", "KillShell"],
  fetch: ["WebFetch", "WebSearch"],
  think: ["Task", "TodoWrite"],
};
