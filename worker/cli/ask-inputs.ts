import type { Client } from "../../schemas/client.ts";
import { throwFailure } from "../../schemas/failure.ts";
import type { SpecInput, SpecReading } from "../../schemas/spec.ts";
import type { CommandContext } from "./context.ts";
import { plain } from "./render/text.ts";
import { pathOrText, type Subject } from "./subject.ts";

/**
 * How the spec is to be read, with a value for each of its inputs that has none yet, as far as somebody is there to be asked. With
 * `defaults` those that have a default are not asked for.
 */
export async function withAskedInputs(
  context: CommandContext,
  client: Client,
  subject: Subject,
  { reading, defaults }: { reading: SpecReading; defaults: boolean },
): Promise<SpecReading> {
  if (context.json || !context.terminal.canAsk) return reading;
  const { document } = await client.call("spec.parse", {
    ...pathOrText(subject),
    reading: { ...reading, inputs: {} },
  });
  const inputs = { ...reading.inputs };
  for (const input of document.settings.inputs) {
    if (Object.hasOwn(inputs, input.name) || (defaults && input.default !== null)) continue;
    inputs[input.name] = await answerTo(context, input);
  }
  return { ...reading, inputs };
}

async function answerTo({ terminal }: CommandContext, input: SpecInput): Promise<string> {
  const { name, description, options } = input;
  const about = description === null ? "" : ` (${plain(description)})`;
  const choice = options.length === 0 ? "" : `, one of ${options.map(plain).join(", ")}`;
  const fallback = input.default === null ? "" : ` [${plain(input.default)}]`;
  for (;;) {
    const typed = await terminal.ask(`${plain(name)}${about}${choice}${fallback}: `);
    if (typed === null) throwFailure("cancelled", `the input ${name} was not given: nothing was planned`);
    const value = typed === "" && input.default !== null ? input.default : typed;
    if (value !== "" && (options.length === 0 || options.includes(value))) return value;
    terminal.print(
      options.length === 0 ? "Please type a value." : `Please type one of ${options.map(plain).join(", ")}.`,
    );
  }
}
