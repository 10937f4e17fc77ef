// Which of the specification's features have a test: prints the counts and those that have none.
//
//   node infra/features.mjs           prints
//   node infra/features.mjs --write   prints, and writes the tests into docs/features.md
//
// A test names a feature by its own name (`fn ext_19_…`) or by a comment above it (`covers: EXT-19, T-11`).
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const LIST = join(ROOT, "docs/features.md");
const NONE = "not yet";
const SHOWN_TESTS_MAX = 2;
const ROW = /^\| ([A-Z][A-Z0-9]*-\d+) \| (.*?) \| (.*?) \| (.*) \|$/;

const lines = readFileSync(LIST, "utf8").split("\n");
const known = new Set(lines.map((line) => ROW.exec(line)?.[1]).filter(Boolean));
const tests = new Map([...known].map((id) => [id, []]));
const unknown = [];

const sources = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "*.rs", "*.mjs"], { cwd: ROOT })
  .toString().split("\n").filter((path) => path && path !== "infra/features.mjs");
for (const path of sources) {
  let text;
  try {
    text = readFileSync(join(ROOT, path), "utf8");
  } catch {
    continue; // Deleted, but not yet from the index.
  }
  for (const { ids, name } of testsIn(text)) {
    for (const id of ids) {
      if (known.has(id)) tests.get(id).push({ path, name });
      else unknown.push(`${id} (${path}: ${name})`);
    }
  }
}

if (process.argv.includes("--write")) {
  const written = lines.map((line) => {
    const row = ROW.exec(line);
    return row ? `| ${row[1]} | ${row[2]} | ${row[3]} | ${cell(tests.get(row[1]))} |` : line;
  });
  writeFileSync(LIST, written.join("\n"));
}
report();

/** The tests of a file with the features that each one names. */
function* testsIn(text) {
  let pending = [];
  for (const line of text.split("\n")) {
    const comment = /^\s*\/\/.*\bcovers:\s*(.+)$/.exec(line);
    if (comment) {
      for (const match of comment[1].matchAll(/\b([A-Z][A-Z0-9]*-\d+)\b/g)) pending.push(match[1]);
      continue;
    }
    const test = /^\s*(?:async )?fn ([a-z0-9_]+)\(/.exec(line)?.[1] ?? /^\s*(?:test|scenario)\("([^"]+)"/.exec(line)?.[1];
    if (!test) continue;
    const own = /^([a-z][a-z0-9]*)_(\d\d+)_/.exec(test);
    const ids = own ? [`${own[1].toUpperCase()}-${own[2]}`, ...pending] : pending;
    // `fn rfc_3261_…` is a sentence about an RFC, not about a feature.
    const features = [...new Set(ids)].filter((id) => pending.includes(id) || known.has(id));
    if (features.length > 0) yield { ids: features, name: test };
    pending = [];
  }
}

function cell(found) {
  if (found.length === 0) return NONE;
  const shown = found.slice(0, SHOWN_TESTS_MAX).map(({ path, name }) => `\`${path}\`: ${name.replaceAll("|", "/")}`);
  const more = found.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function report() {
  const without = [...known].filter((id) => tests.get(id).length === 0);
  const prefixes = new Map();
  for (const id of known) {
    const prefix = id.replace(/-\d+$/, "");
    const [have, all] = prefixes.get(prefix) ?? [0, 0];
    prefixes.set(prefix, [have + (tests.get(id).length > 0 ? 1 : 0), all + 1]);
  }
  const table = [...prefixes].map(([prefix, [have, all]]) => `${prefix} ${have}/${all}`);
  console.log(wrap(table.join("  ")));
  console.log(`\nwithout a test (${without.length}):\n${wrap(without.join(" "))}`);
  if (unknown.length > 0) console.log(`\nnot in the specification:\n  ${unknown.join("\n  ")}`);
  console.log(`\n${known.size - without.length} of ${known.size} features have a test`);
}

function wrap(text) {
  return text.replace(/(.{1,110})(?: +|$)/g, "  $1\n").trimEnd();
}
