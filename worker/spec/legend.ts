import type { TaskState } from "../../schemas/spec.ts";
import type { SourceText } from "./source-text.ts";
import { textLines } from "./text-lines.ts";

/** What a file's own legend says of marks whose meaning differs from author to author (semantics, Specs). */
export interface Legend {
  /** What a mark says: `x` is done, and what no legend explains is open. */
  stateOf(mark: string): TaskState;
  /** Whether the words behind a box explain the mark, so that the item is no task. `line` is counted from 1. */
  isEntry(line: number): boolean;
  readonly hasEntries: boolean;
}

type Meaning = "open" | "done" | "skipped";

/** How states are called in legends, whole and without signs, in the languages that such files are written in. */
const NAMES: Readonly<Record<Meaning, string>> = {
  done: `done complete completed finished resolved erledigt fertig abgeschlossen fait terminé achevé hecho completado terminado
    concluído feito fatto completato klaar gotowe готово выполнено сделано 完了 済 完成 已完成 완료`,
  skipped: `skipped skip cancelled canceled cancel dropped abandoned removed obsolete deferred postponed superseded ignored rejected
    wontfix won't_do won't_fix will_not_do wont_do not_needed no_longer_needed not_applicable not_planned n/a na out_of_scope descoped
    übersprungen abgebrochen entfällt entfallen verworfen gestrichen zurückgestellt verschoben nicht_nötig
    ignoré annulé abandonné reporté omitido cancelado descartado aplazado pospuesto pulado adiado saltato annullato rimandato
    overgeslagen geannuleerd pominięte anulowane пропущено отменено отложено スキップ キャンセル 中止 見送り 延期 対象外
    跳过 已跳过 取消 已取消 已延期 推迟 건너뜀 취소 보류`,
  open: `open todo to_do pending not_started not_yet_started in_progress running started ongoing active partial partially_done
    partially_complete partly_done half_done blocked waiting queued planned wip doing offen ausstehend in_arbeit in_bearbeitung begonnen
    laufend teilweise blockiert à_faire en_cours en_attente partiel bloqué pendiente en_progreso en_curso parcial bloqueado a_fazer
    em_andamento pendente da_fare in_corso bezig в_работе ожидает частично 未着手 進行中 作業中 一部完了 保留 未开始 进行中 部分完成
    阻塞 待办 진행_중 대기 부분_완료`,
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  (["done", "skipped", "open"] as const).flatMap((meaning) =>
    NAMES[meaning].split(/\s+/).map((name) => [name.replaceAll("_", " "), meaning] as const),
  ),
);

/** Several names with "or" between them. */
const NAME_LIMIT = 200;

const MARK = /\\?\[([ xX~-])\\?\]/g;
/** Between a mark and its meaning; with one of these the line explains the mark whatever else stands around. */
const SIGN = /^[`*_\s]*(?:=+>?|:|：|[-–—]+>?|→|⇒|\|)/;
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+$/;

/** Reads the legend of a text, from lines such as `[~] = skipped`, `- [-] cancelled` or `| [~] | deferred |`. Looks at each line once. */
export function readLegend(source: SourceText, from: number): Legend {
  const meanings = new Map<string, Meaning | null>();
  const entries = new Set<number>();
  if (/\[[~-]\\?\]/.test(source.text)) {
    const first = source.lineAt(from);
    const lines: (LegendLine | null)[] = [];
    for (const { number, text } of textLines(source.text.slice(from)))
      lines[number - 1] = text.includes("]") && text.length < 2_000 ? readLine(text) : null;
    for (const { start, end } of groupsOf(lines)) {
      for (let index = start; index < end; index += 1) {
        const line = lines[index];
        if (!line?.meanings) continue;
        if (line.isItem) entries.add(first + index);
        for (const [mark, meaning] of line.meanings) {
          const known = meanings.get(mark);
          meanings.set(mark, known === undefined || known === meaning ? meaning : null);
        }
      }
    }
  }
  return {
    stateOf: (mark) => {
      if (mark === "x" || mark === "X") return "done";
      return mark === " " ? "open" : (meanings.get(mark) ?? "open");
    },
    isEntry: (line) => entries.has(line),
    hasEntries: entries.size > 0,
  };
}

interface LegendLine {
  /** Null: a task, and no explanation. */
  readonly meanings: readonly (readonly [mark: string, meaning: Meaning])[] | null;
  /** It is a list item whose own box it explains. */
  readonly isItem: boolean;
  /** Has a sign between mark and meaning, or several of both. */
  readonly isSure: boolean;
}

/**
 * Consecutive lines that explain. Items such as `- [~] skipped` could also be tasks, so without a sign they explain only where they stand
 * by themselves and one of them is about another mark than those of open and done.
 */
function* groupsOf(lines: readonly (LegendLine | null | undefined)[]): Generator<{ start: number; end: number }> {
  for (let start = 0; start < lines.length; start += 1) {
    if (!lines[start]?.meanings) continue;
    let end = start;
    let isSure = false;
    let isAboutOthers = false;
    for (let line = lines[end]; line?.meanings; line = lines[end]) {
      isSure ||= line.isSure;
      isAboutOthers ||= line.meanings.some(([mark]) => mark === "~" || mark === "-");
      end += 1;
    }
    const isAmongTasks = lines[start - 1]?.meanings === null || lines[end]?.meanings === null;
    if (isSure || (isAboutOthers && !isAmongTasks)) yield { start, end };
    start = end;
  }
}

/** What one line explains; null when it does not. */
function readLine(line: string): LegendLine | null {
  const marks = [...line.matchAll(MARK)];
  const first = marks[0];
  if (!first) return null;
  const isItem = ITEM.test(line.slice(0, first.index));
  const meanings: [string, Meaning][] = [];
  let signs = 0;
  for (const [index, match] of marks.entries()) {
    const words = line.slice(match.index + match[0].length, marks[index + 1]?.index ?? line.length);
    const isSigned = SIGN.test(words);
    const meaning = meaningOf(words, isSigned || marks.length > 1);
    // A task may well speak of marks.
    if (meaning === null && isItem && index === 0) return { meanings: null, isItem, isSure: false };
    if (meaning === null) continue;
    meanings.push([match[1] ?? " ", meaning]);
    if (isSigned) signs += 1;
  }
  if (meanings.length === 0) return null;
  const isSure = signs > 0 || meanings.length > 1;
  return isSure || isItem ? { meanings, isItem, isSure } : null;
}

/** The state that words behind a mark name, when they name one and nothing else; `more` may follow it behind a comma or a dash. */
function meaningOf(words: string, more: boolean): Meaning | null {
  const plain = words.replace(SIGN, "").replace(/^[\s`*_"'“(]+/, "");
  const [name = ""] = plain.split(more ? /[,;|·•.()（）、，；。"”]|\s[-–—]\s/ : /\s[(（]/, 1);
  if (name.length > NAME_LIMIT) return null;
  const found = name
    .toLowerCase()
    .replaceAll("’", "'")
    .split(/\s*(?:\/|\bor\b|\boder\b|\bou\b)\s*/)
    .map((one) => MEANINGS.get(one.replace(/[\s`*_:!.]+$/, "").replace(/[\s-]+/g, " ")) ?? null);
  const [meaning = null] = found;
  return found.every((other) => other === meaning) ? meaning : null;
}
