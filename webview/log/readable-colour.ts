export type Rgb = readonly [number, number, number];

/** WCAG asks for 4.5; the ground of a row that is selected or under the pointer is a little nearer. */
const LEAST_CONTRAST = 5.2;

/**
 * The colour, moved towards white or black as far as it takes to be read on that ground. Programs choose colours for a ground
 * that they do not know, and may choose one to hide something.
 */
export function readableOn(ground: Rgb, colour: Rgb): Rgb {
  if (contrast(colour, ground) >= LEAST_CONTRAST) return colour;
  const end: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0.1; share < 1; share += 0.1) {
    const mixed = mix(colour, end, share);
    if (contrast(mixed, ground) >= LEAST_CONTRAST) return mixed;
  }
  return end;
}

/** Reads what `getComputedStyle` and theme variables say: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`. Null: something else. */
export function parseColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const wide = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join("") : hex;
    if (wide.length < 6) return null;
    return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16)).reduce(asRgb, BLACK);
  }
  const parts = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/i.exec(text.trim());
  return parts === null ? null : [Number(parts[1]), Number(parts[2]), Number(parts[3])];
}

export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

const BLACK: Rgb = [0, 0, 0];

function asRgb(sum: Rgb, value: number, index: number): Rgb {
  return [index === 0 ? value : sum[0], index === 1 ? value : sum[1], index === 2 ? value : sum[2]];
}

function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2): number => Math.round(from[index] + (to[index] - from[index]) * share);
  return [part(0), part(1), part(2)];
}
