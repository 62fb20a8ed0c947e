import { HttpHealthAnswer } from "../../../schemas/agent-protocol.ts";
import { UNKNOWN_HEALTH, type AgentHealth } from "../../../schemas/agent-health.ts";
import type { AgentCapability, AgentDefinition } from "../../../schemas/agent.ts";
import type { AgentClock } from "../adapter.ts";
import { definitionHash } from "../definition-hash.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { credentialsOf, type HttpSettings } from "./credentials.ts";
import type { Endpoints } from "./endpoints.ts";
import { exchange } from "./exchange.ts";
import { readBoundedJson } from "./read-answer.ts";

/** An agent that nobody has looked at for this long, and that does nothing, is no longer asked. */
const LOOKED_AT_MS = 15_000;
const ANSWER_WITHIN_MS = 5_000;
const MAX_BYTES = 1_000_000;
/** Agents that are asked at the same time. */
const AT_ONCE = 4;
/** After the first failure it is asked again so soon; a second one in a row makes it unhealthy. */
const AGAIN_MS = 2_000;
const FAILURES = 2;

export interface HealthPorts {
  readonly clock: AgentClock;
  readonly environment: NodeJS.ProcessEnv;
  readonly endpoints: Endpoints;
  readonly lifecycle: Lifecycle;
  /** From 0 to 1: agents with the same interval are not asked all at once. */
  readonly random: () => number;
}

/** What is known of one agent. */
interface Watch {
  readonly definition: AgentDefinition;
  readonly settings: HttpSettings;
  health: AgentHealth;
  failures: number;
  capabilities: readonly AgentCapability[];
  /** Attempts that run now. */
  load: number;
  lookedAt: number;
  /** When it is asked next, by the monotonic clock. */
  due: number;
  timer: { cancel(): void } | null;
  isAsking: boolean;
  /** Resolves when it has been asked for the first time. */
  readonly known: Promise<void>;
  readonly becomeKnown: () => void;
}

/**
 * Asks HTTP agents how they are (catalogue D5), as often as their definitions say, while somebody looks at them or they work. What
 * one is able to do may come with its answer: so it registers itself.
 */
export class HttpHealth {
  readonly #ports: HealthPorts;
  /** By the id of the agent; another definition begins anew. */
  readonly #watches = new Map<string, Watch & { readonly hash: string }>();
  readonly #waiting: Watch[] = [];
  #asking = 0;
  #isClosed = false;

  constructor(ports: HealthPorts) {
    this.#ports = ports;
  }

  /** How it is. To ask is to look at it. */
  health(definition: AgentDefinition): AgentHealth {
    return this.#look(definition)?.health ?? UNKNOWN_HEALTH;
  }

  capabilities(definition: AgentDefinition): readonly AgentCapability[] {
    return this.#look(definition)?.capabilities ?? [];
  }

  /** Resolves when it has been asked once; at once for those that say nothing of their health. */
  async known(definition: AgentDefinition): Promise<void> {
    await this.#look(definition)?.known;
  }

  /** An attempt of it runs until the function that this returns is called. */
  use(definition: AgentDefinition): () => void {
    const watch = this.#look(definition);
    if (watch) watch.load += 1;
    return () => {
      if (watch) watch.load -= 1;
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches.values()) this.#forget(watch);
    this.#watches.clear();
  }

  #look(definition: AgentDefinition): Watch | null {
    const { adapter: settings, id } = definition;
    if (settings.kind !== "http" || settings.health === null || this.#isClosed) return null;
    const hash = definitionHash(definition);
    const known = this.#watches.get(id);
    if (known?.hash === hash) {
      known.lookedAt = this.#ports.clock.monotonic();
      this.#plan(known);
      return known;
    }
    if (known) this.#forget(known);
    const now = this.#ports.clock.monotonic();
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = {
      hash,
      definition,
      settings,
      health: UNKNOWN_HEALTH,
      failures: 0,
      capabilities: [],
      load: 0,
      lookedAt: now,
      due: now,
      timer: null,
      isAsking: false,
      known: promise,
      becomeKnown: resolve,
    };
    this.#watches.set(id, watch);
    this.#plan(watch);
    return watch;
  }

