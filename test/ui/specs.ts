/** The step waits until the file is there, so that a test decides when it is done. */
const until = (file: string): string => `while [ ! -e ${file} ]; do sleep 0.05; done`;

/** Three steps one after another; the second is done when the test writes `go`. */
export const WAITS_FOR_GO = `---
title: Bake a cake
budget: 2 USD
---

# Bake a cake

- [ ] Heat the oven
  - id: heat
  - command: echo warm >> ran

- [ ] Bake
  - id: bake
  - cost: 0.50

  \`\`\`sh
  echo baking >> ran
  ${until("go")}
  echo baked >> ran
  \`\`\`

- [ ] Serve
  - id: serve
  - command: echo served >> ran
`;

/** The second step fails until the file \`sugar\` is there. */
export const FAILS_WITHOUT_SUGAR = `---
title: Make jam
onFailure: pause
---

# Make jam

- [ ] Pick the berries
  - id: pick
  - command: echo picked >> ran

- [ ] Cook
  - id: cook
  - command: echo cooking >> ran; ls sugar

- [ ] Fill the jars
  - id: fill
  - command: echo filled >> ran
`;

/** 1 USD; the third step of 0.40 does not fit. */
export const TOO_EXPENSIVE = `---
title: Build a shed
budget: 1.00 USD
---

# Build a shed

${["Walls", "Roof", "Door"].map((name) => `- [ ] ${name}\n  - id: ${name.toLowerCase()}\n  - cost: 0.40\n  - command: echo ${name} >> ran\n`).join("\n")}`;

/** Three steps of 0.40 USD and no budget of its own. */
export const OVER_THE_POLICY = TOO_EXPENSIVE.replace("budget: 1.00 USD\n", "");

/** Two stubborn steps side by side that ignore a polite end, each with a child of its own. */
export const STUBBORN = `---
title: Dig a hole
---

# Dig a hole

- [ ] [P] Dig here
  - id: here

  \`\`\`sh
  trap '' TERM INT
  sleep 98761 & sleep 98762 & wait; wait; wait
  \`\`\`

- [ ] [P] Dig there
  - id: there
  - command: sleep 98763
`;
