import path from "node:path";
import { Uri } from "vscode";

/** Where the pages of webviews are: everything is built into one folder, this code as well. */
export function pageFolder(): Uri {
  return Uri.file(path.join(import.meta.dirname, "webview"));
}
