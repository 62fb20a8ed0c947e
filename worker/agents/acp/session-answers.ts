import { z } from "zod";

/** What agents answer, as far as it is needed: read less strictly than the protocol says, because agents are ahead of it and behind. */

export const Initialized = z.looseObject({
  protocolVersion: z.number(),
  authMethods: z
    .array(z.looseObject({ id: z.string() }))
    .nullish()
    .catch(null),
  agentInfo: z
    .looseObject({ name: z.string(), version: z.string().catch("") })
    .nullish()
    .catch(null),
});
export type Initialized = z.infer<typeof Initialized>;

const ConfigOption = z.looseObject({
  id: z.string(),
  category: z.string().nullish().catch(null),
  currentValue: z.unknown().optional(),
  options: z.unknown().optional(),
});

export const NewSession = z.looseObject({
  sessionId: z.string().min(1),
  modes: z
    .looseObject({ currentModeId: z.string(), availableModes: z.array(z.looseObject({ id: z.string() })) })
    .nullish()
    .catch(null),
  configOptions: z.array(ConfigOption).nullish().catch(null),
  /** Before config options there was this. */
  models: z.looseObject({ currentModelId: z.string() }).nullish().catch(null),
});
export type NewSession = z.infer<typeof NewSession>;

export const PromptAnswer = z.looseObject({
  stopReason: z.string(),
  usage: z.unknown().optional(),
  _meta: z.unknown().optional(),
});
export type PromptAnswer = z.infer<typeof PromptAnswer>;

/** The model that a session begins with; null: it does not say. */
export function modelOf(session: NewSession): string | null {
  const option = optionOf(session, "model");
  if (typeof option?.currentValue === "string") return option.currentValue;
  return session.models?.currentModelId ?? null;
}

/** The option of a session by which this is chosen, such as its model or mode. */
export function optionOf(session: NewSession, category: string): z.infer<typeof ConfigOption> | null {
  return session.configOptions?.find((option) => option.category === category) ?? null;
}

const Choices = z.array(z.looseObject({ value: z.string().optional(), options: z.unknown().optional() }));

/** The values that an option takes, in groups or not. */
export function choicesOf(options: unknown): string[] {
  const read = Choices.safeParse(options);
  if (!read.success) return [];
  return read.data.flatMap((one) => [
    ...(one.value === undefined ? [] : [one.value]),
    ...choicesOf(one.options).filter((value) => value !== one.value),
  ]);
}
