import { describeAgent } from "../support/coding-agents/scenarios.ts";

describeAgent("gemini");