  #forget(watch: Watch): void {
    watch.timer?.cancel();
    watch.becomeKnown();
  }

  /** Sets the timer for the next question, if there is none. */
  #plan(watch: Watch): void {
    if (watch.timer !== null || watch.isAsking || this.#isClosed) return;
    const { clock } = this.#ports;
    const wait = Math.max(0, watch.due - clock.monotonic());
    watch.timer = clock.after(wait, () => {
      watch.timer = null;
      const isWanted = watch.load > 0 || clock.monotonic() - watch.lookedAt <= LOOKED_AT_MS + wait;
      if (!isWanted || watch.isAsking) return;
      watch.isAsking = true;
      this.#waiting.push(watch);
      this.#askNext();
    });
  }

  #askNext(): void {
    while (this.#asking < AT_ONCE) {
      const watch = this.#waiting.shift();
      if (!watch) return;
      this.#asking += 1;
      const over = (): void => {
        this.#asking -= 1;
        watch.isAsking = false;
        watch.becomeKnown();
        if (this.#watches.get(watch.definition.id) === watch) this.#planAfter(watch);
        this.#askNext();
      };
      this.#ask(watch).then(over, over);
    }
  }

  #planAfter(watch: Watch): void {
    const { clock, random } = this.#ports;
    const { healthInterval } = watch.settings;
    const isFirstFailure = watch.failures > 0 && watch.failures < FAILURES;
    const interval = isFirstFailure ? Math.min(AGAIN_MS, healthInterval) : healthInterval;
    watch.due = clock.monotonic() + interval * (0.9 + 0.2 * random());
    this.#plan(watch);
  }

  /** Asks every address; the agent is well when one of them is. Does not reject. */
  async #ask(watch: Watch): Promise<void> {
    const { settings } = watch;
    const answers = await Promise.all(settings.urls.map((url) => this.#askOne(settings, url)));
    if (this.#watches.get(watch.definition.id) !== watch) return;
    const well = answers.find((answer) => answer.problem === null);
    if (well) this.#isWell(watch, well.capabilities, well.note);
    else this.#isIll(watch, answers[0]?.problem ?? "it has no address");
  }

  async #askOne(settings: HttpSettings, url: string): Promise<Answer> {
    const { clock, environment, endpoints } = this.#ports;
    const credentials = credentialsOf(settings, environment);
    if (!credentials.ok) return ill(credentials.failure.message);
    const asked = exchange(
      {
        url: new URL(settings.health ?? "", url).href,
        method: "GET",
        headers: { accept: "application/json", "user-agent": "planwright" },
        credentials: credentials.value,
        body: null,
        redirects: settings.redirects,
        allowPrivate: settings.allowPrivate,
        maxBytes: MAX_BYTES,
      },
      clock,
    );
    const deadline = clock.after(ANSWER_WITHIN_MS, () => asked.stop(0));
    const received = await asked.result;
    deadline.cancel();
    if (received.kind !== "received") {
      endpoints.failed(url);
      return ill(received.kind === "stopped" ? "its health was not told within 5s" : received.message);
    }
    if (received.status < 200 || received.status > 299) {
      endpoints.failed(url);
      return ill(`its health is told with status ${received.status}`);
    }
    endpoints.answered(url);
    return capabilitiesOf(received.body);
  }

  #isWell(watch: Watch, capabilities: readonly AgentCapability[], note: string | null): void {
    const { lifecycle, clock } = this.#ports;
    if (watch.health.state === "unhealthy")
      lifecycle.tell("agent:recovered", watch.definition.id, null, "its health is told again");
    watch.failures = 0;
    watch.capabilities = capabilities;
    const lastSeen = clock.wall().toISOString();
    watch.health = { ...watch.health, state: "healthy", detail: note, lastSeen };
  }

  #isIll(watch: Watch, problem: string): void {
    watch.failures += 1;
    if (watch.failures < FAILURES) return;
    if (watch.health.state !== "unhealthy")
      this.#ports.lifecycle.tell("agent:unhealthy", watch.definition.id, null, problem);
    watch.health = { ...watch.health, state: "unhealthy", detail: problem };
  }
}

interface Answer {
  /** Null: it is well. */
  readonly problem: string | null;
  readonly capabilities: readonly AgentCapability[];
  /** For people: why what it registers is not used. */
  readonly note: string | null;
}

function ill(problem: string): Answer {
  return { problem, capabilities: [], note: null };
}

/** An agent that answers with no JSON is well all the same. */
function capabilitiesOf(body: Uint8Array): Answer {
  const json = readBoundedJson(body);
  if (!json.ok || typeof json.value !== "object") return { problem: null, capabilities: [], note: null };
  const parsed = HttpHealthAnswer.safeParse(json.value);
  if (parsed.success) return { problem: null, capabilities: parsed.data.capabilities ?? [], note: null };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  return {
    problem: null,
    capabilities: [],
    note: `what it registers is not used: ${where === "" ? "" : `${where}: `}${issue?.message ?? "unknown"}`,
  };
}
