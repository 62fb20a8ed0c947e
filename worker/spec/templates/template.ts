/** What a template makes of a name. */
export interface TemplateSubject {
  /** As a heading has it. */
  readonly title: string;
  /** As a file name has it: lower case, with dashes. */
  readonly slug: string;
  /** For tools that number their specs: the next one. */
  readonly number: number;
}

/** The files of a new spec, by path below the folder that it is written to. The first one is what is planned. */
export type Template = (subject: TemplateSubject) => readonly [TemplateFile, ...TemplateFile[]];

export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}
