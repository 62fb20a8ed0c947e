import * as vscode from "vscode";

/** A moment for people, in their own time and language: the hour for today, the day with it before. */
export function plainTime(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === now.toDateString();
  const language = vscode.env.language;
  return isToday
    ? at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleString(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
