import type * as api from "./index.js";

/** The package's calls, from a module that you compiled: `new WebAssembly.Module(bytes)`. */
export function create(module: WebAssembly.Module): typeof api;
