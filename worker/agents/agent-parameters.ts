import type { AttemptContext, JsonValue } from "./adapter.ts";

/**
 * What an agent that is spoken to in JSON gets as `parameters` of its capability: the step, and what a person has changed or added by
 * name. `prompt` says all of it as one text.
 */
export function parametersOf({ step, prompt, missing }: AttemptContext): Record<string, JsonValue> {
  return {
    title: step.title,
    instructions: step.parameters.instructions,
    prompt,
    files: step.files,
    outputs: step.outputs,
    missing: [...missing],
    ...step.parameters.extra,
  };
}
