// The package in Node, which reads the module from its file.
import { readFileSync } from "node:fs";
import { create } from "./core.js";

const file = new URL("./pubnub_access.wasm", import.meta.url);
export const {
  AccessError, Token, answer, request, diff, grant, learn, matches, operations,
} = create(new WebAssembly.Module(readFileSync(file)));
