// The package for bundlers and browsers. It contains the module, so there is nothing to fetch.
import { create } from "./core.js";
import { inflate } from "./inflate.js";
import { module } from "./inline.js";

export const {
  AccessError, Token, answer, request, diff, grant, learn, matches, operations,
} = create(await WebAssembly.compile(await inflate(module)));
