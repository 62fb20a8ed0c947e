import type { Template } from "./template.ts";

/** A feature folder as Spec Kit's templates have it: phases, task ids, stories, and the specification that the stories stand in. */
export const SPECKIT_TEMPLATE: Template = ({ title, slug, number }) => {
  const folder = `specs/${String(number).padStart(3, "0")}-${slug}`;
  return [
    {
      path: `${folder}/tasks.md`,
      text: `# Tasks: ${title}

**Input**: Design documents from \`/${folder}/\`
**Prerequisites**: spec.md

## Phase 1: Setup

- [ ] T001 Find the files that the feature concerns and run the tests that are there

## Phase 2: User Story 1 - The smallest useful part (Priority: P1)

- [ ] T002 [US1] Write a test that fails as long as the first story does not work
- [ ] T003 [US1] Make the first story work

**Checkpoint**: The first story works on its own and can be shown

## Phase 3: User Story 2 - What makes it complete (Priority: P2)

- [ ] T004 [US2] Write a test that fails as long as the second story does not work
- [ ] T005 [US2] Make the second story work

## Phase 4: Polish

- [ ] T006 Describe the feature where its users read about it
- [ ] T007 Run all tests and mend what they find
`,
    },
    {
      path: `${folder}/spec.md`,
      text: `# Feature Specification: ${title}

**Status**: Draft

## User Scenarios & Testing

### User Story 1 - The smallest useful part (Priority: P1)

Say who wants what, and why.

**Independent Test**: Say how somebody sees that this story works.

**Acceptance Scenarios**:

1. **Given** what is there before, **When** somebody does something, **Then** say what they see

### User Story 2 - What makes it complete (Priority: P2)

Say who wants what, and why.

**Independent Test**: Say how somebody sees that this story works.

**Acceptance Scenarios**:

1. **Given** what is there before, **When** something goes wrong, **Then** say what they see
`,
    },
  ];
};
