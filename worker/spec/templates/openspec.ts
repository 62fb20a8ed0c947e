import type { Template } from "./template.ts";

/** A change as OpenSpec has it: why, what is to be done, and how the specification will differ. */
export const OPENSPEC_TEMPLATE: Template = ({ title, slug }) => {
  const folder = `openspec/changes/${slug}`;
  return [
    {
      path: `${folder}/tasks.md`,
      text: `# Tasks: ${title}

## 1. Prepare

- [ ] 1.1 Find the files that the change concerns and run their tests

## 2. Build

- [ ] 2.1 Write a test for each scenario of the specification
- [ ] 2.2 Make the tests pass

## 3. Finish

- [ ] 3.1 Describe the change where its users read about it
- [ ] 3.2 Run all tests and mend what they find
`,
    },
    {
      path: `${folder}/proposal.md`,
      text: `# ${title}

## Why

Say what is missing or wrong today, and for whom.

## What Changes

- Say what will be different

## Impact

- Affected specs: ${slug}
- Affected code: name the files that are known
`,
    },
    {
      path: `${folder}/specs/${slug}/spec.md`,
      text: `## ADDED Requirements

### Requirement: ${title}

The system SHALL do what the proposal asks for.

#### Scenario: It works

- **WHEN** somebody uses it
- **THEN** say what they see

#### Scenario: It is used in the wrong way

- **WHEN** somebody gives what it cannot use
- **THEN** they are told what to do about it
`,
    },
  ];
};
