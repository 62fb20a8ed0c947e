import { join } from "node:path";
import type { Failure } from "../../schemas/failure.ts";
import { SettingsFile } from "../../schemas/settings-file.ts";
import { readSettingsFile, type SettingsFormat } from "../agents/settings-file.ts";
import type { Pattern } from "../logs/redactor.ts";
import { linearPattern } from "./linear-pattern.ts";

/** What stands in `.planwright/settings.json` of a folder (catalogue J2, K4). */
export interface FolderSettings {
  /** The file as it was when it was good last, or what holds without one. */
  readonly settings: SettingsFile;
  /** Those of `settings.redaction.patterns`. */
  readonly patterns: readonly Pattern[];
  /** Code `bad_settings_file`, each with its place. While there are any, nothing is removed for its age. */
  readonly problems: readonly Failure[];
}

/** Inside the workspace. */
export const SETTINGS_PATH = ".planwright/settings.json";

const DEFAULTS: FolderSettings = { settings: SettingsFile.parse({}), patterns: [], problems: [] };

/** The settings of one folder. A file that cannot be used changes nothing: what was good last goes on to hold. */
export class Settings {
  readonly #file: string;
  #last: FolderSettings = DEFAULTS;
  #reading: Promise<FolderSettings> | null = null;

  constructor(folder: string) {
    this.#file = join(folder, SETTINGS_PATH);
  }

  /** As they were read last. */
  get last(): FolderSettings {
    return this.#last;
  }

  /** Reads the file anew. Does not reject. */
  read(): Promise<FolderSettings> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<FolderSettings> {
    const read = await readSettingsFile(this.#file, FORMAT);
    if (read === null) this.#last = DEFAULTS;
    else if (read.value === null) this.#last = { ...this.#last, problems: read.problems };
    else this.#last = await this.#usable(read.value);
    return this.#last;
  }

  async #usable(settings: SettingsFile): Promise<FolderSettings> {
    const tried = await Promise.all(settings.redaction.patterns.map(linearPattern));
    const patterns = tried.flatMap((one) => (one.ok ? [one.value] : []));
    if (patterns.length === tried.length) return { settings, patterns, problems: [] };
    const check: SettingsFormat<SettingsFile>["check"] = () =>
      tried.flatMap((one, index) =>
        one.ok ? [] : [{ path: ["redaction", "patterns", index], message: one.failure.message }],
      );
    const again = await readSettingsFile(this.#file, { ...FORMAT, check });
    return { ...this.#last, problems: again?.problems ?? [] };
  }
}

const FORMAT: SettingsFormat<SettingsFile> = {
  path: SETTINGS_PATH,
  code: "bad_settings_file",
  schema: SettingsFile,
};
