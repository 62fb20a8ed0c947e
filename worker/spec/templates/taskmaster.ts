import type { Template } from "./template.ts";

/** The tasks file of Task Master, with the one tag that it begins with. */
export const TASKMASTER_TEMPLATE: Template = ({ title }) => {
  const common = { status: "pending", priority: "medium" };
  const tasks = [
    {
      id: 1,
      title: "Find the files that have to change",
      description: `Read what is there for: ${title}`,
      details: "Run the tests that are there.",
      testStrategy: "The files are named, and the tests pass.",
      dependencies: [],
      ...common,
      subtasks: [],
    },
    {
      id: 2,
      title: "Build it",
      description: title,
      details: "First the tests, then the code.",
      testStrategy: "All tests pass.",
      dependencies: [1],
      ...common,
      subtasks: [
        {
          id: 1,
          title: "Write tests that fail as long as it is not there",
          description: "",
          details: "",
          dependencies: [],
          status: "pending",
        },
        {
          id: 2,
          title: "Make the tests pass",
          description: "",
          details: "",
          dependencies: [1],
          status: "pending",
        },
      ],
    },
    {
      id: 3,
      title: "Describe it where its users read about it",
      description: "What it is good for and how it is used.",
      details: "",
      testStrategy: "Somebody who does not know it can use it.",
      dependencies: [2],
      ...common,
      subtasks: [],
    },
  ];
  const text = JSON.stringify({ master: { tasks, metadata: { description: title } } }, null, 2);
  return [{ path: ".taskmaster/tasks/tasks.json", text: `${text}\n` }];
};
