import { resolve } from "node:path";
import type { AgentDefinition, AgentView } from "../../../schemas/agent.ts";
import { withoutOptions } from "../../../schemas/diagnostic-words.ts";
import { FailureError } from "../../../schemas/failure.ts";
import type { LintedFile, LintFinding, LintPlace, LintProblem } from "../../../schemas/lint.ts";
import { PLAIN_READING, type Dialect, type SpecTask } from "../../../schemas/spec.ts";
import { createRegistry } from "../../agents/registry.ts";
import { readRoles } from "../../server/role-files.ts";
import { lintSpec, type Finding, type LintResult } from "../../lint/lint.ts";
import { LineStarts } from "../../lint/reading.ts";
import { companionOf } from "../../server/companion-file.ts";
import { readSpecFile } from "../../server/spec-file.ts";
import { readingOf } from "../../server/specs-file.ts";

/** What is to be looked at: a file, or a text that is called like one. */
export interface LintTarget {
  /** Of the workspace that the file belongs to. */
  readonly folder: string;
  /** Absolute, or inside the folder. */
  readonly path: string;
  /** Null: that of the file. */
  readonly text: string | null;
  /** As results name it. */
  readonly shown: string;
}

/** Working out what can be done costs time, the more the longer a spec is; what is beyond is told without. */
const FIXES_OF = 100;
const FIXES_BY_TASKS = 2_000;
/** What says that nobody can do a task; where a workspace has no agents of its own, that is no mistake of its spec. */
const ABOUT_AGENTS: ReadonlySet<string> = new Set(["no-agent", "missing-capability"]);

/** Looks at specs without a worker and without writing anything. `withFixes`: also works out what can be done. */
export class FileLinter {
  readonly problems: LintProblem[] = [];
  readonly #dialect: Dialect | null;
  readonly #withFixes: boolean;
  readonly #agents = new Map<string, Promise<Agents>>();

  constructor({ dialect, withFixes }: { dialect: Dialect | null; withFixes: boolean }) {
    this.#dialect = dialect;
    this.#withFixes = withFixes;
  }

  /** Null for a file that cannot be read, which is a problem then. */
  async lint(target: LintTarget): Promise<LintedFile | null> {
    try {
      const { text, result } = await this.read(target);
      return this.#told(target.shown, text, result);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const { message, place } = error.failure;
      this.problems.push({ path: target.shown, line: place?.line ?? null, column: place?.column ?? null, message });
      return null;
    }
  }

  /** Throws FailureError where the file cannot be read. */
  async read({ folder, path, text: given }: LintTarget): Promise<{ text: string; result: LintResult }> {
    const file = given === null ? await readSpecFile(folder, path) : { text: given, workspacePath: path };
    const { text, workspacePath } = file;
    const agents = await this.#agentsOf(folder);
    const { reading, notices } = await readingOf(folder, workspacePath, { ...PLAIN_READING, dialect: this.#dialect });
    for (const message of notices) this.#note(message);
    const companion = await companionOf(folder, workspacePath);
    const options = { dialect: reading.dialect, companion };
    const result = lintSpec({
      ...{ text, path: workspacePath, options, agents: agents.list },
      roles: await readRoles(folder),
    });
    const findings = agents.areKnown
      ? withoutGuesses(result)
      : result.findings.filter(({ code }) => !ABOUT_AGENTS.has(code));
    return { text, result: { ...result, findings } };
  }

  #told(path: string, text: string, { document, findings, fixesFor }: LintResult): LintedFile {
    const places = new Places(text);
    const mostFixes = this.#withFixes ? Math.min(FIXES_OF, FIXES_BY_TASKS / document.tasks.length) : 0;
    return {
      path,
      dialect: document.dialect,
      recognised: document.recognised,
      tasks: document.tasks.length,
      findings: findings.map((finding, index): LintFinding => {
        const fixes = index < mostFixes ? fixesFor(finding) : [];
        return {
          code: finding.code,
          severity: finding.severity,
          message: messageOf(finding),
          place: places.at(finding.range.start, finding.range.end),
          // Programs that know nothing of preferences take the first.
          fixes: fixes
            .toSorted((a, b) => Number(b.preferred) - Number(a.preferred))
            .map(({ title, preferred, changes }) => ({
              title,
              preferred,
              changes: changes.map(({ from, to, text: put }) => ({ place: places.at(from, to), text: put })),
            })),
        };
      }),
    };
  }

  #agentsOf(folder: string): Promise<Agents> {
    const known = this.#agents.get(folder);
    if (known) return known;
    const agents = this.#readAgents(folder);
    this.#agents.set(folder, agents);
    return agents;
  }

