#!/usr/bin/env node
// Behaves as the command line of a container engine does, without one: what it "runs" runs on this machine, as a process that is no
// child of this one. DOCKER_FAKE names the folder of its state: `calls.jsonl` (arguments and environment of each call), one folder for each container,
// and `down`, `no-image` where its service does not run or knows no images.
import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const home = process.env.DOCKER_FAKE ?? "";
const SELF = fileURLToPath(import.meta.url);
const [verb = "", ...rest] = process.argv.slice(2);

if (verb === "inside") inside();
else {
  appendFileSync(join(home, "calls.jsonl"), `${JSON.stringify({ args: [verb, ...rest], env: process.env })}\n`);
  if (existsSync(join(home, "down"))) {
    console.error("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?");
    process.exit(verb === "run" ? 125 : 1);
  }
  switch (verb) {
    case "version":
      console.log("27.0.0");
      break;
    case "run":
      run();
      break;
    case "stop":
      await end(rest.at(-1), Number(rest[0].split("=")[1]));
      break;
    case "kill":
      await end(rest.at(-1), 0);
      break;
    case "rm":
      for (const name of rest.slice(1)) {
        await end(name, 0);
        rmSync(join(home, name), { recursive: true, force: true });
      }
      break;
    case "ps": {
      const label = rest.find((one) => one.startsWith("--filter=label="))?.slice("--filter=label=".length) ?? "";
      for (const name of containers()) if (read(name, "options.json").labels.includes(label)) console.log(name);
      break;
    }
    default:
      process.exit(1);
  }
}

function run() {
  const end = rest.findIndex((one) => !one.startsWith("-"));
  const options = rest.slice(0, end);
  const [image, ...argv] = rest.slice(end);
  const values = (name) =>
    options.filter((one) => one.startsWith(`--${name}=`)).map((one) => one.slice(name.length + 3));
  if (existsSync(join(home, "no-image"))) {
    console.error(`Unable to find image '${image}' locally`);
    console.error(`docker: Error response from daemon: pull access denied for ${image}, repository does not exist.`);
    process.exit(125);
  }
  const [name] = values("name");
  const env = Object.fromEntries(
    values("env").map((one) => {
      const at = one.indexOf("=");
      return at < 0 ? [one, process.env[one] ?? ""] : [one.slice(0, at), one.slice(at + 1)];
    }),
  );
  const [first = ""] = values("mount");
  const source = /source=([^,"]*)/.exec(first)?.[1] ?? "/";
  const cwd = join(source, (values("workdir")[0] ?? "/workspace").slice("/workspace".length));
  const folder = join(home, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "options.json"), JSON.stringify({ image, labels: values("label"), argv }));
  setInterval(() => {
    // Removed by force, or ended.
    if (!existsSync(join(folder, "options.json"))) process.exit(137);
    if (!existsSync(join(folder, "ended"))) return;
    const code = Number(readFileSync(join(folder, "ended"), "latin1"));
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  }, 10);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => send(name, signal));
  const stdio = [options.includes("--interactive") ? "inherit" : "ignore", "inherit", "inherit"];
  const inner = { PATH: process.env.PATH, ...env };
  spawn("setsid", ["--fork", process.execPath, SELF, "inside", folder, ...argv], { cwd, env: inner, stdio });
}

/** What the engine's service does: starts the program and notes how it ended. */
function inside() {
  const [folder, program, ...args] = rest;
  const child = spawn(program, args, { stdio: "inherit", detached: true });
  const ended = (code) => {
    if (!existsSync(folder)) return;
    writeFileSync(join(folder, "ending"), String(code));
    renameSync(join(folder, "ending"), join(folder, "ended"));
  };
  child.on("error", () => ended(127));
  if (child.pid !== undefined) writeFileSync(join(folder, "pid"), String(child.pid));
  child.on("exit", (code, signal) => {
    ended(signal === null ? code : ({ SIGKILL: 137, SIGTERM: 143 }[signal] ?? 1));
  });
}

async function end(name, seconds) {
  const folder = join(home, name);
  if (!existsSync(join(folder, "pid"))) return;
  if (seconds > 0) {
    send(name, "SIGTERM");
    for (let left = seconds * 20; left > 0 && isAlive(name); left -= 1) await new Promise((go) => setTimeout(go, 50));
  }
  send(name, "SIGKILL");
}

function isAlive(name) {
  return send(name, 0);
}

function send(name, signal) {
  try {
    return process.kill(-Number(readFileSync(join(home, name, "pid"), "latin1")), signal);
  } catch {
    return false;
  }
}

function containers() {
  return readdirSync(home).filter((name) => existsSync(join(home, name, "options.json")));
}

function read(name, file) {
  return JSON.parse(readFileSync(join(home, name, file), "utf8"));
}
