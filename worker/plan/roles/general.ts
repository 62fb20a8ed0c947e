/** What agents of steps without a role are told. */
export const GENERAL_TEMPLATE = `# Task: {{title}}

{{origin}}

{{workplace}}

{{instructions}}

{{findings}}

{{context}}

{{files}}

{{parameters}}

{{results}}

{{missing}}

{{work}}

{{rules}}

{{done}}

{{verdict}}
`;
