import type { Redactor } from "../logs/redactor.ts";
import type { AttemptSink } from "./adapter.ts";

export interface RedactedSink extends AttemptSink {
  /** Nothing more follows at once: what was held back, because it could have been the beginning of a secret, is passed on. */
  flush(): void;
}

/** Takes secrets out of all that an attempt says before anybody else gets it (catalogue K4, SEC21). */
export function redactedSink(sink: AttemptSink, redactor: Redactor): RedactedSink {
  const streams = { stdout: redactor.stream(), stderr: redactor.stream() };
  return {
    output(stream, chunk) {
      const passed = streams[stream].push(chunk);
      if (passed.length > 0) sink.output(stream, passed);
    },
    log: (level, message, metadata) =>
      sink.log(level, redactor.text(message), metadata === undefined ? undefined : redactor.json(metadata)),
    cost: (report) => sink.cost(redactor.json(report)),
    ask: ({ tool, title, subject }) =>
      sink.ask({ tool, title: redactor.text(title), subject: subject === null ? null : redactor.text(subject) }),
    message: (direction, message) => sink.message(direction, redactor.json(message)),
    flush() {
      for (const stream of ["stdout", "stderr"] as const) {
        const rest = streams[stream].end();
        if (rest.length > 0) sink.output(stream, rest);
      }
    },
  };
}
