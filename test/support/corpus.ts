import { readdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { Dialect, type SpecDocument } from "../../schemas/spec.ts";
import { parseSpec } from "../../worker/spec/parse.ts";

/** Real files of other projects, byte for byte, with facts that were counted by hand; SOURCES.md says where they come from. */
const FOLDER = new URL("../fixtures/corpus/", import.meta.url);

const Marks = z.object({ open: z.int(), done: z.int(), "running-": z.int(), "running~": z.int() });
const Statuses = z.record(z.string(), z.int());
const Tag = z.object({
  ...{ tasks: z.int(), leafTasks: z.int(), parentTasks: z.int(), done: z.int(), open: z.int() },
  ...{ taskEdges: z.int(), subtaskEdges: z.int(), firstId: z.string(), lastId: z.string() },
});

const Expected = z.object({
  dialect: Dialect,
  leafTasks: z.int(),
  parentTasks: z.int(),
  done: z.int(),
  open: z.int(),
  optional: z.int(),
  explicitEdges: z.int(),
  firstId: z.string().nullable(),
  lastId: z.string().nullable(),
  extra: z.object({
    bytes: z.int(),
    gitBlob: z.string(),
    runningMarkers: z.int(),
    parentsDone: z.int().optional(),
    duplicateIds: z.array(z.string()).optional(),
    danglingEdges: z.array(z.unknown()).optional(),
    cycleEdges: z.array(z.unknown()).optional(),
    edges: z.array(z.tuple([z.string(), z.string()])).optional(),
    firstLeafId: z.string().nullable().optional(),
    lastLeafId: z.string().nullable().optional(),
    unnumberedTasks: z.int().optional(),
    nonTaskCheckboxes: z.int().optional(),
    parallelMarked: z.int().optional(),
    userStories: z.array(z.string()).optional(),
    phaseHeadings: z.int().optional(),
    sections: z.int().optional(),
    outOfOrderIds: z.array(z.string()).optional(),
    flatSubtasks: z.int().optional(),
    markers: Marks.optional(),
    parentMarkers: Marks.optional(),
    parentChildMismatch: z.array(z.string()).optional(),
    criteriaUncovered: z.array(z.string()).optional(),
    requirements: z.int().optional(),
    criteria: z.int().optional(),
    companionOf: z.string().optional(),
    waveMissingLeaves: z.array(z.string()).optional(),
    tags: z.record(z.string(), Tag).optional(),
    taskStatuses: Statuses.optional(),
    subtaskStatuses: Statuses.optional(),
    tasksPerIndent: Statuses.optional(),
  }),
});

export interface CorpusFile extends z.infer<typeof Expected> {
  readonly name: string;
  /** Where it stands in its own repository. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly text: string;
}

/** All files, with their facts. */
export const CORPUS: readonly CorpusFile[] = readCorpus();

/** One of them, by a part of its name. */
export function corpusFile(part: string): CorpusFile {
  const [file, another] = CORPUS.filter(({ name }) => name.includes(part));
  if (!file || another) throw new Error(`no single file of the corpus has "${part}" in its name`);
  return file;
}

/** Read where it stands in its repository, with the requirements beside it. */
export function parseCorpusFile({ name, text, path }: CorpusFile, at = path): SpecDocument {
  const beside = CORPUS.find(({ extra }) => extra.companionOf === name);
  return parseSpec(text, at, { companion: beside ? { path: beside.path, text: beside.text } : null });
}

function readCorpus(): CorpusFile[] {
  const facts = z.record(z.string(), Expected).parse(JSON.parse(read("expected.json").toString()));
  const paths = new Map(
    [
      ...read("SOURCES.md")
        .toString()
        .matchAll(/^\| `([^`]+)` \| [^|]+ \| `([^`]+)` \|/gm),
    ].map(([, name = "", path = ""]) => [name, path] as const),
  );
  return readdirSync(FOLDER)
    .filter((name) => name in facts)
    .map((name) => {
      const [expected, path, bytes] = [facts[name], paths.get(name), read(name)];
      if (!expected || path === undefined) throw new Error(`SOURCES.md says nothing of ${name}`);
      return { ...expected, name, path, bytes, text: bytes.toString() };
    });
}

function read(name: string): Buffer {
  return readFileSync(new URL(name, FOLDER));
}
