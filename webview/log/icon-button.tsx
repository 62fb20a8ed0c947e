import type { JSX } from "preact";

interface IconButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly class?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  /** Id of what it shows. */
  readonly controls?: string;
}

/** A button with an icon alone, whose words are its label and its title. */
export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, pressed, disabled = false, controls } = props;
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ""}`.trim()}
      title={label}
      aria-label={label}
      aria-disabled={disabled}
      {...(pressed === undefined
        ? {}
        : controls === undefined
          ? { "aria-pressed": pressed }
          : { "aria-expanded": pressed })}
      {...(controls === undefined ? {} : { "aria-controls": controls })}
      onClick={() => {
        if (!disabled) onClick();
      }}
    >
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
    </button>
  );
}
