import type { ComponentChildren, JSX } from "preact";
import { Icon } from "./icon.tsx";

interface ButtonProps {
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
  readonly icon?: string;
  readonly primary?: boolean;
  /** Why it cannot be used now; it stays reachable, so that the reason can be read. */
  readonly disabledBecause?: string | null;
  readonly title?: string;
}

export function Button({ onClick, children, icon, primary, disabledBecause = null, title }: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={primary ? "button primary" : "button"}
      aria-disabled={disabledBecause !== null}
      title={disabledBecause ?? title}
      onClick={() => {
        if (disabledBecause === null) onClick();
      }}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps {
  readonly icon: string;
  /** Its name for everyone who does not see the icon; also its tooltip. */
  readonly label: string;
  readonly onClick: () => void;
  /** Of a button that stays down; left out: it does not. */
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabledBecause?: string | null;
}

export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, pressed, expanded, disabledBecause = null } = props;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={disabledBecause === null ? label : `${label}: ${disabledBecause}`}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-disabled={disabledBecause !== null}
      onClick={() => {
        if (disabledBecause === null) onClick();
      }}
    >
      <Icon name={icon} />
    </button>
  );
}
