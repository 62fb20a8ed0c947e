import { randomUUID } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import { PLANNED_DIALECTS } from "../../schemas/dialect-names.ts";
import type { Dialect } from "../../schemas/spec.ts";
import type { Parts } from "../parts.ts";
import { label, plain } from "../plain-text.ts";
import { say } from "../say.ts";
import { dialectWords } from "./dialect-words.ts";
import { specOf } from "./spec-of.ts";
import { namedIn } from "./target.ts";

interface DialectItem extends vscode.QuickPickItem {
  /** Null: as it is recognised. */
  readonly dialect?: Dialect | null;
}

/** `planwright.readAs(uri)`: shows as which dialect a spec is read and why, and lets the person say otherwise. */
export async function readAs(parts: Parts, args: readonly unknown[]): Promise<void> {
  const spec = await specOf(parts, namedIn(args, ["uri"]), vscode.l10n.t("Read a Specification As…"));
  if (!spec) return;
  const { document, recognised } = await spec.session.link.call("spec.parse", { path: spec.path });
  const name = path.basename(spec.path);
  const items: DialectItem[] = [
    {
      dialect: null,
      label: label(vscode.l10n.t("As It Is Recognised: {0}", dialectWords(recognised.dialect).name)),
      detail: label(vscode.l10n.t("because {0}", recognised.why)),
      iconPath: new vscode.ThemeIcon("search"),
    },
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    ...PLANNED_DIALECTS.map((dialect): DialectItem => {
      const words = dialectWords(dialect);
      return {
        dialect,
        label: words.name,
        detail: words.detail,
        ...(dialect === document.dialect ? { description: vscode.l10n.t("now") } : {}),
      };
    }),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: plain(vscode.l10n.t("Read {0} As…", name)),
    placeHolder: plain(
      vscode.l10n.t("It is read as {0} now, because {1}", dialectWords(document.dialect).name, document.recognised),
    ),
    matchOnDetail: true,
  });
  if (picked?.dialect === undefined) return;
  const { dialect } = await spec.session.link.call("spec.setDialect", {
    path: spec.path,
    dialect: picked.dialect,
    commandId: randomUUID(),
  });
  await say("information", vscode.l10n.t("{0} is read as {1} from now on.", name, dialectWords(dialect).name));
}
