/** Folders whose name says what the tasks in them are for: a spec of Kiro, a change of OpenSpec, a feature of Spec Kit. */
const NAMED_FOLDER = /(?:^|\/)(?:\.kiro\/specs|openspec\/changes(?:\/archive)?|specs)\/([^/]+)\/tasks\.md$/i;
/** What stands above the tasks of every spec, and so tells none from another. */
const SAME_EVERYWHERE = /^(?:implementation )?(?:plan|tasks?|task list|checklist)$/i;
/** A heading of OpenSpec's groups. */
const GROUP = /^\d+\.\s/;

/** Words that somebody has planned; the name of their file is made up. */
const WORDS = /^$|(?:^|\/)\.planwright\/specs\/[^/]+$/;

/** What a spec is called: its heading, where that says more than every other's; its folder, its first task, or its file. */
export function titleOfSpec(heading: string | null, path: string, firstTask: string | null): string {
  if (heading === null && firstTask !== null && WORDS.test(path)) return firstTask;
  const folder = NAMED_FOLDER.exec(path.replaceAll("\\", "/"))?.[1] ?? null;
  if (folder === null) return heading ?? titleOfPath(path);
  if (heading === null || GROUP.test(heading)) return folder;
  return SAME_EVERYWHERE.test(heading) ? `${heading}: ${folder}` : heading;
}

export function titleOfPath(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  return name.replace(/(?:\.spec)?\.(?:md|markdown|txt|json)$/i, "") || "Untitled";
}
