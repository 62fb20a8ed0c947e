/** Numbers that JSON does not have and some languages write into it. As texts they are refused as costs, and nothing else is lost. */
const NOT_A_NUMBER = /(?<=[:[,]\s{0,9})-?(?:NaN|Infinity)(?=\s{0,9}[,}\]])/g;

/** A longer text is not searched for them, because that would hold the worker. In UTF-16 code units. */
const MOST_SEARCHED = 1024 * 1024;

/** JSON as agents write it; undefined for what is none. */
export function parsedJson(text: string): unknown {
  const value = parsed(text);
  if (value !== undefined || text.length > MOST_SEARCHED) return value;
  return parsed(text.replace(NOT_A_NUMBER, '"$&"'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
