import * as vscode from "vscode";
import type { EditorQuestion } from "../../schemas/operations/model.ts";
import type { ChatModel, ChatModels } from "./answer-question.ts";

/** The models that extensions bring into this editor, GitHub Copilot for one. */
export const chatModels: ChatModels = {
  async find(name) {
    const models = await vscode.lm.selectChatModels();
    const found =
      models.find(({ id }) => id === name) ??
      models.find(({ vendor, family }) => `${vendor}/${family}` === name) ??
      models.find(({ family }) => family === name);
    return found && chatModel(found);
  },
  async names() {
    return (await vscode.lm.selectChatModels()).map(({ id }) => id);
  },
  codeOf: (error) => (error instanceof vscode.LanguageModelError ? error.code : null),
};

function chatModel(model: vscode.LanguageModelChat): ChatModel {
  return {
    id: model.id,
    async send({ prompt, justification, temperature, maxOutputTokens }: EditorQuestion, signal) {
      const source = new vscode.CancellationTokenSource();
      const cancel = (): void => {
        source.cancel();
      };
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel, { once: true });
      const modelOptions = {
        ...(temperature === null ? {} : { temperature }),
        ...(maxOutputTokens === null ? {} : { max_tokens: maxOutputTokens }),
      };
      const messages = [vscode.LanguageModelChatMessage.User(prompt)];
      const response = await model.sendRequest(messages, { justification, modelOptions }, source.token);
      return response.text;
    },
    count: (text) => model.countTokens(text),
  };
}
