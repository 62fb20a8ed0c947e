import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { JsonValue } from "../adapter.ts";

/** What a tool has answered, as far as an attempt can use it. */
export interface ToolAnswer {
  /** All its texts, one below the other. */
  readonly text: string;
  /** Its structured content, else its text. */
  readonly answer: JsonValue;
  /** What it holds besides, in words. */
  readonly others: readonly string[];
}

export function toolAnswer(
  { content, structuredContent }: CallToolResult,
  parse: (value: unknown) => JsonValue,
): ToolAnswer {
  const texts: string[] = [];
  const others: string[] = [];
  for (const item of content) {
    switch (item.type) {
      case "text":
        texts.push(item.text);
        break;
      case "image":
      case "audio":
        others.push(`${item.type} (${item.mimeType}, ${Math.floor((item.data.length * 3) / 4)} bytes)`);
        break;
      case "resource":
        if ("text" in item.resource) texts.push(item.resource.text);
        others.push(`resource ${item.resource.uri}`);
        break;
      case "resource_link":
        others.push(`link to ${item.uri}`);
    }
  }
  const text = texts.join("\n");
  return { text, answer: structuredContent === undefined ? text : parse(structuredContent), others };
}
