import type { TemplateDialect } from "../../../schemas/operations/spec.ts";
import { slug } from "../task-ids.ts";
import { CHECKLIST_TEMPLATE } from "./checklist.ts";
import { KIRO_TEMPLATE } from "./kiro.ts";
import { OPENSPEC_TEMPLATE } from "./openspec.ts";
import { SPEC_TEMPLATE } from "./spec.ts";
import { SPECKIT_TEMPLATE } from "./speckit.ts";
import { TASKMASTER_TEMPLATE } from "./taskmaster.ts";
import type { Template, TemplateFile } from "./template.ts";

const TEMPLATES: Readonly<Record<TemplateDialect, Template>> = {
  spec: SPEC_TEMPLATE,
  speckit: SPECKIT_TEMPLATE,
  kiro: KIRO_TEMPLATE,
  taskmaster: TASKMASTER_TEMPLATE,
  openspec: OPENSPEC_TEMPLATE,
  checklist: CHECKLIST_TEMPLATE,
};

/**
 * The files of a small new spec (catalogue A0), by path below the folder that it is written to; the first one is what is planned. `number`
 * is the next one for tools that number their specs. Null: the name holds no letter and no digit.
 */
export function newSpec(
  dialect: TemplateDialect,
  name: string,
  number: number,
): readonly [TemplateFile, ...TemplateFile[]] | null {
  const words = name
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/(?:\.spec)?\.md$/i, "");
  const short = slug(words, 60);
  if (short === "") return null;
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return TEMPLATES[dialect]({ title, slug: short, number });
}
