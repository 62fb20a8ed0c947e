/** What a connection begins with: the token, then of which id and which standard stream (0 to 2) it is. */
export function greeting(token: string, id: number, stream: number): string {
  return `${token}${String(id).padStart(ID_DIGITS, "0")}${stream}`;
}

export const TOKEN_LENGTH = 32;
const ID_DIGITS = 15;
export const GREETING_LENGTH = TOKEN_LENGTH + ID_DIGITS + 1;

export function readGreeting(text: string): { token: string; id: number; stream: number } | null {
  const [, token, id, stream] = /^([0-9a-f]{32})(\d{15})([012])$/.exec(text) ?? [];
  return token === undefined ? null : { token, id: Number(id), stream: Number(stream) };
}
