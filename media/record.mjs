/**
 * Makes media/run.svg, the picture in the README, from a real run of the example: starts it in a terminal (needs tmux), takes the
 * screen while steps are running, and draws its characters and colours. `npm run picture` after a change of the live view.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const COLUMNS = 96;
const ROWS = 20;
const SESSION = `planwright-picture-${process.pid}`;
const root = path.resolve(import.meta.dirname, "..");
const work = mkdtempSync(path.join(tmpdir(), "planwright-picture-"));
/** Select Graphic Rendition (ECMA-48), the only escape sequence in a captured screen. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);
const COLOURS = new Map([
  [31, "#ff7b72"],
  [32, "#7ee787"],
  [33, "#e3b341"],
  [36, "#56d4dd"],
]);

try {
  cpSync(path.join(root, "examples/tally"), work, { recursive: true });
  const command = `clear; '${process.execPath}' '${root}/dist/planwright.mjs' run tally.spec.md --yes -w .`;
  tmux(
    "new-session",
    "-d",
    "-s",
    SESSION,
    "-x",
    String(COLUMNS),
    "-y",
    String(ROWS),
    "-c",
    work,
    "-e",
    `XDG_STATE_HOME=${work}/state`,
    command,
  );
  const screen = await screenShowing(/Measure the speed\s+shell/);
  writeFileSync(path.join(root, "media/run.svg"), svg(screen.split("\n").slice(-ROWS)));
} finally {
  tmux("kill-session", "-t", SESSION);
  await endWorker();
  rmSync(work, { recursive: true, force: true });
}

/** A closed terminal leaves the execution running, so its worker is ended by itself. */
async function endWorker() {
  const program = [`${root}/dist/planwright.mjs`, "status", "--json", "-w", work];
  const environment = { ...process.env, XDG_STATE_HOME: `${work}/state` };
  const { worker } = JSON.parse(execFileSync(process.execPath, program, { encoding: "utf8", env: environment }));
  process.kill(worker.pid, "SIGTERM");
  for (let alive = true; alive; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      process.kill(worker.pid, 0);
    } catch {
      alive = false;
    }
  }
}

function tmux(...words) {
  return execFileSync("tmux", words, { encoding: "utf8" });
}

/** The screen, with its escape sequences, as soon as it shows the pattern. */
async function screenShowing(pattern) {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const screen = tmux("capture-pane", "-p", "-e", "-t", SESSION);
    if (pattern.test(screen)) return screen.trimEnd();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the run never showed what the picture should show");
}

function svg(lines) {
  const height = lines.length * 20 + 32;
  const rows = lines.map((line, row) => `<text x="16" y="${row * 20 + 30}" xml:space="preserve">${spans(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${COLUMNS * 8.45 + 32}" height="${height}" role="img" aria-label="Planwright running the example in a terminal">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${rows.join("\n")}
</g>
</svg>
`;
}

/** Characters with their colours as spans. */
function spans(line) {
  const style = { fill: "", weight: "normal", opacity: "1" };
  return line
    .split(SGR)
    .map((part, index) => {
      if (index % 2 === 1) {
        for (const code of part.split(";").map(Number)) apply(style, code);
        return "";
      }
      const text = part.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
      return (
        text &&
        `<tspan fill="${style.fill || "#e6edf3"}" font-weight="${style.weight}" opacity="${style.opacity}">${text}</tspan>`
      );
    })
    .join("");
}

function apply(style, code) {
  if (code === 0) Object.assign(style, { fill: "", weight: "normal", opacity: "1" });
  else if (code === 1) style.weight = "bold";
  else if (code === 2) style.opacity = "0.6";
  else if (code === 22) Object.assign(style, { weight: "normal", opacity: "1" });
  else if (code === 39) style.fill = "";
  else style.fill = COLOURS.get(code) ?? style.fill;
}
