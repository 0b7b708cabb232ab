// Decoding and a verdict, against what PubNub's own SDK takes to show a token's contents.
//   node bench.js [times it must be faster]
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { Token } from "./node.js";

const require = createRequire(new URL("../../../tests/interop/proxy/package.json", import.meta.url));
const PubNub = require("pubnub");
const text = readFileSync(new URL("../../../testdata/sample.token", import.meta.url), "utf8").trim();
const pubnub = new PubNub({ subscribeKey: "demo", userId: "alice" });
const question = { channels: ["room-1"], userId: "alice", at: 1_700_000_060 };

function ours() {
  const token = new Token(text);
  const verdict = token.check("publish", question);
  token.free();
  return verdict;
}
const theirs = () => pubnub.parseToken(text).authorized_uuid;

function microseconds(call, count) {
  const start = process.hrtime.bigint();
  for (let round = 0; round < count; round += 1) call();
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}
if (ours() !== "allow" || theirs() !== "alice") throw new Error("other answers");
// The fastest of several rounds, in turn, so that other load affects both alike.
const best = [Infinity, Infinity];
for (let round = 0; round < 15; round += 1) {
  best[0] = Math.min(best[0], microseconds(ours, 2000));
  best[1] = Math.min(best[1], microseconds(theirs, 2000));
}
const ratio = best[1] / best[0];
console.log(
  `decode and check: ${best[0].toFixed(2)} us; parseToken: ${best[1].toFixed(2)} us; ` +
    `${ratio.toFixed(1)} times as fast`,
);
if (process.argv[2] && ratio < Number(process.argv[2])) throw new Error("too slow");
process.exit(0);
