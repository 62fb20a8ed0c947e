import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExecutionStatus } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { hasEnded } from "../parts/step-state.ts";
import { t } from "../text.ts";
import { own, whyBusy } from "./actions-of.ts";
import { ApproveDialog } from "./approve-dialog.tsx";
import { cancel, hasChanges, pause, replan, resume, retry, whyNotApproved } from "./plan-commands.ts";
import type { PlanPage } from "./plan-page.ts";

interface ActionsProps {
  readonly page: PlanPage;
  readonly plan: Plan;
  readonly status: ExecutionStatus | null;
}

/** What can be done now: with a plan approve and execute, with an execution steer it, with what is changed plan anew. */
export function Actions({ page, plan, status }: ActionsProps): JSX.Element {
  const executionId = page.shown.value?.executionId ?? null;
  const isRevision =
    plan.revises !== null && plan.revises === executionId && page.execution.value?.planId !== plan.planId;
  return (
    <div class="actions" role="toolbar" aria-label={t("What can be done with the plan")}>
      {executionId !== null && status !== null && !isRevision ? (
        <>
          <RunActions page={page} executionId={executionId} status={status} />
          {hasChanges(page) && <ReplanButton page={page} executionId={executionId} />}
        </>
      ) : (
        <>
          <PlanActions page={page} plan={plan} />
          {executionId !== null && status !== null && !hasEnded(status) && (
            <RunActions page={page} executionId={executionId} status={status} />
          )}
        </>
      )}
    </div>
  );
}

function PlanActions({ page, plan }: { page: PlanPage; plan: Plan }): JSX.Element {
  const [asked, setAsked] = useState<"approve" | "execute" | null>(null);
  const reason = whyNotApproved(page);
  const isApproved = page.answer.value?.approved === true && !hasChanges(page);
  const goesOn = plan.revises !== null;
  const execute = goesOn ? t("Approve and Go On") : t("Approve and Execute");
  return (
    <>
      {isApproved ? (
        <Button
          primary
          icon="play"
          disabledBecause={reason}
          onClick={() => {
            setAsked("execute");
          }}
        >
          {goesOn ? t("Go On") : t("Execute")}
        </Button>
      ) : (
        <>
          <Button
            icon="check"
            disabledBecause={reason}
            onClick={() => {
              setAsked("approve");
            }}
          >
            {t("Approve")}
          </Button>
          <Button
            primary
            icon="play"
            disabledBecause={reason}
            onClick={() => {
              setAsked("execute");
            }}
          >
            {execute}
          </Button>
        </>
      )}
      <IconButton
        icon="refresh"
        label={t("Plan Again from the Specification")}
        disabledBecause={whyBusy(page)}
        onClick={() => {
          own(page, replan(page, plan.revises));
        }}
      />
      {asked !== null && (
        <ApproveDialog
          page={page}
          plan={plan}
          execute={asked === "execute"}
          isApproved={isApproved}
          onClose={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}

function RunActions(props: { page: PlanPage; executionId: string; status: ExecutionStatus }): JSX.Element {
  const { page, executionId, status } = props;
  const busy = whyBusy(page);
  if (hasEnded(status)) return <EndedActions {...props} />;
  const isPaused = status === "paused" || status === "interrupted";
  return (
    <>
      {isPaused ? (
        <Button
          primary
          icon="debug-continue"
          disabledBecause={busy}
          onClick={() => own(page, resume(page, executionId))}
        >
          {t("Resume")}
        </Button>
      ) : (
        <Button
          icon="debug-pause"
          disabledBecause={status === "cancelling" ? t("It is being cancelled.") : busy}
          title={t("Nothing more starts; what runs goes on")}
          onClick={() => own(page, pause(page, executionId))}
        >
          {t("Pause")}
        </Button>
      )}
      {status === "cancelling" ? (
        <Button
          icon="debug-stop"
          disabledBecause={page.connected.value ? null : t("There is no connection to the worker.")}
          title={t("End what runs at once")}
          onClick={() => own(page, cancel(page, executionId, true))}
        >
          {t("Force Stop")}
        </Button>
      ) : (
        <Button icon="debug-stop" disabledBecause={busy} onClick={() => own(page, cancel(page, executionId, false))}>
          {t("Cancel")}
        </Button>
      )}
      <LogButton page={page} executionId={executionId} />
    </>
  );
}

function EndedActions({
  page,
  executionId,
  status,
}: {
  page: PlanPage;
  executionId: string;
  status: ExecutionStatus;
}): JSX.Element {
  const busy = whyBusy(page);
  return (
    <>
      {status !== "completed" && (
        <Button
          primary
          icon="debug-restart"
          disabledBecause={busy}
          title={t("Run again what failed or was not run")}
          onClick={() => own(page, retry(page, executionId, null))}
        >
          {t("Retry")}
        </Button>
      )}
      <Button
        icon="output"
        primary={status === "completed"}
        onClick={() => {
          page.host.tell({ type: "open-report", executionId });
        }}
      >
        {t("Report")}
      </Button>
      <LogButton page={page} executionId={executionId} />
      <IconButton
        icon="refresh"
        label={t("Plan Again from the Specification")}
        disabledBecause={busy}
        onClick={() => own(page, replan(page, null))}
      />
    </>
  );
}

function LogButton({ page, executionId }: { page: PlanPage; executionId: string }): JSX.Element {
  return (
    <Button
      icon="list-flat"
      onClick={() => {
        page.host.tell({ type: "open-log", executionId, stepId: null });
      }}
    >
      {t("Log")}
    </Button>
  );
}

function ReplanButton({ page, executionId }: { page: PlanPage; executionId: string }): JSX.Element {
  return (
    <Button
      icon="git-compare"
      disabledBecause={whyBusy(page)}
      title={t("Make a plan with these changes for the execution to go on with")}
      onClick={() => own(page, replan(page, executionId))}
    >
      {t("Replan with Changes")}
    </Button>
  );
}
