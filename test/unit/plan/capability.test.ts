import assert from "node:assert/strict";
import { inferCapability } from "../../../worker/plan/capability.ts";

describe("plan: what a task asks of its agent (D2)", () => {
  const titles: [string, string][] = [
    ["Verify the totals", "testing"],
    ["Add tests for the parser", "testing"],
    ["Update `README.md` with the new options", "document_creation"],
    ["Read the old report", "document_analysis"],
    ["Add read access for guests", "code_generation"],
    ["Profile the start", "data_analysis"],
    ["Add the profile page", "code_generation"],
    ["Debug the crash", "error_diagnosis"],
    ["Log refusals at the debug level", "code_generation"],
    ["Plan the sprint", "task_decomposition"],
    ["Create the folders of the plan", "code_generation"],
    ["Write a plan", "task_decomposition"],
    ["Design a new logo", "image_generation"],
    ["Draw the cover", "image_generation"],
    ["Build the Docker image", "code_generation"],
    ["Use the icon of the library", "code_generation"],
    ["Prepare the slides", "presentation"],
    ["Create the form in lib/presentation/forms", "code_generation"],
    ["Create phase-2-deployment/chart.yaml", "code_generation"],
    ["Add examples to docs/user-guide.md", "document_creation"],
    ["Implement the store — the tests of T008 pass", "code_generation"],
    ["Add the export (see the docs)", "code_generation"],
    ["Add tests — for the store", "testing"],
    ["Store: all of it (verify the totals)", "testing"],
    ["Install the library if it is not present", "code_generation"],
  ];
  for (const [title, expected] of titles) {
    it(`is told by "${title}": ${expected}`, () => {
      assert.equal(inferCapability({ title, hasCommand: false, stated: null }).capability, expected);
    });
  }
});
