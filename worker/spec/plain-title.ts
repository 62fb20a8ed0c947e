/** Takes bold marks and comments out of a title. */
export function plainTitle(text: string): string {
  let plain = text.trim();
  if (plain.includes("<!--")) plain = plain.replace(/<!--(?:(?!<!--).){0,500}?-->/g, "").trim();
  if (plain.includes("**")) plain = plain.replace(/\*\*/g, "");
  if (/^__[^_]/.test(plain)) plain = plain.replace(/__/g, "");
  return plain.replace(/\s+/g, " ").trim();
}
