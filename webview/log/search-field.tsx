import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../parts/button.tsx";
import { count, t } from "../text.ts";
import type { LogModel } from "./log-model.ts";

/** How long typing rests before it is searched. */
const TYPING_MS = 120;

interface SearchFieldProps {
  readonly model: LogModel;
  readonly onGo: (backwards: boolean) => void;
  /** Id of the row that a person is at. */
  readonly current: number | null;
}

/** Searches what is held at once, and the whole log on demand. */
export function SearchField({ model, onGo, current }: SearchFieldProps): JSX.Element {
  const [typed, setTyped] = useState(model.query.value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const take = (text: string): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    model.setQuery(text);
  };
  // What is restored or cleared elsewhere stands in the field, too.
  useEffect(() => {
    setTyped(model.query.value);
  }, [model.query.value]);
  const change = (text: string): void => {
    setTyped(text);
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      take(text);
    }, TYPING_MS);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") {
      take(typed);
      onGo(event.shiftKey);
    } else if (event.key === "Escape") {
      if (typed === "") document.querySelector<HTMLElement>(".log-list")?.focus();
      setTyped("");
      take("");
    } else return;
    event.preventDefault();
  };
  const isOn = model.query.value !== "";
  const unused = isOn ? null : t("type what to look for first");
  return (
    <search class="log-search">
      <div class="log-search-box">
        <input
          type="text"
          class="field"
          id="log-search"
          placeholder={t("Search")}
          aria-label={t("Search the log")}
          spellcheck={false}
          value={typed}
          onInput={(event) => {
            change(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        <span class="log-search-count" role="status">
          {isOn ? matchText(model, current) : ""}
        </span>
      </div>
      <IconButton icon="arrow-up" label={t("Previous match")} disabledBecause={unused} onClick={() => onGo(true)} />
      <IconButton icon="arrow-down" label={t("Next match")} disabledBecause={unused} onClick={() => onGo(false)} />
      <IconButton
        icon="list-filter"
        label={t("Search the whole log and show only lines that match")}
        disabledBecause={unused}
        pressed={model.onlyMatches.value}
        onClick={() => {
          model.onlyMatches.value = !model.onlyMatches.value;
        }}
      />
    </search>
  );
}

function matchText(model: LogModel, current: number | null): string {
  const { search } = model.matches.value;
  const found = search?.found.length ?? 0;
  if (found === 0) return t("No match");
  const place = search?.ordinal(current) ?? 0;
  return place === 0 ? count(found, "{0} line", "{0} lines") : t("{0} of {1}", place, found);
}
