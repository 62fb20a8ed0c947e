import type { Template } from "./template.ts";

/** Boxes, as anybody writes them. */
export const CHECKLIST_TEMPLATE: Template = ({ title }) => [
  {
    path: "TODO.md",
    text: `# ${title}

Say in a few words what is to come out of it.

- [ ] Find the files that have to change
- [ ] Build it
  - [ ] Write tests that fail as long as it is not there
  - [ ] Make the tests pass
- [ ] Describe it where its users read about it
`,
  },
];
