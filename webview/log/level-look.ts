import type { LogLevel } from "../../schemas/log.ts";
import { t } from "../text.ts";

/** How a level is shown: an icon, its word and the class that colours the icon. */
export interface LevelLook {
  readonly icon: string;
  readonly word: string;
}

export function levelLook(level: LogLevel): LevelLook {
  switch (level) {
    case "debug":
      return { icon: "bug", word: t("debug") };
    case "info":
      return { icon: "info", word: t("info") };
    case "success":
      return { icon: "pass", word: t("success") };
    case "warn":
      return { icon: "warning", word: t("warning") };
    case "error":
      return { icon: "error", word: t("error") };
    case "critical":
      return { icon: "flame", word: t("critical") };
  }
}

/** A level with everything above it, as a choice. */
export function levelChoice(level: LogLevel): string {
  switch (level) {
    case "debug":
      return t("Debug and above");
    case "info":
    case "success":
      return t("Info and above");
    case "warn":
      return t("Warnings and above");
    case "error":
      return t("Errors and above");
    case "critical":
      return t("Critical only");
  }
}
