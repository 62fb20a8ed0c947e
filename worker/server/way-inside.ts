import { isAbsolute, relative, sep } from "node:path";

/** The way from a folder to something in it, with `/`; empty for the folder itself, null for what is outside. Both are absolute; nothing is read. */
export function wayInside(folder: string, path: string): string | null {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way.split(sep).join("/");
}
