import { cssOf, parseColour, readableOn, type Rgb } from "./readable-colour.ts";
import type { TerminalColour, TextStyle } from "./terminal-colours.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  black: "Black",
  red: "Red",
  green: "Green",
  yellow: "Yellow",
  blue: "Blue",
  magenta: "Magenta",
  cyan: "Cyan",
  white: "White",
};
const MIDDLE: Rgb = [128, 128, 128];

/** The theme's colours as numbers, read once a theme. */
let palette: ReadonlyMap<string, Rgb> | null = null;

/** Forgets the theme's colours when the theme changes. Calls back then. Returns the way to stop. */
export function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(() => {
    palette = null;
    onChange();
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  return () => {
    observer.disconnect();
  };
}

/** As it is set on an element. Text can be read whatever its program asked for. */
export function styleOf(style: TextStyle): Record<string, string> {
  const own = palette ?? readPalette();
  palette = own;
  const ground = rgbOf(style.background, own) ?? own.get("background") ?? MIDDLE;
  const foreground = rgbOf(style.foreground, own) ?? own.get("foreground") ?? MIDDLE;
  const isColoured = style.foreground !== null || style.background !== null;
  const lines = [style.underline ? "underline" : "", style.strikethrough ? "line-through" : ""].join(" ").trim();
  return {
    ...(isColoured ? { color: cssOf(readableOn(ground, foreground)) } : {}),
    ...(isColoured || !style.dim ? {} : { color: "var(--vscode-descriptionForeground)" }),
    ...(style.background === null ? {} : { backgroundColor: cssOf(ground) }),
    ...(style.bold ? { fontWeight: "bold" } : {}),
    ...(style.italic ? { fontStyle: "italic" } : {}),
    ...(lines === "" ? {} : { textDecoration: lines }),
  };
}

function rgbOf(colour: TerminalColour | null, own: ReadonlyMap<string, Rgb>): Rgb | null {
  if (colour === null) return null;
  return colour.kind === "rgb" ? colour.rgb : (own.get(colour.name) ?? null);
}

function readPalette(): ReadonlyMap<string, Rgb> {
  const theme = getComputedStyle(document.documentElement);
  const read = (...names: string[]): Rgb | null =>
    names.reduce<Rgb | null>((found, name) => found ?? parseColour(theme.getPropertyValue(`--vscode-${name}`)), null);
  const found = new Map<string, Rgb>();
  const keep = (name: string, rgb: Rgb | null): void => {
    if (rgb !== null) found.set(name, rgb);
  };
  keep(
    "background",
    read("panel-background", "editor-background") ?? parseColour(getComputedStyle(document.body).backgroundColor),
  );
  keep("foreground", read("foreground", "editor-foreground"));
  for (const [name, variable] of Object.entries(VARIABLES)) {
    keep(name, read(`terminal-ansi${variable}`));
    keep(`bright-${name}`, read(`terminal-ansiBright${variable}`));
  }
  return found;
}
