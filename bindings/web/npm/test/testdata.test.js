// Every case of testdata through the package, with the same answer as in Rust.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AccessError, Token, matches } from "pubnub-access";
import { create } from "pubnub-access/core";
import { cases } from "./cases.js";

const NAMES = [
  "channels", "groups", "uuids", "users", "entities", "relationships", "memberships",
];

/** Returns the result of a call, or the members of its error. */
function outcome(call, ...members) {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return Object.fromEntries(members.map((member) => [member, error[member]]));
  }
}

function allHold(cases, found) {
  const wrong = cases.map((each) => [each, found(each)])
    .filter(([each, found]) => JSON.stringify(found) !== JSON.stringify(each.expected));
  assert.deepEqual(wrong.map(([each, found]) => [each.source, found]), []);
}

test("every question is answered as in Rust, to the byte", () => {
  const wasm = readFileSync(new URL("../pubnub_access.wasm", import.meta.url));
  const { answerText } = create(new WebAssembly.Module(wasm));
  const wrong = cases().filter(({ question, answer }) => answerText(question) !== answer);
  assert.deepEqual(wrong.map(({ source }) => source), []);
});

for (const [way, time] of [["the quick way", BigInt], ["the door", String]]) {
  test(`decisions are those of testdata, by ${way}`, () => {
    // JavaScript cannot represent some numbers of policies. The test above passes them as text.
    const large = ({ question }) => /:184467440737095516\d\d[,}]/.test(question);
    const all = cases("decisions");
    assert.ok(all.filter(large).length <= 20);
    allHold(all.filter((each) => !large(each)), ({ question }) => {
      const { token, operation, user_id: userId, at, policy, ...others } = JSON.parse(question);
      const names = Object.fromEntries(NAMES.map((key) => [key, others[key]]));
      const asked = { ...names, userId, at: time(at), policy };
      return outcome(() => ({ verdict: new Token(token).check(operation, asked) }), "kind");
    });
  });
}

test("texts decode or fail where the wire vectors say", () => {
  allHold(cases("wire"), ({ question }) =>
    outcome(() => new Token(JSON.parse(question).token) && {}, "kind", "offset"));
});

test("patterns match as in RE2", () => {
  allHold(cases("patterns"), ({ question }) => {
    const { pattern, names } = JSON.parse(question);
    return outcome(() => ({ matches: matches(pattern, names) }), "kind");
  });
});
