import { render } from "preact";
import { z } from "zod";
import { openHost } from "../bridge.ts";
import "../theme.css";
import "./log.css";
import { LogModel } from "./log-model.ts";
import { LogPage } from "./log-page.tsx";

const Settings = z.object({ logLines: z.int().min(100).max(100_000).catch(10_000) });

const model = new LogModel(openHost(), readSettings().logLines);
render(<LogPage model={model} />, document.body);
model.start();

function readSettings(): z.infer<typeof Settings> {
  const text = document.querySelector('meta[name="planwright-settings"]')?.getAttribute("content") ?? "{}";
  return Settings.parse(JSON.parse(text));
}
