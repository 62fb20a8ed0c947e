/**
 * Splitting gives what an entry loads at once and what it loads later a chunk for each way of sharing: ten small files for the
 * extension, of which each costs a millisecond when it is loaded. This puts all that it loads at once into the entry itself; the
 * chunks stay as files that hand on what the entry has, for what is loaded later.
 */
import * as esbuild from "esbuild";
import { writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Chunks that other programs use, too, stay as they are.
 * @param {{ metafile: esbuild.Metafile; root: string; entry: string; others: string[]; options: esbuild.BuildOptions }} given
 *   `entry` and the other programs as the metafile names them; `options` are those of the build.
 */
export async function joinEntry({ metafile, root, entry, others, options }) {
  const { outputs } = metafile;
  const own = outputs[entry];
  if (own === undefined) return;
  const foreign = closure(outputs, others, ["import-statement", "dynamic-import"]);
  const joined = [...closure(outputs, [entry], ["import-statement"])].filter(
    (file) => file !== entry && !foreign.has(file),
  );
  const folder = path.join(root, path.dirname(entry));
  const inside = new Set([entry, ...joined].map((file) => path.join(root, file)));
  const name = path.basename(entry);
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    stdin: {
      contents: [
        `export { ${own.exports.join(", ")} } from "./${name}";`,
        ...joined.map((file, index) => `export * as chunk${index} from "./${path.basename(file)}";`),
      ].join("\n"),
      resolveDir: folder,
      sourcefile: "entry",
    },
    outfile: path.join(root, entry),
    write: false,
    bundle: true,
    format: "esm",
    platform: options.platform,
    target: options.target,
    sourcemap: options.sourcemap,
    logLevel: "warning",
    plugins: [
      {
        name: "inside",
        setup: (build) => {
          build.onResolve({ filter: /.*/ }, ({ path: wanted, resolveDir, kind }) => {
            const file = path.resolve(resolveDir, wanted);
            const isInside = wanted.startsWith("./") && kind !== "dynamic-import" && inside.has(file);
            return isInside ? { path: file } : { path: wanted, external: true };
          });
        },
      },
    ],
  });
  for (const { path: file, contents } of outputFiles) writeFileSync(file, contents);
  for (const [index, file] of joined.entries()) {
    const names = outputs[file].exports;
    const text = `import { chunk${index} } from "./${name}";\nexport const { ${names.join(", ")} } = chunk${index};\n`;
    writeFileSync(path.join(root, file), names.length === 0 ? `import "./${name}";\n` : text);
  }
}

/** The files that these need, in the given ways, and themselves. */
function closure(outputs, files, kinds) {
  const found = new Set();
  const left = files.filter((file) => outputs[file] !== undefined);
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    left.push(
      ...outputs[file].imports.filter(({ kind, external }) => !external && kinds.includes(kind)).map((one) => one.path),
    );
  }
  return found;
}
