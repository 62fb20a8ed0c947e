/** Whether this Node.js can run the program. Says so when it cannot. To be asked before anything else is loaded. */
export function isNodeRecent(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return true;
  process.stderr.write(`planwright: Node.js 22.15 or later is needed; this is ${process.versions.node}\n`);
  return false;
}
