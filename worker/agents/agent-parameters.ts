import type { AttemptContext, JsonValue } from "./adapter.ts";

/**
 * What an agent that is spoken to in JSON gets as `parameters` of its capability: the step, and what a person has changed or added by
 * name. `prompt` says all of it as one text.
 */
export function parametersOf({ step, prompt, missing, results }: AttemptContext): Record<string, JsonValue> {
  return {
    title: step.title,
    instructions: step.parameters.instructions,
    prompt,
    files: step.files,
    outputs: step.outputs,
    missing: [...missing],
    results: Object.fromEntries(
      results.map(({ stepId, outputs }) => [
        stepId,
        Object.fromEntries(outputs.map(({ name, value }) => [name, value])),
      ]),
    ),
    ...step.parameters.extra,
  };
}
