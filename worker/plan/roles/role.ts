/** What an agent is in a step, and what it is told because of that (catalogue D2). */
export interface Role {
  readonly id: string;
  /** One line for lists. */
  readonly summary: string;
  /** Whether its steps change files: in a repository they work in a worktree of their own. */
  readonly writes: boolean;
  /** Whether a step that changes nothing has failed, unless the spec says otherwise. */
  readonly demandsChange: boolean;
  /** Plain Markdown with places such as `{{title}}`; no logic. */
  readonly template: string;
}

/** A template that is in force: the built-in one, or that of the workspace. */
export interface RoleTemplate {
  readonly id: string;
  readonly summary: string;
  readonly writes: boolean;
  readonly demandsChange: boolean;
  readonly text: string;
  /** Inside the workspace, with `/`; null: it is built in. */
  readonly path: string | null;
}

/** A file of the workspace that cannot be used as a template. */
export interface RoleProblem {
  readonly role: string;
  /** Where, what and what to do. */
  readonly message: string;
}

/** The roles of a workspace. */
export interface RoleSet {
  readonly templates: ReadonlyMap<string, RoleTemplate>;
  readonly problems: readonly RoleProblem[];
}
