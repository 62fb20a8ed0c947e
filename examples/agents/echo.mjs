import { serve } from "./planwright-agent.mjs";

serve(async (task) => {
  task.progress(0.5, "thinking about it");
  task.decision("say the same", { confidence: 1 });
  task.cost(0.001, { tokens: { input: task.prompt.length, output: 1 } });
  return { said: task.parameters.title };
});
