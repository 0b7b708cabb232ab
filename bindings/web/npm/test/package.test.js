// The package, used as its users do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, inspect } from "node:util";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import * as node from "pubnub-access";
import * as web from "../web.js";
import { create } from "pubnub-access/core";
import { sample } from "./cases.js";

const at = 1_700_000_060;
const alice = { channels: ["room-1"], userId: "alice", at };
const thrown = (call) => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing is thrown");
};

for (const [where, { AccessError, Token, ...calls }] of Object.entries({ node, web })) {
  test(`${where}: a verdict is one of three words`, () => {
    const token = new Token(sample);
    assert.equal(token.check("publish", alice), "allow");
    assert.equal(token.check("delete-messages", alice), "deny");
    assert.equal(token.check("fire", { ...alice, channels: ["room-2"] }), "indeterminate");
    assert.equal(token.check("publish", { channels: ["room-1"], userId: "alice" }), "deny", "now");
  });

  test(`${where}: explanations, policies and times`, () => {
    const token = new Token(sample);
    const found = token.explain("delete-messages", alice);
    assert.equal(found.remedy, "to allow it, grant: channel room-1=delete");
    assert.equal(token.missingGrant("delete-messages", alice).remedy, "grant");
    const fire = { ...alice, channels: ["room-2"] };
    assert.equal(token.check("fire", { ...fire, policy: { doubt: "granted" } }), "allow");
    for (const time of [at, BigInt(at), `${at}`, "2023-11-14T22:14:20Z", new Date(at * 1000)]) {
      assert.equal(token.check("publish", { ...alice, at: time }), "allow");
    }
  });

  test(`${where}: errors have a kind and an offset, and do not repeat the token`, () => {
    const error = thrown(() => new Token(sample.slice(0, -4)));
    assert.ok(error instanceof AccessError);
    assert.equal(error.kind, "truncated");
    assert.equal(typeof error.offset, "number");
    assert.ok(!error.message.includes(sample.slice(0, 20)));
    const token = new Token(sample);
    const kind = (operation, question) => thrown(() => token.check(operation, question)).kind;
    assert.equal(kind("publsh", alice), "unknown_operation");
    assert.equal(kind("publish", { channels: [""], at }), "invalid_name");
    assert.equal(kind("publish", { channels: ["a\ncb"], at }), "invalid_name");
    assert.equal(kind("publish", { channels: [], at }), "missing_resource");
    assert.equal(kind("publish", { channels: Array(5000).fill("a"), at }), "too_many_names");
    assert.equal(kind("publish", { channels: "room-1", at }), "invalid_field");
    assert.equal(kind("publish", { channel: ["room-1"], at }), "unknown_key");
    assert.equal(kind("publish", { ...alice, at: -1 }), "invalid_field");
    assert.equal(kind("publish", { ...alice, at: 1.5 }), "invalid_field");
    // Milliseconds and timetokens are no seconds, also for the quick way.
    for (const time of [at * 1000, at * 10_000_000, BigInt(at) * 1000n, new Date(NaN), NaN, () => at]) {
      assert.equal(kind("publish", { ...alice, at: time }), "invalid_field", `${time}`);
    }
    // JSON would leave these out, and the question would be another.
    for (const lost of [Symbol("x"), () => {}, 5n, NaN, -Infinity]) {
      for (const key of ["userId", "policy", "groups"]) {
        assert.equal(kind("publish", { ...alice, [key]: lost }), "invalid_field", key);
      }
      assert.equal(kind("publish", { ...alice, channels: [lost] }), "invalid_field");
      const policy = { clock_tolerance: lost };
      assert.equal(kind("publish", { ...alice, policy }), "invalid_field");
      assert.equal(thrown(() => token.grant({ ttl: lost })).kind, "invalid_field");
      assert.equal(thrown(() => token.redact({ names: lost })).kind, "invalid_field");
      const question = { command: "inspect", token: sample, show_signature: lost };
      assert.equal(calls.answer(question).kind, "invalid_field");
    }
    // A misspelt option is an error: this one would share the names.
    assert.equal(thrown(() => token.redact({ nmaes: true })).kind, "unknown_key");
    assert.equal(thrown(() => token.inspect({ at, signature: true })).kind, "unknown_key");
    assert.equal(thrown(() => token.reach({ polcy: {} })).kind, "unknown_key");
    assert.equal(thrown(() => token.grant({ TTL: 5 })).kind, "unknown_key");
    assert.equal(thrown(() => calls.learn([], { polcy: {} })).kind, "unknown_key");
    // No option changes the question, and both ways read the same members.
    assert.equal(calls.request("/time/0", { command: "operations", at }).verdict, "allow");
    assert.equal(token.redact({ command: "inspect" }).signature, undefined);
    assert.equal(kind("publish", Object.create(alice)), "missing_resource");
    assert.equal(kind("publish", { ...alice, channels: ["\ud800"] }), "invalid_field");
    assert.throws(() => new Token(7), TypeError);
  });

  test(`${where}: neither a log nor JSON shows a token`, () => {
    const token = new Token(sample);
    const all = { showHidden: true, getters: true, depth: null };
    for (const shown of [
      String(token), JSON.stringify({ token }), inspect(token), inspect({ token }, all),
      format("%s %o %O %j", token, token, token, token), JSON.stringify(structuredClone(token)),
      JSON.stringify({ ...token }), inspect(thrown(() => token.check(sample, alice))),
    ]) {
      assert.ok(!shown.includes(sample.slice(0, 20)), shown);
    }
    assert.equal(inspect(token), `[Token of ${sample.length} characters]`);
    assert.equal(token.text, sample);
    assert.equal(token.inspect({ at }).signature, undefined);
    assert.ok(token.inspect({ at, showSignature: true }).signature);
  });

  test(`${where}: the other questions answer`, () => {
    const { answer, request, diff, grant, learn, matches, operations } = calls;
    const token = new Token(sample);
    const url = `https://ps.pndsn.com/v2/subscribe/s/room-1/0?uuid=alice&auth=${sample}`;
    assert.equal(request(url, { at }).check.verdict, "allow");
    assert.equal(request("/v2/subscribe/s/room-1/0?uuid=alice", { token, at }).check.verdict, "allow");
    assert.throws(() => request("nonsense", { at }), AccessError);
    assert.equal(diff(token, sample).different, false);
    assert.ok(new Token(token.redact().token).inspect({ at }).resources);
    assert.equal(grant({ ttl: 0, permissions: {} }).problems[0].severity, "error");
    assert.ok(token.grant({ ttl: 15 }));
    assert.ok(Array.isArray(token.lint()));
    assert.ok(token.reach());
    assert.equal(learn([{ status: 403 }]).skipped[0].error, "`token` is missing");
    assert.ok(operations().some(({ id }) => id === "publish"));
    assert.deepEqual(matches("^room-[0-9]$", ["room-1", "room-10"]), [true, false]);
    assert.equal(answer({ command: "chek" }).kind, "unknown_command");
  });
}

