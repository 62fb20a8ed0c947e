export interface PageOptions {
  /** Name of the page: `plan` or `log`, as in dist/webview. */
  readonly name: "plan" | "log";
  readonly title: string;
  /** The person's language, such as `de`. */
  readonly language: string;
  /** What the webview may load files from. */
  readonly cspSource: string;
  /** Address of a file of dist/webview. */
  readonly address: (file: string) => string;
  /** Words of the person's language by the English ones; empty: English. */
  readonly words: Readonly<Record<string, string>>;
  /** What the person has set, for the page. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The document of a webview. Its content policy admits our own style sheet and font, and one script by nonce: no text of an agent
 * can become code, load a picture or open a connection.
 */
export function pageHtml(options: PageOptions): string {
  const { name, cspSource, address } = options;
  // The global one: node:crypto takes longer to load than all that is needed to activate.
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escaped(options.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="planwright-words" content="${escaped(JSON.stringify(options.words))}">
<meta name="planwright-settings" content="${escaped(JSON.stringify(options.settings ?? {}))}">
<title>${escaped(options.title)}</title>
<link rel="stylesheet" href="${escaped(address(`${name}.css`))}">
</head>
<body>
<script type="module" nonce="${nonce}" src="${escaped(address(`${name}.js`))}"></script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0) ?? 0};`);
}

/** Words only: no script, nothing loaded. */
export function messageHtml(message: string): string {
  const text = message.replace(/[&<>]/g, (char) => `&#${char.codePointAt(0) ?? 0};`);
  return `<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head><body><p>${text}</p></body></html>`;
}
