import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { call, type Speech } from "../model-server/conversation.ts";

/** A coding agent as its vendor ships it, and how a scripted model drives it: the words that its own model would use. */
export interface RealAgent {
  readonly id: string;
  /** Writes settings into its home folder and returns the variables that it needs, so that it asks the scripted model and nobody else. */
  readonly prepare: (home: string, url: string) => Readonly<Record<string, string>>;
  /** The tool call by which it writes a file. */
  readonly write: (file: string, content: string) => Speech;
  /** The tool call by which it runs a command. */
  readonly run: (command: string) => Speech;
  /** The same for a command that it may not run without asking. */
  readonly runAsked: (command: string) => Speech;
  /** Whether what it says about its cost is an amount of money, or tokens only, which have to be given a price. */
  readonly certainty: "measured" | "estimated";
  /** What an exchange with the scripted model costs, in USD. */
  readonly exchange: number;
  /** Whether its figures hold what it asks on the side, such as a title for the session. */
  readonly countsAsides: boolean;
  /** Whether it tells what it has used before its turn ends, so that it can be stopped on the way. */
  readonly tellsOnTheWay: boolean;
}

export const AGENT_IDS = ["opencode", "qwen", "gemini", "claude", "codex", "copilot"] as const;
export type AgentId = (typeof AGENT_IDS)[number];

/** Any text: the scripted model asks for none. */
const KEY = "scripted-key";
const MODEL = "scripted-model";
/** Of a million tokens, in USD. */
export const PRICE = { input: 1_000, output: 10_000 };
/** By that price, of 1,000 tokens in and 100 out. */
const EXCHANGE = 2;

export const REAL_AGENTS: Readonly<Record<AgentId, RealAgent>> = {
  opencode: {
    id: "opencode",
    prepare(home, url) {
      const file = put(join(home, "opencode.json"), {
        model: `scripted/${MODEL}`,
        small_model: `scripted/${MODEL}`,
        autoupdate: false,
        share: "disabled",
        provider: {
          scripted: {
            npm: "@ai-sdk/openai-compatible",
            name: "Scripted",
            options: { baseURL: `${url}/v1`, apiKey: KEY },
            models: { [MODEL]: { name: MODEL, cost: PRICE, limit: { context: 200_000, output: 8_000 } } },
          },
        },
      });
      return { OPENCODE_CONFIG: file, OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" };
    },
    write: (file, content) => call("write", { filePath: file, content }),
    run: (command) => call("bash", { command, description: "Runs a command" }),
    runAsked: (command) => call("bash", { command, description: "Runs a command" }),
    certainty: "measured",
    exchange: EXCHANGE,
    countsAsides: false,
    tellsOnTheWay: false,
  },
  qwen: {
    id: "qwen",
    prepare(home, url) {
      put(join(home, ".qwen/settings.json"), {
        security: { auth: { selectedType: "openai" } },
        general: { disableAutoUpdate: true },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        // It would go on asking the model after the end of the turn.
        memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
        ui: { enableFollowupSuggestions: false },
      });
      return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: KEY, OPENAI_MODEL: MODEL };
    },
    write: (file, content) => call("write_file", { file_path: file, content }),
    run: (command) => call("run_shell_command", { command, is_background: false, description: "Runs a command" }),
    runAsked: (command) => call("run_shell_command", { command, is_background: false, description: "Runs a command" }),
    certainty: "estimated",
    exchange: EXCHANGE,
    countsAsides: false,
    tellsOnTheWay: true,
  },
  gemini: {
    id: "gemini",
    prepare(home, url) {
      put(join(home, ".gemini/settings.json"), {
        security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
        general: { disableAutoUpdate: true, disableUpdateNag: true },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
      });
      // Other names make it ask which model suits the question.
      return { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: KEY, GEMINI_MODEL: "gemini-2.5-pro" };
    },
    write: (file, content) => call("write_file", { file_path: file, content }),
    run: (command) => call("run_shell_command", { command, description: "Runs a command" }),
    runAsked: (command) => call("run_shell_command", { command, description: "Runs a command" }),
    certainty: "estimated",
    exchange: EXCHANGE,
    countsAsides: false,
    tellsOnTheWay: false,
  },
  claude: {
    id: "claude",
    prepare: (_home, url) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
    }),
    write: (file, content) => call("Write", { file_path: file, content }),
    run: (command) => call("Bash", { command, description: "Runs a command" }),
    runAsked: (command) => call("Bash", { command, description: "Runs a command" }),
    certainty: "measured",
    // By the price of the model that it takes us for.
    exchange: 0.006,
    countsAsides: true,
    tellsOnTheWay: false,
  },
  codex: {
    id: "codex",
    prepare(home, url) {
      const provider = [
        `model = "${MODEL}"`,
        'model_provider = "scripted"',
        "[model_providers.scripted]",
        'name = "Scripted"',
        `base_url = "${url}/v1"`,
        'wire_api = "responses"',
        'env_key = "OPENAI_API_KEY"',
        "request_max_retries = 0",
        "stream_max_retries = 0",
      ];
      put(join(home, ".codex/config.toml"), `${provider.join("\n")}\n`);
      return { OPENAI_API_KEY: KEY };
    },
    // It writes files by commands, or by patches of its own format.
    write: (file, content) => call("exec_command", { cmd: `printf '%s' '${content}' > '${file}'` }),
    run: (command) => call("exec_command", { cmd: command }),
    // It runs commands in a sandbox of its own without asking; it asks when its model wants out.
    runAsked: (command) =>
      call("exec_command", { cmd: command, sandbox_permissions: "require_escalated", justification: "It must." }),
    certainty: "estimated",
    exchange: EXCHANGE,
    countsAsides: false,
    tellsOnTheWay: false,
  },
  copilot: {
    id: "copilot",
    prepare: (_home, url) => ({
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_API_KEY: KEY,
      COPILOT_MODEL: MODEL,
      COPILOT_AUTO_UPDATE: "false",
    }),
    write: (file, content) => call("create", { path: file, file_text: content }),
    run: (command) => call("bash", { command, description: "Runs a command", mode: "sync" }),
    runAsked: (command) => call("bash", { command, description: "Runs a command", mode: "sync" }),
    certainty: "estimated",
    exchange: EXCHANGE,
    countsAsides: false,
    tellsOnTheWay: false,
  },
};

/** Writes a file of settings. */
function put(file: string, content: string | object): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}