test("a token that is let go of still answers", () => {
  const token = new node.Token(sample);
  token.free();
  token.free();
  assert.equal(token.check("publish", alice), "allow");
});

test("memory that tokens took is given back, by hand and by the collector", async () => {
  const module = new WebAssembly.Module(
    readFileSync(new URL("../pubnub_access.wasm", import.meta.url)),
  );
  let memory;
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = function (module) {
    const instance = new Instance(module);
    memory = instance.exports.memory;
    return instance;
  };
  const { Token } = create(module);
  WebAssembly.Instance = Instance;
  const use = async (free) => {
    for (let round = 0; round < 20; round += 1) {
      for (let count = 0; count < 500; count += 1) {
        const token = new Token(sample);
        token.explain("publish", alice);
        if (free) token.free();
      }
      if (!free) {
        globalThis.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    return memory.buffer.byteLength;
  };
  await use(true);
  const first = memory.buffer.byteLength;
  assert.equal(await use(true), first);
  // The collector lags behind by a few rounds at most.
  assert.ok((await use(false)) - first < 2_000_000);
});

test("a bundle for Node contains the module, with `pubnub-access/inline`", async () => {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: {
      contents: `export { Token } from "pubnub-access/inline";`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true, format: "esm", platform: "node", write: false,
  });
  const bundle = Buffer.from(outputFiles[0].contents).toString("base64");
  const { Token } = await import(`data:text/javascript;base64,${bundle}`);
  assert.equal(new Token(sample).check("publish", alice), "allow");
});

test("each worker thread has the package to itself", async () => {
  const code = `
    import { parentPort, workerData } from "node:worker_threads";
    import { Token } from "pubnub-access";
    const { sample, alice } = workerData;
    const found = Array.from({ length: 500 }, () => new Token(sample).check("publish", alice));
    parentPort.postMessage([...new Set(found)]);
  `;
  const file = new URL("worker.tmp.mjs", import.meta.url);
  writeFileSync(file, code);
  try {
    const answers = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
      const worker = new Worker(file, { workerData: { sample, alice } });
      worker.once("message", resolve).once("error", reject);
    })));
    assert.deepEqual(answers, [["allow"], ["allow"], ["allow"]]);
  } finally {
    rmSync(file);
  }
});

test("the types agree with the package, with the oldest library that they allow", () => {
  const code = `
    import { Token, type Question, type Verdict } from "pubnub-access";
    import { Token as Inline } from "pubnub-access/inline";
    import { create } from "pubnub-access/core";
    using token = new Token("a");
    const question: Question = { channels: ["a"] as const, at: 5n, userId: null };
    const verdict: Verdict = new Inline("a").check("publish", question);
    // @ts-expect-error: a misspelt name
    token.check(verdict, { chanels: ["a"] });
    // @ts-expect-error: a token is a string
    new Token(new Uint8Array());
    // @ts-expect-error: the text stays
    token.text = "b";
    export const found: string | undefined = token.explain("publish").remedy;
    export const made = (module: WebAssembly.Module) => new (create(module).Token)("a");
  `;
  const file = fileURLToPath(new URL("types.tmp.mts", import.meta.url));
  const tsc = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));
  writeFileSync(file, code);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
  try {
    execFileSync(tsc, [...options, "--lib", "es2022,dom", file], { stdio: "pipe" });
  } catch (error) {
    assert.fail(`${error.stdout}`);
  } finally {
    rmSync(file);
  }
});
