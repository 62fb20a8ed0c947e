// Stands in for the package @vscode/spdlog of the VS Code server, which would have to be compiled: writes log files, among
// them those which output channels show.
const fs = require("node:fs");
const path = require("node:path");

const LEVELS = ["trace", "debug", "info", "warning", "error", "critical"];

class Logger {
  #file;
  #level = 2;
  #bare = false;

  constructor(file) {
    this.#file = file;
  }

  #write(level, text) {
    if (level < this.#level) return;
    const moment = new Date().toISOString().replace("T", " ").slice(0, -1);
    fs.appendFileSync(this.#file, this.#bare ? text : `${moment} [${LEVELS[level]}] ${text}\n`);
  }

  trace(text) {
    this.#write(0, text);
  }
  debug(text) {
    this.#write(1, text);
  }
  info(text) {
    this.#write(2, text);
  }
  warn(text) {
    this.#write(3, text);
  }
  error(text) {
    this.#write(4, text);
  }
  critical(text) {
    this.#write(5, text);
  }
  getLevel() {
    return this.#level;
  }
  setLevel(level) {
    this.#level = level;
  }
  /** The writer formats its lines itself. */
  clearFormatters() {
    this.#bare = true;
  }
  setPattern() {
    this.#bare = false;
  }
  flush() {}
  drop() {}
}

async function createLogger(_name, file) {
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  return new Logger(file);
}

// One by one: that is how an ES module finds them.
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
