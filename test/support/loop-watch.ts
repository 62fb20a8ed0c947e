/**
 * Begins to watch; the function that it returns tells the longest time, in ms, that this process has worked between two turns of the
 * loop. Its own time, because tests and benches share the machine with others.
 */
export function watchLoop(): () => number {
  let longest = 0;
  let last = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}
