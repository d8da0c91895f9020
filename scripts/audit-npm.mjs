// Refuses an npm package whose licence is not on the list, whose bytes are not pinned, or that wants
// to run a script at its installation (scripts are ignored, so such a package would be broken).
import { readFileSync } from "node:fs";

const allowed = new Set(
  "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 CC-BY-4.0 CC0-1.0 ISC MIT MIT-0 MPL-2.0 OFL-1.1 Python-2.0 Unlicense".split(" "),
);
// Whose package says nothing, and whose LICENSE file does.
const read = new Map([["svelte-toolbelt", "MIT"]]);
// Their scripts only prepare what the project does not use.
const scripted = new Set(["fsevents", "esbuild"]);

const { packages } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const wrong = [];
for (const [path, entry] of Object.entries(packages)) {
  if (path === "" || entry.link) continue;
  const name = path.replace(/^.*node_modules\//, "");
  const terms = String(entry.license ?? read.get(name) ?? "none").replace(/[()]/g, "").split(/ OR | AND /);
  if (!terms.some((term) => allowed.has(term))) wrong.push(`${name}: licence ${entry.license}`);
  if (!entry.integrity) wrong.push(`${name}: no integrity hash`);
  if (entry.hasInstallScript && !scripted.has(name)) wrong.push(`${name}: an install script`);
}
for (const line of wrong) console.error(`audit: ${line}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
