import type { Template } from "./template.ts";

/** A spec folder as Kiro has it: requirements in EARS form, and tasks that name the criteria they serve. */
export const KIRO_TEMPLATE: Template = ({ title, slug }) => [
  {
    path: `.kiro/specs/${slug}/tasks.md`,
    text: `# Implementation Plan: ${title}

- [ ] 1. Find the files that have to change
  - Read what is there and run its tests
  - _Requirements: 1.1_

- [ ] 2. Build it
- [ ] 2.1 Write tests for the criteria
  - One test for each, which fails as long as the criterion is not met
  - _Requirements: 1.1, 1.2_
- [ ] 2.2 Make the tests pass
  - _Requirements: 1.1, 1.2_

- [ ] 3. Describe it where its users read about it
  - _Requirements: 2.1_
`,
  },
  {
    path: `.kiro/specs/${slug}/requirements.md`,
    text: `# Requirements Document

## Introduction

${title}: say in a few words what is wanted, and for whom.

## Requirements

### Requirement 1

**User Story:** As a user, I want this feature, so that say what it is good for.

#### Acceptance Criteria

1. WHEN somebody uses it THEN the system SHALL do what they expect
2. IF something is wrong with what they give THEN the system SHALL say what to do about it

### Requirement 2

**User Story:** As a user, I want to read how it is used, so that I need not ask.

#### Acceptance Criteria

1. WHEN somebody looks for the feature in the documentation THEN the system SHALL be described there
`,
  },
];
