import { Models } from "../../worker/server/models.ts";

/** Language models without an editor and without kept answers; keys are those of an environment. */
export function testModels(environment: NodeJS.ProcessEnv): Models {
  return new Models(environment, () => null);
}
