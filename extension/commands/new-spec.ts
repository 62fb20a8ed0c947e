import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { namedIn } from "./target.ts";
import { say } from "../say.ts";

const ENDING = ".spec.md";

/** `planwright.newSpec`: a small specification that can be planned and run as it is, to be changed into the person's own. */
export async function newSpec(parts: Parts, args: readonly unknown[]): Promise<void> {
  const place = await placeFor(parts, args);
  if (!place) return;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("New Specification"),
    prompt: vscode.l10n.t("What is it about? This becomes the name of the file."),
    value: "first",
    validateInput: async (text) => {
      const name = fileName(text);
      if (name === null) return vscode.l10n.t("Letters, digits, spaces, dots and dashes");
      return (await exists(vscode.Uri.joinPath(place, name))) ? vscode.l10n.t("{0} is there already", name) : null;
    },
  });
  const name = typed === undefined ? null : fileName(typed);
  if (typed === undefined || name === null) return;
  const uri = vscode.Uri.joinPath(place, name);
  const edit = new vscode.WorkspaceEdit();
  // Refuses to replace a file that has come meanwhile.
  edit.createFile(uri, { overwrite: false, contents: new TextEncoder().encode(example(typed.trim())) });
  if (await vscode.workspace.applyEdit(edit)) {
    await vscode.window.showTextDocument(uri, { preview: false });
    return;
  }
  await say("error", vscode.l10n.t("{0} could not be created.", uri.fsPath));
}

/** `Log in page` and `log-in-page.spec.md` both give the latter; null for what is no name. */
export function fileName(text: string): string | null {
  const base = text.trim().replace(/\.spec\.md$|\.md$/i, "");
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u.test(base) || base.length > 80) return null;
  return `${base.toLowerCase().replace(/\s+/g, "-")}${ENDING}`;
}

export function example(title: string): string {
  const heading = title.replace(/\.spec\.md$|\.md$/i, "");
  return `---
budget: 1.00 USD
---

# ${heading.charAt(0).toUpperCase()}${heading.slice(1)}

${vscode.l10n.t("Say in a few words what is to come out of it.")}

## ${vscode.l10n.t("Prepare")}

- [ ] ${vscode.l10n.t("Show which version of git is there")}

  \`\`\`sh
  git --version
  \`\`\`

## ${vscode.l10n.t("Build")}

- [ ] [P] ${vscode.l10n.t("Write a greeting")}

  \`\`\`sh
  mkdir -p build && echo "Hello" > build/greeting.txt
  \`\`\`

  - output: build/greeting.txt

- [ ] [P] ${vscode.l10n.t("Write the date")}

  \`\`\`sh
  mkdir -p build && date > build/date.txt
  \`\`\`

  - output: build/date.txt

- [ ] ${vscode.l10n.t("Put both together")}
  - check: test -s build/both.txt

  \`\`\`sh
  cat build/greeting.txt build/date.txt > build/both.txt
  \`\`\`
`;
}

/** The folder that was clicked in the explorer, the only one of the workspace, or the one that the person picks. */
async function placeFor({ session }: Parts, args: readonly unknown[]): Promise<vscode.Uri | undefined> {
  const { uri, folder } = namedIn(args, ["folder"]);
  if (uri && session.of(uri)) {
    const { type } = await vscode.workspace.fs.stat(uri);
    return type === vscode.FileType.Directory ? uri : vscode.Uri.joinPath(uri, "..");
  }
  const [first, ...others] = session.folders;
  const named = folder === undefined ? undefined : session.byFolderUri(folder);
  if (named || others.length === 0) return (named ?? first)?.folder.uri;
  const items = session.folders.map((one: FolderSession) => ({ session: one, label: label(one.folder.name) }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("New Specification"),
    placeHolder: vscode.l10n.t("In which folder?"),
  });
  return picked?.session.folder.uri;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
