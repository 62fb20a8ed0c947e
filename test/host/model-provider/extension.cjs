/** An extension that brings language models: `scripted` says what it was asked, `refusing` fails. */
const vscode = require("vscode");

const MODELS = ["scripted", "refusing"];

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider("planwright-test", {
      provideLanguageModelChatInformation: () =>
        MODELS.map((id) => ({
          id,
          name: id,
          family: id,
          version: "1",
          maxInputTokens: 100_000,
          maxOutputTokens: 10_000,
          capabilities: {},
        })),
      provideLanguageModelChatResponse: async (model, messages, _options, progress) => {
        if (model.id === "refusing") throw new Error("this model refuses");
        const prompt = messages.flatMap(({ content }) => content.map((part) => part.value ?? "")).join("");
        progress.report(new vscode.LanguageModelTextPart("Scripted answer "));
        progress.report(new vscode.LanguageModelTextPart(`to ${prompt.length} characters.`));
      },
      provideTokenCount: async (_model, text) => (typeof text === "string" ? text.length : 1),
    }),
  );
};
