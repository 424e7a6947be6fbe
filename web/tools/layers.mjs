// Checks the dependency rule app -> features -> ui -> lib -> api: imports only point down and features never meet.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const source = resolve(dirname(fileURLToPath(import.meta.url)), "../src");
const order = ["api", "lib", "ui", "features", "app"];
const banned = /^(utils?|helpers?|common|misc|base|core|manager|services?|index)\.tsx?$/;

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.tsx?$/.test(name),
);
const faults = [];

for (const file of files) {
  const name = file.split("/").at(-1);
  if (banned.test(name))
    faults.push(`${file}: this file name says nothing; name it for what it does`);
  const [layer, slice] = file.split("/");
  if (!order.includes(layer)) continue;
  const text = readFileSync(join(source, file), "utf8");
  for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const [toLayer, toSlice] = relative(source, resolve(source, dirname(file), target)).split("/");
    if (order.indexOf(toLayer) > order.indexOf(layer))
      faults.push(`${file}: ${layer} must not import ${toLayer}`);
    if (layer === "features" && toLayer === "features" && slice !== toSlice) {
      faults.push(`${file}: feature ${slice} must not import feature ${toSlice}`);
    }
  }
}

if (faults.length > 0) {
  process.stderr.write(`${faults.join("\n")}\n`);
  process.exit(1);
}
process.stdout.write(`layers: ${files.length} files keep the rule\n`);
