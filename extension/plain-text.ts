/**
 * Text from specs, agents and files made harmless for the places where VS Code would read more than text in it. Webviews need none
 * of this: they make text nodes.
 */

/** Controls, and the invisible characters that reorder or hide text (SEC20). */
const UNSAFE = /[\p{Cc}\p{Cf}]/gu;
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/g;
const LINK = /\]\(/g;

/** One line, nothing invisible. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(UNSAFE, "\u00b7").trim();
}

/** For labels of quick picks, trees and the status bar, in which `$(name)` would become an icon. */
export function label(text: string): string {
  return plain(text).replace(ICON, "\\$&");
}

/** For messages, in which `[text](command:id)` would become a link. */
export function sentence(text: string): string {
  return plain(text).replace(LINK, "] (");
}
