// The calls of the package, over the library's WebAssembly module.

/** The error of a question, with a stable code and, for a token, the position of the fault. */
export class AccessError extends Error {
  constructor(message, kind, offset) {
    super(message);
    this.name = "AccessError";
    this.kind = kind;
    this.offset = offset;
  }
}

const KINDS = {
  channels: "c", groups: "g", uuids: "i", users: "u", entities: "e", relationships: "r",
  memberships: "m",
};
const VERDICTS = ["allow", "deny", "indeterminate"];
const SCRATCH = 64 * 1024;
// Milliseconds and timetokens are larger, and `answer` tells them apart from seconds.
const LARGEST_QUICK_TIME = 999_999_999_999n;
const LONE_SURROGATE = /\p{Surrogate}/u;
const isWellFormed = String.prototype.isWellFormed
  ? (text) => text.isWellFormed()
  : (text) => !LONE_SURROGATE.test(text);

/** Makes the calls of the package from a compiled module. */
export function create(module) {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let engine = start();

  function start() {
    const { exports } = new WebAssembly.Instance(module);
    const scratch = exports.allocate(SCRATCH);
    return { exports, scratch, view: new Uint8Array(exports.memory.buffer, scratch, SCRATCH) };
  }

  const bytes = (of, at, length) => new Uint8Array(of.exports.memory.buffer, at, length);

  // Writes a text, or returns -1 if it may not fit.
  function write(of, text) {
    if (text.length * 3 > SCRATCH) return -1;
    // The view of memory is lost when memory grows.
    if (of.view.length === 0) of.view = bytes(of, of.scratch, SCRATCH);
    return encoder.encodeInto(text, of.view).written;
  }

  // A trap, as when memory runs out, leaves the module in an unknown state, so the next call
  // creates a new one.
  function guarded(call) {
    try {
      return call(engine);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      engine = start();
      throw new AccessError("the question takes more memory than there is", "out_of_memory");
    }
  }

  function answerText(question) {
    const input = encoder.encode(question);
    return guarded((of) => {
      const { exports } = of;
      const place = exports.allocate(input.length);
      bytes(of, place, input.length).set(input);
      const packed = exports.answer(place, input.length);
      exports.release(place, input.length);
      const [at, length] = [Number(packed & 0xffff_ffffn), Number(packed >> 32n)];
      const text = decoder.decode(bytes(of, at, length));
      exports.release(at, length);
      return text;
    });
  }

  const answer = (question) => JSON.parse(answerText(stringify(question)));

  function ask(command, members) {
    const found = answer({ ...members, command });
    if (found.error !== undefined && found.kind !== undefined) {
      throw new AccessError(found.error, found.kind, found.offset);
    }
    return found;
  }

  const handles = new FinalizationRegistry(close);
  function close(held) {
    // A token may be closed already, and a discarded module has no tokens to release.
    if (held.handle !== 0 && held.of === engine) engine.exports.token_close(held.handle);
    held.handle = 0;
  }

  class Token {
    #text;
    #held;

    constructor(text) {
      if (typeof text !== "string") throw new TypeError("a token is a string");
      this.#text = text;
      this.#open();
      // `answer` reports the error, and takes questions that are too long for the quick way.
      if (this.#held.handle === 0) ask("redact", { token: text });
    }

    #open() {
      const handle = guarded((of) => {
        const length = write(of, this.#text);
        return length < 0 ? 0 : of.exports.token_open(of.scratch, length);
      });
      this.#held = { of: engine, handle };
      if (handle !== 0) handles.register(this, this.#held);
    }

    get text() {
      return this.#text;
    }

    check(operation, question = {}) {
      if (this.#held.of !== engine) this.#open();
      const quick = this.#held.handle === 0 ? undefined : line(operation, question);
      if (quick !== undefined) {
        const verdict = guarded((of) => {
          const length = write(of, quick.text);
          if (length < 0) return -1;
          const { handle } = this.#held;
          return of.exports.token_check(handle, of.scratch, length, quick.fields, quick.at);
        });
        if (verdict >= 0) return VERDICTS[verdict];
      }
      return this.explain(operation, question).verdict;
    }

    explain(operation, question = {}) {
      return ask("check", { ...timed(question), token: this.#text, operation });
    }

    missingGrant(operation, question = {}) {
      return ask("missing_grant", { ...timed(question), token: this.#text, operation });
    }

    inspect({ at, showSignature, ...others } = {}) {
      const options = { ...others, at: seconds(at), show_signature: showSignature };
      return ask("inspect", { ...options, token: this.#text });
    }

    lint() {
      return ask("lint", { token: this.#text }).findings;
    }

    reach(options = {}) {
      return ask("reach", { ...options, token: this.#text });
    }

    redact(options = {}) {
      return ask("redact", { ...options, token: this.#text });
    }

    grant(options = {}) {
      return ask("grant", { ...options, from_token: this.#text });
    }

    /** Frees the memory now. The token can still answer questions, but more slowly. */
    free() {
      close(this.#held);
    }

    // A token is a credential, so it must not appear in a log.
    toString() {
      return `[Token of ${this.#text.length} characters]`;
    }

    toJSON() {
      return this.toString();
    }

    [Symbol.for("nodejs.util.inspect.custom")]() {
      return this.toString();
    }
  }
  if (Symbol.dispose) Token.prototype[Symbol.dispose] = Token.prototype.free;

  const text = (token) => (token instanceof Token ? token.text : token);
  return {
    AccessError,
    Token,
    answer,
    answerText,
    request: (pasted, { tokenAtHand, token, ...options } = {}) =>
      ask("request", {
        ...timed(options), pasted, token: text(token), token_at_hand: text(tokenAtHand),
      }),
    diff: (old, changed) => ask("diff", { old: text(old), new: text(changed) }),
    grant: (body) => ask("grant", { body }),
    learn: (observations, options = {}) => ask("learn", { ...options, observations }),
    matches: (pattern, names) => ask("match", { pattern, names }).matches,
    operations: () => ask("operations", {}).operations,
  };
}

// Question as JSON. A time beyond the numbers of JavaScript is a bigint, and stands as text. Other
// values that JSON cannot hold would be left out, and with them a user or a policy. They are
// replaced with a value that the library rejects everywhere.
function stringify(question) {
  return JSON.stringify(question, (key, value) => {
    if (typeof value === "bigint" && key === "at") return `${value}`;
    const isLost = ["bigint", "function", "symbol"].includes(typeof value)
      || (typeof value === "number" && !Number.isFinite(value));
    return isLost ? [[]] : value;
  });
}

// Unix seconds, or a value that `answer` reads as a time or refuses.
function seconds(at) {
  if (at === undefined || at === null) return Math.floor(Date.now() / 1000);
  return at instanceof Date ? Math.floor(at.getTime() / 1000) : at;
}

function timed({ userId, at, ...others }) {
  return { ...others, user_id: userId, at: seconds(at) };
}

// The line for the quick way, unless `answer` has to take the question.
function line(operation, question) {
  let at = seconds(question.at);
  if (Number.isSafeInteger(at)) at = BigInt(at);
  if (typeof at !== "bigint" || at < 0n || at > LARGEST_QUICK_TIME) return undefined;
  let text = operation;
  let fields = 1;
  // Faster than `Object.keys`. `answer` reads no inherited members, so neither does this.
  for (const key in question) {
    if (!Object.hasOwn(question, key)) continue;
    const value = question[key];
    if (key === "at" || value === undefined || value === null) continue;
    const kind = KINDS[key];
    if (key === "userId" && typeof value === "string") {
      text += `\n=${value}`;
      fields += 1;
    } else if (kind !== undefined && Array.isArray(value)) {
      for (const name of value) {
        if (typeof name !== "string") return undefined;
        text += `\n${kind}${name}`;
      }
      fields += value.length;
    } else {
      return undefined;
    }
  }
  return typeof operation !== "string" || !isWellFormed(text) ? undefined : { text, fields, at };
}
