import type { ComponentChildren, JSX } from "preact";
import { t } from "../text.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface BannerProps {
  readonly kind: "error" | "warning" | "info";
  readonly children: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly onDismiss?: () => void;
}

const ICONS = { error: "error", warning: "warning", info: "info" } as const;

/** A message of the page. It is announced politely and takes no focus. */
export function Banner({ kind, children, actions, onDismiss }: BannerProps): JSX.Element {
  return (
    <div class={`banner ${kind}`} role={kind === "error" ? "alert" : "status"}>
      <Icon name={ICONS[kind]} />
      <div class="banner-text">
        <div class="banner-body">
          <span class="sr-only">{kindWord(kind)}</span>
          {children}
        </div>
        {actions !== undefined && <div class="banner-actions">{actions}</div>}
      </div>
      {onDismiss && <IconButton icon="close" label={t("Dismiss")} onClick={onDismiss} />}
    </div>
  );
}

function kindWord(kind: BannerProps["kind"]): string {
  switch (kind) {
    case "error":
      return t("Error: ");
    case "warning":
      return t("Warning: ");
    case "info":
      return "";
  }
}
