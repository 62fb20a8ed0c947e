import type { ComponentChildren, JSX } from "preact";
import { oneLine } from "../text.ts";
import type { PlanPage } from "./plan-page.ts";

/** One heading and what stands below it. */
export function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** One line of a `dl`: a name and what it is. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A step by its number and title; it leads there. */
export function StepLink({ page, stepId }: { page: PlanPage; stepId: string }): JSX.Element {
  const step = page.steps.value.get(stepId);
  const number = page.numbers.value.get(stepId);
  if (step === undefined || number === undefined) return <span>{oneLine(stepId)}</span>;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        page.openInspector(stepId);
      }}
    >
      {`${number}. ${oneLine(step.title)}`}
    </button>
  );
}
