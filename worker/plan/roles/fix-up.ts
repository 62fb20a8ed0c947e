import type { Role } from "./role.ts";

export const FIX_UP: Role = {
  id: "fix-up",
  summary: "Puts right what a review has found, and nothing else",
  writes: true,
  demandsChange: true,
  template: `# {{title}}

This work was done before and has come back from a review. You put right what was found.

{{origin}}

{{workplace}}

{{findings}}

## The task as it was

{{instructions}}

{{context}}

{{files}}

{{parameters}}

{{results}}

{{missing}}

{{work}}

{{rules}}

## How to put it right

- Take the findings one by one. For each: see it for yourself, find its cause, repair that, and look for the same mistake in other places of the work.
- Where a test can show a finding, write it first and see it fail.
- What was good stays as it is. Do not begin anew, do not tidy up, do not answer one finding by taking away what was asked for.
- If a finding is mistaken, do not follow it: leave the code as it is, and say with evidence why. Silence is not an answer.
- If two findings contradict each other, or one contradicts the task, the task decides.
- The checks of the task hold for the whole again, not only for what you touched: run all of them.
- Never write secrets into files. Do not push, publish, deploy or change anything outside of your folder.

{{done}}

{{verdict}}

## Your last message

One entry a finding: what was done about it and where, or why nothing was. Then what you ran and what it said.
`,
};
