import { format } from "prettier";
import { z } from "zod";
import { AgentsFile } from "../../schemas/agent.ts";
import { BudgetFile } from "../../schemas/budget.ts";
import { HooksFile } from "../../schemas/hook.ts";
import { LintReport } from "../../schemas/lint.ts";
import { SettingsFile } from "../../schemas/settings-file.ts";
import { SpecsFile } from "../../schemas/specs-file.ts";
import { Report } from "../../schemas/report.ts";

/**
 * The JSON Schemas that we publish for people and other programs, made from the zod schemas: text by path in the repository.
 * Draft 7, because editors know that best. Fields that a newer Planwright adds to a report do not make it invalid.
 */
export async function publishedSchemas(): Promise<Map<string, string>> {
  const sources = [
    { name: "report", schema: Report, title: "Report of an execution by Planwright" },
    { name: "lint", schema: LintReport, title: "What `planwright lint --format json` says of specs" },
    {
      name: "specs",
      schema: SpecsFile,
      title: "How specs of a workspace are read by Planwright (.planwright/specs.json)",
    },
    { name: "agents", schema: AgentsFile, title: "Agents of a workspace for Planwright (.planwright/agents.json)" },
    { name: "budget", schema: BudgetFile, title: "Budget policies of a workspace (.planwright/budget.json)" },
    { name: "hooks", schema: HooksFile, title: "Who is told of what Planwright does (.planwright/hooks.json)" },
    { name: "settings", schema: SettingsFile, title: "Retention, backups, secrets (.planwright/settings.json)" },
  ];
  const published = new Map<string, string>();
  for (const { name, schema, title } of sources) {
    const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
    const text = JSON.stringify({ $schema, $id: `planwright:${name}`, title, ...rest });
    published.set(`schemas/json/${name}.schema.json`, await format(text, { parser: "json", printWidth: 120 }));
  }
  return published;
}
