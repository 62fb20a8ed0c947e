/** Words of a variable's name that say that its value is secret. */
const SECRET_NAME =
  /(^|_)(API_?)?(KEYS?|TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|AUTH)(_|$)|(APIKEY|ACCESSKEY|SECRETKEY|AUTHTOKEN|PASSWORD|PASSWD|SECRET|TOKEN)(_|$)/;
/** Ends of names that tell of something else: where it is, what it is called, how long it holds. */
const ABOUT_IT =
  /_(FILE|PATH|DIR|SOCK|HOST|PORT|URL|URI|NAME|USER|TYPE|ALGORITHM|TTL|EXPIRY|EXPIRES|TIMEOUT|LENGTH|LIMIT|COUNT|COMMAND|HELPER|PROVIDER)$/;
/** Placeholders and words that stand in any text. */
const TRIVIAL =
  /^(.)\1*$|^(password|passwort|changeme|change_me|secret|example|disabled|enabled|undefined|required|optional|default|development|production|localhost|anonymous|your[-_ ].*|test(ing)?|none|null|true|false)$|^\d{1,11}$|^[A-Za-z]:?[\\/]|^(~|\.\.?)\/|^\/(home|users|usr|var|etc|opt|tmp|root|run|mnt|srv|private|library|applications|workspaces?|nix|proc|dev)(\/|$)/i;
/** Shorter values stand in texts that have nothing to do with them. */
const LEAST_CHARACTERS = 8;
const LEAST_ENCODED = 12;

/** Values of variables that are secret by their names, or because a person says so. */
export function secretVariables(
  environment: Readonly<Record<string, string | undefined>>,
  named: ReadonlySet<string> = new Set(),
): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (named.has(name)) return value.length >= 4 ? [value] : [];
    return isSecretName(name) && value.length >= LEAST_CHARACTERS && !TRIVIAL.test(value) ? [value] : [];
  });
}

/** Whether a variable's name says that its value is secret. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .replaceAll("-", "_");
  return SECRET_NAME.test(words) && !ABOUT_IT.test(words);
}

/** The ways in which a program prints a value: as it is, inside JSON or a URL, in Base64, line by line. */
export function printedForms(value: string): string[] {
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]);
  const trimmed = value.trim();
  if (trimmed.length >= LEAST_CHARACTERS) forms.add(trimmed);
  if (Buffer.byteLength(value) >= LEAST_ENCODED) for (const form of base64Forms(Buffer.from(value))) forms.add(form);
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1) for (const line of lines) if (line.length >= 16 && !line.startsWith("-----")) forms.add(line);
  return [...forms].filter((form) => form.length >= 4);
}

/**
 * What of a value's Base64 does not depend on what stands around it, at each of the three places at which it can begin, in both
 * alphabets.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const bits = (offset + bytes.length) * 8;
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  });
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
