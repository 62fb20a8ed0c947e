import { z } from "zod";
import { Failure } from "../failure.ts";
import { operation } from "../operation.ts";

/** A question to the models of an editor, by the topic `models`. */
export const EditorQuestion = z.object({
  questionId: z.string(),
  /** Id, or family, of a model as `vscode.lm` has them. */
  model: z.string(),
  prompt: z.string(),
  /** Why it is asked, for whoever is asked whether Planwright may use the model. */
  justification: z.string(),
  maxOutputTokens: z.int().min(1).nullable(),
  temperature: z.number().nullable(),
});
export type EditorQuestion = z.infer<typeof EditorQuestion>;

/** What an editor says of a question, piece by piece. `end` and `failed` are the last. */
export const EditorPiece = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("text"), text: z.string().max(1_000_000) }),
  z.strictObject({ kind: z.literal("model"), model: z.string().max(200) }),
  z.strictObject({
    kind: z.literal("end"),
    /** As the editor's model counts the texts; null: it cannot. */
    tokens: z.strictObject({ input: z.int().min(0), output: z.int().min(0) }).nullable(),
  }),
  z.strictObject({ kind: z.literal("failed"), failure: Failure }),
]);
export type EditorPiece = z.infer<typeof EditorPiece>;

export const modelAnswer = operation({
  name: "model.answer",
  summary: "Say what a model of the editor answers to a question of the topic `models`, one piece after the other.",
  params: z.strictObject({
    questionId: z.string(),
    /** Counts the pieces of a question from 0: one that comes twice counts once. */
    number: z.int().min(0),
    piece: EditorPiece,
  }),
  /** False: nobody waits for it any more. */
  result: z.object({ isWanted: z.boolean() }),
  effect: "read",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/models/answers" },
});

/** Name of a key: that of the environment variable in whose place it stands. */
export const KeyName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "letters, digits and underscores");

export const modelKeys = operation({
  name: "model.keys",
  summary:
    "Hand over keys of language models, all that there are: those that were handed over before and are left out are forgotten. The worker holds them in memory only.",
  params: z.strictObject({ keys: z.record(KeyName, z.string().min(1).max(10_000)) }),
  result: z.object({}),
  effect: "read",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/models/keys" },
});