  async #readAgents(folder: string): Promise<Agents> {
    const registry = await createRegistry({ agentsFile: resolve(folder, ".planwright", "agents.json") });
    for (const { message, place } of registry.failures()) {
      const { line = null, column = null } = place ?? {};
      this.problems.push({ path: ".planwright/agents.json", line, column, message: withoutPlace(message) });
    }
    // Whether their programs and tokens are on this machine says nothing about a spec.
    const list = registry
      .list()
      .map((agent) => ({ ...onEveryMachine(agent), available: true, unavailableReason: null }));
    const own = list.filter(({ origin }) => origin === "workspace");
    // What an agent registers itself is not asked for here: it may be able to do anything.
    const registers = own.some(({ id, capabilities }) => capabilities.length === 0 && isHttp(registry.definition(id)));
    return { list, areKnown: own.length > 0 && !registers };
  }

  /** Once, however many files it concerns. */
  #note(message: string): void {
    const known = this.problems.some((problem) => problem.message === message);
    if (!known) this.problems.push({ path: null, line: null, column: null, message });
  }
}

/** A coding agent that comes built in may be on one machine and not on the next: it counts where a spec names it. */
function onEveryMachine(agent: AgentView): AgentView {
  const isAnywhere = agent.origin === "workspace" || agent.adapter !== "acp";
  return isAnywhere ? agent : { ...agent, restrictions: [...agent.restrictions, "guest"] };
}

function isHttp(definition: AgentDefinition | null): boolean {
  return definition?.adapter.kind === "http" && definition.adapter.health !== null;
}

/** What a task takes is often only guessed from its title, and a guess is no mistake of the spec. */
function withoutGuesses({ document: { dialect, tasks }, findings }: LintResult): Finding[] {
  const isStated = ({ attributes }: SpecTask): boolean => attributes.capability !== null || attributes.agent !== null;
  const stated = new Set(dialect === "prose" ? [] : tasks.filter(isStated).map(({ id }) => id));
  return findings.map((finding) =>
    finding.code === "no-agent" && !finding.steps.some((id) => stated.has(id))
      ? { ...finding, severity: "warning" }
      : finding,
  );
}

interface Agents {
  readonly list: readonly AgentView[];
  /** Whether the workspace says which agents it has. */
  readonly areKnown: boolean;
}

/** What to do is said without the options of `planwright plan`. */
function messageOf(finding: Finding): string {
  const words = withoutOptions(finding);
  return words === null ? finding.message : `${words}; name an agent here, or give one the capability`;
}

/** The place stands beside the message. */
function withoutPlace(message: string): string {
  return message.replace(/^.{0,4000}?agents\.json(?::\d+:\d+)?:? /, "");
}

/** The places of a text; a byte order mark counts for nothing, as editors and SARIF have it. */
class Places {
  readonly #lines: LineStarts;
  readonly #mark: number;

  constructor(text: string) {
    this.#mark = text.startsWith("\uFEFF") ? 1 : 0;
    this.#lines = new LineStarts(text.slice(this.#mark));
  }

  at(from: number, to: number): LintPlace {
    const start = Math.max(0, from - this.#mark);
    const end = Math.max(start, to - this.#mark);
    const [first, last] = [this.#lines.position(start), this.#lines.position(end)];
    return {
      line: first.line + 1,
      column: first.character + 1,
      endLine: last.line + 1,
      endColumn: last.character + 1,
      ...{ start, end },
    };
  }
}
