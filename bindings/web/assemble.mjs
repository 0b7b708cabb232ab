// Puts the built module into what ships: npm/inline.js and the page.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const here = (name) => new URL(name, import.meta.url);
const read = (name) => readFileSync(here(name), "utf8");

const wasm = readFileSync(here("npm/pubnub_access.wasm"));
const compressed = gzipSync(wasm, { level: 9 });
const module = compressed.toString("base64");
writeFileSync(here("npm/inline.js"), `export const module = "${module}";\n`);

// The page is one file, whose policy lets in what is in it and nothing else.
const plain = (name) => read(name).replaceAll(/^import .*\n/gm, "").replaceAll(/^export /gm, "");
const script = [
  `const module = "${module}";`,
  plain("npm/core.js"),
  plain("npm/inflate.js"),
  plain("page/view.js"),
  plain("page/page.js"),
].join("\n");
const style = read("page/page.css");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const parts = { policy, style, script };
const page = read("page/template.html").replaceAll(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
mkdirSync(here("dist/"), { recursive: true });
writeFileSync(here("dist/pubnub-access.html"), page);

const kilobytes = (bytes) => `${Math.round(bytes / 100) / 10} kB`;
console.log(`module: ${kilobytes(wasm.length)}, gzipped ${kilobytes(compressed.length)}`);
const zipped = gzipSync(page, { level: 9 }).length;
console.log(`page: ${kilobytes(page.length)}, gzipped ${kilobytes(zipped)}`);
if (zipped > 300_000) throw new Error("the page has 300 kB at most, gzipped");
