// The cases of testdata, as questions with their answers in Rust.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../../", import.meta.url);

function text() {
  const file = process.env.PUBNUB_ACCESS_BINDING_CASES;
  if (file) return readFileSync(file, "utf8");
  const manifest = fileURLToPath(new URL("bindings/cases/Cargo.toml", root));
  const options = ["run", "--quiet", "--locked", "--manifest-path", manifest];
  return execFileSync("cargo", options, { encoding: "utf8", maxBuffer: 2 ** 28 });
}

export const sample = readFileSync(new URL("testdata/sample.token", root), "utf8").trim();

const all = text().split("\n").filter(Boolean).map((line) => JSON.parse(line));
const least = { decisions: 500, wire: 300, patterns: 2000, tokens: 150 };

/** Every case, or those of a class. */
export function cases(kind) {
  const found = all.filter((each) => kind === undefined || each.class === kind);
  if (found.length < (least[kind] ?? 3000)) throw new Error(`${kind}: ${found.length} cases`);
  return found;
}
