// Puts the built module into the files that ship: npm/inline.js and the page.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { unlzma } from "./page/unlzma.js";

const here = (name) => new URL(name, import.meta.url);
const read = (name) => readFileSync(here(name), "utf8");

const wasm = readFileSync(here("npm/pubnub_access.wasm"));
const compressed = gzipSync(wasm, { level: 9 });
const module = compressed.toString("base64");
writeFileSync(here("npm/inline.js"), `export const module = "${module}";\n`);

// LZMA makes the page a quarter smaller than gzip does. The decoder checks the result.
const options = ["--format=lzma", "--lzma1=preset=9e,lc=4,pb=0,nice=273,depth=1000", "--stdout", "--keep"];
const dense = execFileSync("xz", [...options, fileURLToPath(here("npm/pubnub_access.wasm"))], { maxBuffer: 2 ** 26 });
// xz leaves the length open.
dense.writeUInt32LE(wasm.length, 5);
if (!wasm.equals(unlzma(dense))) throw new Error("the module is not as it was");

// The page is one file, and its policy allows only what is in it.
const plain = (name) => read(name).replaceAll(/^import [^;]*;\n/gm, "").replaceAll(/^export /gm, "");
const small = (text, loader) => transformSync(text, { loader, minify: true, target: "es2022" }).code.trim();
const script = small([
  `const module = "${dense.toString("base64")}";`,
  plain("npm/core.js"),
  plain("page/unlzma.js"),
  plain("page/view.js"),
  plain("page/page.js"),
].join("\n"), "js");
const style = small(read("page/page.css"), "css");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const parts = { policy, style, script };
const template = read("page/template.html").replaceAll(/\s*\n\s*/g, "\n");
const page = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
mkdirSync(here("dist/"), { recursive: true });
writeFileSync(here("dist/pubnub-access.html"), page);

const kilobytes = (bytes) => `${Math.round(bytes / 100) / 10} kB`;
console.log(`module: ${kilobytes(wasm.length)}, gzipped ${kilobytes(compressed.length)}`);
const zipped = gzipSync(page, { level: 9 }).length;
console.log(`page: ${kilobytes(page.length)}, gzipped ${kilobytes(zipped)}`);
