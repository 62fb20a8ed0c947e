// Stands in for the package @vscode/native-watchdog of the VS Code server, which would have to be compiled: ends this process
// when the one that started it is gone.
exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch {
      process.exit(87);
    }
  }, 1000).unref();
};
exports.exit = (code) => process.exit(code || 0);
