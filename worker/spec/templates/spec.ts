import type { Template } from "./template.ts";

/** Our own dialect. It runs to the end as it is, with what every machine has. */
export const SPEC_TEMPLATE: Template = ({ title, slug }) => [
  {
    path: `${slug}.spec.md`,
    text: `---
budget: 1.00 USD
---

# ${title}

Say in a few words what is to come out of it.

## Prepare

- [ ] Show which version of git is there

  \`\`\`sh
  git --version
  \`\`\`

## Build

- [ ] [P] Write a greeting

  \`\`\`sh
  mkdir -p build && echo "Hello" > build/greeting.txt
  \`\`\`

  - output: build/greeting.txt

- [ ] [P] Write the date

  \`\`\`sh
  mkdir -p build && date > build/date.txt
  \`\`\`

  - output: build/date.txt

- [ ] Put both together
  - check: test -s build/both.txt

  \`\`\`sh
  cat build/greeting.txt build/date.txt > build/both.txt
  \`\`\`
`,
  },
];
