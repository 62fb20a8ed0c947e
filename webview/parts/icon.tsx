import type { JSX } from "preact";
import { t } from "../text.ts";
import type { StateLook } from "./step-state.ts";

/** An icon of VS Code's icon font. It says nothing that words beside it, or the name of its button, do not say. */
export function Icon({ name, spin = false }: { name: string; spin?: boolean }): JSX.Element {
  return <span class={`codicon codicon-${name}${spin ? " codicon-modifier-spin" : ""}`} aria-hidden="true" />;
}

/** A state as icon and word. `compact`: the word is there for screen readers and as a tooltip. */
export function State({ look, compact = false }: { look: StateLook; compact?: boolean }): JSX.Element {
  return (
    <span class={`state state-${look.kind}`} title={compact ? look.word : undefined}>
      <span class="state-icon">
        <Icon name={look.icon} spin={look.icon === "sync"} />
      </span>
      <span class={compact ? "sr-only" : "state-word"}>{look.word}</span>
    </span>
  );
}

/** What is not real is marked wherever it shows. */
export function SimulatedMark(): JSX.Element {
  return (
    <span class="mark" title={t("No agent runs: results and costs are made up")}>
      <Icon name="beaker" />
      {t("simulated")}
    </span>
  );
}
