const attempt = Number(process.env.PLANWRIGHT_ATTEMPT ?? "1");
if (attempt === 1) {
  console.error("all machines are taken");
  process.exit(1);
}
console.log(`machine reserved at attempt ${attempt}`);
