import type { Handlers } from "../handlers.ts";
import type { Workspace } from "../workspace.ts";

export function modelHandlers({ options }: Workspace): Pick<Handlers, "model.answer" | "model.keys"> {
  const { models } = options;
  return {
    "model.answer": async ({ questionId, number, piece }) => ({
      isWanted: models.editor.answer(questionId, number, piece),
    }),
    "model.keys": async ({ keys }) => {
      models.take(keys);
      return {};
    },
  };
}
