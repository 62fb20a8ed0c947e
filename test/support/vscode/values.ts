import path from "node:path";
import { pathToFileURL } from "node:url";

/** The small values of VS Code's API that carry no state of an editor. Only as much of each as the extension uses. */

export class Uri {
  readonly scheme: string;
  readonly authority = "";
  readonly path: string;

  private constructor(scheme: string, uriPath: string) {
    this.scheme = scheme;
    this.path = uriPath;
  }

  static file(fsPath: string): Uri {
    return new Uri("file", fsPath);
  }

  static parse(text: string): Uri {
    const match = /^([a-z][a-z+-]*):(?:\/\/)?(.*)$/.exec(text);
    return new Uri(match?.[1] ?? "file", decodeURIComponent(match?.[2] ?? text));
  }

  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri(base.scheme, path.posix.join(base.path, ...parts));
  }

  get fsPath(): string {
    return this.path;
  }

  toString(): string {
    return this.scheme === "file" ? pathToFileURL(this.path).href : `${this.scheme}:${this.path}`;
  }
}

export class Position {
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;

  constructor(start: Position, end: Position) {
    this.start = start;
    this.end = end;
  }
}

export class ThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeIcon {
  readonly id: string;
  readonly color: ThemeColor | undefined;

  constructor(id: string, color?: ThemeColor) {
    this.id = id;
    this.color = color;
  }
}

/** `value` is what a person would read; what was given as Markdown is marked, so that tests see it. */
export class MarkdownString {
  value: string;
  isTrusted = false;
  supportHtml = false;
  supportThemeIcons: boolean;

  constructor(value = "", supportThemeIcons = false) {
    this.value = value;
    this.supportThemeIcons = supportThemeIcons;
  }

  appendText(text: string): this {
    this.value += text.replace(/[\\`*_{}[\]()#+\-!~<>]/g, "\\$&");
    return this;
  }

  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}

export class RelativePattern {
  readonly base: unknown;
  readonly pattern: string;

  constructor(base: unknown, pattern: string) {
    this.base = base;
    this.pattern = pattern;
  }
}

export class TreeItem {
  label: unknown;
  collapsibleState: number;

  constructor(label: unknown, collapsibleState = 0) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class CodeLens {}
export class Diagnostic {}

export interface DisposableLike {
  dispose(): unknown;
}

export class Disposable implements DisposableLike {
  readonly #act: () => unknown;

  constructor(act: () => unknown) {
    this.#act = act;
  }

  static from(...parts: DisposableLike[]): Disposable {
    return new Disposable(() => {
      for (const part of parts) part.dispose();
    });
  }

  dispose(): unknown {
    return this.#act();
  }
}
