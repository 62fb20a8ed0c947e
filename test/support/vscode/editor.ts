import { Disposable, Uri, type MarkdownString } from "./values.ts";

/** What a test sees of a message. */
export interface ShownMessage {
  readonly kind: "information" | "warning" | "error";
  readonly text: string;
  readonly detail: string | undefined;
  readonly buttons: readonly string[];
}

export interface ShownPick {
  readonly title: string | undefined;
  readonly placeHolder: string | undefined;
  readonly items: readonly PickItem[];
}

export interface PickItem {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

export interface ShownStatus {
  text: string;
  tooltip: MarkdownString | string | undefined;
  command: unknown;
  isVisible: boolean;
}

export interface Folder {
  readonly uri: Uri;
  readonly name: string;
  readonly index: number;
}

/** An event of the editor that counts who listens, so that a test sees what is left behind. */
export class CountedEvent<T> {
  readonly #listeners = new Set<(value: T) => unknown>();

  get count(): number {
    return this.#listeners.size;
  }

  readonly subscribe = (listener: (value: T) => unknown): Disposable => {
    const own = (value: T): unknown => listener(value);
    this.#listeners.add(own);
    return new Disposable(() => this.#listeners.delete(own));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** A pretended editor without a screen: what the extension does to it can be read, and the person's part is a test's. */
export class FakeEditor {
  isTrusted = true;
  isFocused = true;
  folders: readonly Folder[] | undefined = undefined;
  /** What has the focus; as much of it as a test needs. */
  activeEditor: unknown = undefined;
  /** Settings by full key; what is not here is not set. */
  readonly settings = new Map<string, unknown>();
  readonly commands = new Map<string, (...args: unknown[]) => unknown>();
  /** Commands that were executed and that nobody registered: VS Code's own. */
  readonly executed: { readonly command: string; readonly args: readonly unknown[] }[] = [];
  readonly contextKeys = new Map<string, unknown>();
  readonly messages: ShownMessage[] = [];
  readonly picks: ShownPick[] = [];
  readonly statusItems = new Set<ShownStatus>();
  readonly output: string[] = [];
  /** Names of what was registered and not disposed: providers, serializers, watchers, channels. */
  readonly registered: string[] = [];
  /** What the person does: the button of the next message, the item of the next list, the text of the next input. */
  onMessage: (message: ShownMessage) => string | undefined = () => undefined;
  onPick: (pick: ShownPick) => PickItem | undefined = () => undefined;
  onInput: (prompt: string, value: string) => string | undefined = () => undefined;
  readonly foldersChanged = new CountedEvent<{ added: readonly Folder[]; removed: readonly Folder[] }>();
  readonly trusted = new CountedEvent<void>();
  readonly windowState = new CountedEvent<{ focused: boolean }>();
  readonly other = new CountedEvent<never>();

  /** As a new window: everything that was there is forgotten. */
  reset(): void {
    this.isTrusted = true;
    this.isFocused = true;
    this.folders = undefined;
    this.activeEditor = undefined;
    for (const map of [this.settings, this.commands, this.contextKeys]) map.clear();
    for (const list of [this.executed, this.messages, this.picks, this.output, this.registered]) list.length = 0;
    this.statusItems.clear();
    this.onMessage = () => undefined;
    this.onPick = () => undefined;
    this.onInput = () => undefined;
    for (const event of [this.foldersChanged, this.trusted, this.windowState, this.other]) event.clear();
  }

  open(...paths: string[]): void {
    const before = this.folders ?? [];
    this.folders = paths.map((path, index) => ({ uri: Uri.file(path), name: path.split("/").at(-1) ?? path, index }));
    this.foldersChanged.fire({ added: this.folders, removed: before });
  }

  trust(): void {
    this.isTrusted = true;
    this.trusted.fire();
  }

  /** Everything of the extension that is still there. */
  leftBehind(): string[] {
    const listeners = [this.foldersChanged, this.trusted, this.windowState, this.other].reduce(
      (sum, event) => sum + event.count,
      0,
    );
    return [
      ...this.commands.keys(),
      ...this.registered,
      ...[...this.statusItems].map(() => "status item"),
      ...(listeners > 0 ? [`${listeners} listeners`] : []),
    ];
  }

  register(name: string): Disposable {
    this.registered.push(name);
    return new Disposable(() => {
      const at = this.registered.indexOf(name);
      if (at >= 0) this.registered.splice(at, 1);
    });
  }
}

/** The one that the module `vscode` shows (register.ts). */
export const editor = new FakeEditor();
