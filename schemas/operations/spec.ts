import { z } from "zod";
import { TEMPLATE_DIALECTS } from "../dialect-names.ts";
import { operation } from "../operation.ts";
import { Dialect, SpecDocument, SpecReading } from "../spec.ts";

/** A path relative to the workspace folder, or absolute inside it. */
export const WorkspacePath = z.string().min(1).max(4_096);

/** What a person or another program says without a file, in any dialect. */
export const SpecWords = z.string().max(1_000_000);

export const CommandId = z.string().min(8).max(100);

export const specParse = operation({
  name: "spec.parse",
  summary:
    "Read a spec file, or a text that is a spec itself, and show what was understood and what it would be recognised as. Writes nothing.",
  params: z.strictObject({
    /** This or `text`. */
    path: WorkspacePath.nullable().default(null),
    text: SpecWords.nullable().default(null),
    reading: SpecReading.prefault({}),
  }),
  result: z.object({
    /** Empty for a text. */
    path: z.string(),
    document: SpecDocument,
    /** What path and content say, without a choice of anybody's. */
    recognised: z.object({ dialect: Dialect, why: z.string() }),
    /** What else to know: a `.planwright/specs.json` that cannot be used. */
    notices: z.array(z.string()),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "POST", path: "/api/v1/specs/parse" },
});

/** Dialects that a new spec can be written in. */
export const TemplateDialect = Dialect.extract(TEMPLATE_DIALECTS);
export type TemplateDialect = z.infer<typeof TemplateDialect>;

/** Where a new spec is planned from, below the folder that it is written to. */
export const TEMPLATE_PLACES: Readonly<Record<TemplateDialect, string>> = {
  spec: "NAME.spec.md",
  speckit: "specs/001-NAME/tasks.md",
  kiro: ".kiro/specs/NAME/tasks.md",
  taskmaster: ".taskmaster/tasks/tasks.json",
  openspec: "openspec/changes/NAME/tasks.md",
  checklist: "TODO.md",
};

export const specCreate = operation({
  name: "spec.create",
  summary:
    "Write a small spec in a dialect, at the place where that dialect's own tool has it. All of its files or none; never over one that is there.",
  params: z.strictObject({
    dialect: TemplateDialect,
    /** What it is about, in a few words. The names of its files are made of it. */
    name: z.string().trim().min(1).max(100),
    /** Below which it is written; null: the workspace folder. */
    folder: WorkspacePath.nullable().default(null),
    commandId: CommandId,
  }),
  result: z.object({
    /** The file to plan, inside the workspace with `/`. */
    path: z.string(),
    /** All that were written, this one included. */
    files: z.array(z.string()),
  }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/specs" },
});

export const specSetDialect = operation({
  name: "spec.setDialect",
  summary: "Say as which dialect a spec is read from now on, in `.planwright/specs.json`; null: as it is recognised.",
  params: z.strictObject({ path: WorkspacePath, dialect: Dialect.nullable(), commandId: CommandId }),
  result: z.object({
    /** As which it is read now. */
    dialect: Dialect,
    /** Why, in words that follow "because". */
    recognised: z.string(),
  }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/specs/dialect" },
});
