import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { PlanStep, StepModification } from "../../schemas/plan.ts";
import { IconButton } from "../parts/button.tsx";
import { t } from "../text.ts";
import type { DraftField } from "./draft.ts";

/** A change of one step. */
export type Patch = Omit<StepModification, "stepId">;

/** What every group of fields is given. */
export interface EditProps {
  readonly step: PlanStep;
  /** The step as it is in the recorded plan. */
  readonly before: PlanStep;
  readonly change: StepModification | null;
  readonly set: (patch: Patch) => void;
  readonly field: (name: DraftField) => { changed: boolean; onUndo: () => void };
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly changed: boolean;
  readonly onUndo: () => void;
  /** What it was in the recorded plan. */
  readonly was: string;
  readonly problem?: string | null;
  readonly hint?: string;
  readonly children: ComponentChildren;
}

export function Field({ id, label, changed, onUndo, was, problem = null, hint, children }: FieldProps): JSX.Element {
  return (
    <div class={changed ? "edit-field changed" : "edit-field"}>
      <div class="edit-label">
        <label for={id}>{label}</label>
        {changed && (
          <>
            <span class="muted ellipsis" title={was}>
              {t("was {0}", was)}
            </span>
            <IconButton icon="discard" label={t("Undo: {0}", label)} onClick={onUndo} />
          </>
        )}
      </div>
      {children}
      {problem !== null && (
        <div class="edit-problem" role="alert">
          {problem}
        </div>
      )}
      {hint !== undefined && problem === null && <div class="muted edit-hint">{hint}</div>}
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, "children" | "problem"> {
  readonly value: string;
  readonly rows?: number;
  readonly mono?: boolean;
  /** The change that the text means; why it means none; null: the field is as it was. */
  readonly read: (text: string) => Patch | string | null;
  readonly set: (patch: Patch) => void;
}

/** A text that becomes part of the draft when the person leaves the field, or presses Enter in one of a single line. */
export function TextField({ value, rows, mono = false, read, set, ...field }: TextFieldProps): JSX.Element {
  const [text, setText] = useState<string | null>(null);
  const reading = text === null || text === value ? null : read(text);
  const problem = typeof reading === "string" ? reading : null;
  const commit = (): void => {
    if (text === null || text === value) return setText(null);
    if (reading === null) field.onUndo();
    else if (typeof reading === "object") set(reading);
    if (typeof reading !== "string") setText(null);
  };
  const props = {
    id: field.id,
    class: mono ? "field mono" : "field",
    value: text ?? value,
    spellcheck: false,
    "aria-invalid": problem !== null,
    onInput: (event: { currentTarget: { value: string } }) => {
      setText(event.currentTarget.value);
    },
    onBlur: commit,
  };
  return (
    <Field {...field} problem={problem}>
      {rows === undefined ? (
        <input
          {...props}
          onKeyDown={(event) => {
            if (event.key === "Enter") commit();
          }}
        />
      ) : (
        <textarea {...props} rows={rows} />
      )}
    </Field>
  );
}
