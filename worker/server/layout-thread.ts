import { parentPort, workerData } from "node:worker_threads";
import { layOut } from "../plan/layout.ts";
import { LayoutRequest, type LayoutAnswer } from "./plan-layouts.ts";

/** Entry of the thread that draws one plan. Answers with one message. */
const { steps, direction } = LayoutRequest.parse(workerData);
parentPort?.postMessage({ drawing: layOut(steps, direction) } satisfies LayoutAnswer);
