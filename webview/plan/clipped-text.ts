const contexts = new Map<number, CanvasRenderingContext2D | null>();
const known = new Map<string, string>();
const KNOWN_AT_MOST = 20_000;

/** A text that ends with an ellipsis where it would be wider than `width`. `size` is that of the page's font, both in pixels. */
export function clipped(text: string, width: number, size: number): string {
  const key = `${size} ${Math.round(width)} ${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  // Times pass by in these texts; what was measured long ago is not needed any more.
  if (known.size >= KNOWN_AT_MOST) known.clear();
  const result = cut(text, width, contextOf(size));
  known.set(key, result);
  return result;
}

function cut(text: string, width: number, context: CanvasRenderingContext2D | null): string {
  if (context === null || context.measureText(text).width <= width) return text;
  const characters = [...text];
  let [low, high] = [0, characters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (context.measureText(`${characters.slice(0, middle).join("")}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join("").trimEnd()}…`;
}

function contextOf(size: number): CanvasRenderingContext2D | null {
  const before = contexts.get(size);
  if (before !== undefined) return before;
  const context = document.createElement("canvas").getContext("2d");
  if (context) context.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  contexts.set(size, context);
  return context;
}
