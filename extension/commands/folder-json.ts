import * as vscode from "vscode";

export function isThere(file: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(file)).then(
    () => true,
    () => false,
  );
}

/** A new file with this content. Untitled, so that nothing is written until the person saves it. */
export async function propose(file: vscode.Uri, content: object): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(file.with({ scheme: "untitled" }));
  // What somebody began to write there stays.
  if (document.getText() !== "") return document;
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), `${JSON.stringify(content, null, 2)}\n`);
  await vscode.workspace.applyEdit(edit);
  return document;
}
