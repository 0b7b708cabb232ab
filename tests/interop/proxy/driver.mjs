// Runs every operation of the SDK against the stub: directly, through the gateway's reverse proxy,
// and through each proxy that asks the gateway. README.md says how to start it.

import { isDeepStrictEqual, parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';

import { difference, sameList, withoutRandom } from './compare.mjs';
import { gaps, unsent } from './coverage.mjs';
import { CREDENTIALS } from './credentials.mjs';
import { forwarded, recognisable, variants, verdicts, wrongBody } from './expected.mjs';
import { PROXIES, STYLES, ask, startGateway, startProxy } from './gateway.mjs';
import { CASES } from './operations.mjs';
import { perform, requestClasses, version } from './sdk.mjs';
import { Stub } from './stub.mjs';

const { values: options } = parseArgs({
  options: {
    through: { type: 'string', default: 'all' },
    gateway: {
      type: 'string',
      default: fileURLToPath(
        new URL('../../../gateway/target/debug/pubnub-access-gateway', import.meta.url),
      ),
    },
    enforce: { type: 'string', default: 'denials' },
    only: { type: 'string', default: '' },
    print: { type: 'string' },
  },
});

/** The requests that may pass although the first operation of a case is denied, since the SDK sends them separately. */
const BESIDE = { subscribe: ['heartbeat', 'unsubscribe'] };

class Run {
  failures = [];
  counts = { cases: 0, forwarded: 0, refused: 0, asked: 0 };

  constructor(through, stub, gateway) {
    Object.assign(this, { through, stub, gateway, seesBody: PROXIES[through]?.seesBody ?? true });
  }

  fail(name, ...what) {
    this.failures.push(`${name}: ${what.join('\n    ')}`);
  }

  /** The operations in the headers that the stub received. */
  recognised(arrived) {
    return arrived.map(({ headers }) => headers['x-pubnub-access-operation'] || null);
  }

  async case(one) {
    this.counts.cases += 1;
    for (const variant of this.through === 'none' ? variants(one).slice(0, 1) : variants(one)) {
      const name = `${one.name} (${variant.label})`;
      try {
        await this.variant(name, one, variant);
      } catch (error) {
        this.fail(name, error.stack);
      }
    }
  }

  async variant(name, one, variant) {
    const { stub, gateway } = this;
    const configuration = { ...one.configuration, token: one.signed ? undefined : variant.token };
    const direct = await perform(one.run, stub, stub.origin, configuration);
    if (direct.failure) return this.fail(name, 'fails without a gateway', JSON.stringify(direct.failure));
    if (one.operations.length !== direct.arrived.length) {
      return this.fail(
        name,
        `${direct.arrived.length} requests`,
        ...direct.arrived.map(({ method, url }) => `${method} ${url}`),
      );
    }
    if (this.through === 'none') {
      this.counts.forwarded += 1;
      this.note(one, direct.arrived);
      return undefined;
    }
    const right = verdicts(one, variant, this.seesBody);
    const result = await perform(one.run, stub, gateway.origin, configuration);
    if (forwarded(right, one, options.enforce)) this.wentOn(name, one, right, direct, result);
    else this.wasRefused(name, one, variant, result);
    if (gateway.auth && !one.operations.includes('heartbeat')) await this.asked(name, one, variant, direct.arrived[0]);
    return undefined;
  }

  wentOn(name, one, right, direct, { value, failure, arrived }) {
    this.counts.forwarded += 1;
    if (failure) return this.fail(name, `refused: ${JSON.stringify(failure)}`);
    const differs = difference(direct.arrived, arrived, PROXIES[this.through]?.decodes);
    if (differs) this.fail(name, 'did not arrive as it was sent', differs);
    if (!isDeepStrictEqual(value, direct.value)) {
      this.fail(name, `gave ${JSON.stringify(value)}`, `expected ${JSON.stringify(direct.value)}`);
    }
    const found = this.recognised(arrived);
    const expected = recognisable(one, this.seesBody);
    if (!sameList(found, expected)) this.fail(name, `recognised ${found}`, `expected ${expected}`);
    const said = arrived.map(({ headers }) => headers['x-pubnub-access-verdict']);
    if (one.operations.length === 1 && !right.includes(said[0])) {
      this.fail(name, `judged ${said[0]}`, `expected ${right.join(' or ')}`);
    }
    return undefined;
  }

  wasRefused(name, one, variant, { failure, arrived, value }) {
    this.counts.refused += 1;
    if (!failure) return this.fail(name, `went on, and gave ${JSON.stringify(value)}`);
    const { category, statusCode, errorData } = failure;
    if (category !== 'PNAccessDeniedCategory' || statusCode !== 403) {
      return this.fail(name, `the SDK reports ${category}, status ${statusCode}`, JSON.stringify(errorData));
    }
    const wrong = wrongBody(errorData, variant, one, this.seesBody);
    if (wrong) this.fail(name, `refused with ${wrong}`, JSON.stringify(errorData));
    const allowed = BESIDE[one.operations[0]] ?? [];
    const others = this.recognised(arrived).filter((id) => !allowed.includes(id));
    // If the gateway rejects all doubts, it may reject a later request of a case.
    const gradual = one.gradual || (options.enforce === 'permissions' && one.operations.length > 1);
    if (others.length > 0 && !gradual)
      this.fail(name, 'refused, and yet something arrived', ...arrived.map(({ url }) => url));
    return undefined;
  }

  /** Asks about a request in the style of each proxy. */
  async asked(name, one, variant, request) {
    const right = verdicts(one, variant, false);
    for (const style of Object.keys(STYLES)) {
      this.counts.asked += 1;
      const answer = await ask(this.gateway.auth, style, request);
      const problem = this.wrongAnswer(answer, right, one, variant);
      if (problem) this.fail(`${name}, asked as ${style} does`, problem, JSON.stringify(answer));
    }
  }

  wrongAnswer({ status, verdict, operation, header, body }, right, one, variant) {
    if (!right.includes(verdict)) return `judged ${verdict}, expected ${right.join(' or ')}`;
    const [expected] = recognisable(one, false);
    if ((operation || null) !== expected) return `recognised ${operation}, expected ${expected}`;
    const goesOn = forwarded([verdict], one, options.enforce);
    if (status !== (goesOn ? 200 : 403)) return `answered ${status}`;
    if (goesOn) return undefined;
    if (!/^[\x20-\x7e]+$/.test(header)) return 'the header is not in ASCII';
    if (!isDeepStrictEqual(JSON.parse(header), JSON.parse(body))) return 'the header is not the body';
    return wrongBody(JSON.parse(header), variant, one, false);
  }

  /** Runs one case of the list of credentials. */
  async credential(one) {
    this.counts.cases += 1;
    const name = `credential: ${one.name}`;
    const { stub, gateway } = this;
    const configuration = { ...one.configuration, token: one.token };
    const call = async (origin) => {
      stub.refusal = one.refusal;
      return perform(one.run, stub, origin, configuration).finally(() => {
        stub.refusal = undefined;
      });
    };
    const direct = await call(stub.origin);
    if (direct.arrived.length !== 1) return this.fail(name, `${direct.arrived.length} requests without a gateway`);
    if (this.through === 'none') {
      this.counts.forwarded += 1;
      return undefined;
    }
    if (gateway.auth && one.verdict) {
      this.counts.asked += 1;
      const { verdict } = await ask(gateway.auth, 'nginx', direct.arrived[0]);
      if (verdict !== one.verdict) this.fail(name, `judged ${verdict}, expected ${one.verdict}`);
    }
    const result = await call(gateway.origin);
    const { failure, arrived } = result;
    if (one.signed || forwarded([one.verdict], one, options.enforce)) {
      this.counts.forwarded += 1;
      const differs = difference(direct.arrived, arrived, PROXIES[this.through]?.decodes);
      if (differs) this.fail(name, 'did not arrive as it was sent', differs);
      const operation = this.recognised(arrived)[0];
      if (arrived.length === 1 && operation !== one.operation && !one.ambiguous)
        this.fail(name, `recognised ${operation}`);
      if (!isDeepStrictEqual([failure, result.value], [direct.failure, direct.value])) {
        this.fail(
          name,
          `ended with ${JSON.stringify(failure ?? result.value)}`,
          `expected ${JSON.stringify(direct.failure ?? direct.value)}`,
        );
      }
      return undefined;
    }
    this.counts.refused += 1;
    if (arrived.length > 0) this.fail(name, 'refused, and yet something arrived');
    if (failure?.category !== 'PNAccessDeniedCategory' || failure.statusCode !== 403) {
      return this.fail(name, `not reported as access denied: ${JSON.stringify(failure ?? result.value)}`);
    }
    const { message, payload } = failure.errorData ?? {};
    const wrongMessage = one.message !== undefined && message !== one.message;
    const wrongPayload = 'payload' in one && !isDeepStrictEqual(payload, one.payload);
    if (wrongMessage || (one.verdict === 'deny' && wrongPayload))
      this.fail(name, `refused with ${JSON.stringify(failure.errorData)}`);
    return undefined;
  }

  /** Keeps the request lines, for `--print`. */
  note({ name, operations }, arrived) {
    const ids = [...new Set(operations)].map((id) => id ?? 'none').join(' or ');
    for (const { method, url, body, headers } of arrived) {
      const line = `${method} ${withoutRandom(url).replace(/auth=[\w%-]{60,}/, 'auth={token}')}`;
      const encoding = headers['content-encoding'];
      const text = encoding ? `[${encoding}]` : body.toString().slice(0, 400).replace(/\s+/g, ' ');
      lines.add([name, ids, line, text].filter(Boolean).join('\t'));
    }
  }

  async all() {
    const started = Date.now();
    for (const one of CASES.filter(({ name }) => name.includes(options.only))) await this.case(one);
    for (const one of CREDENTIALS.filter(({ name }) => name.includes(options.only))) {
      try {
        await this.credential(one);
      } catch (error) {
        this.fail(`credential: ${one.name}`, error.stack);
      }
    }
    const { cases, forwarded, refused, asked } = this.counts;
    if (cases === 0) this.fail(options.only, 'no case has this in its name');
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const way = this.through === 'none' ? 'no gateway' : `${this.through}, enforcing ${options.enforce}`;
    const asking = asked ? `, ${asked} asked by sub-request` : '';
    for (const failure of this.failures) console.log(`FAILED ${this.through}: ${failure}`);
    const calls = `${forwarded} calls allowed, ${refused} denied${asking}`;
    console.log(`${way}: ${cases} cases, ${calls}, ${this.failures.length} failures, ${seconds} s`);
    return this.failures.length;
  }
}

const lines = new Set();

/** Runs everything through one route, and returns the number of failures. */
async function run(through) {
  const stub = await Stub.start();
  const started = [];
  try {
    if (through === 'none') return await new Run(through, stub).all();
    const args = ['--enforce', options.enforce];
    const gateway = await startGateway(options.gateway, {
      upstream: through === 'proxy' ? stub.origin : undefined,
      args,
    });
    started.push(gateway);
    if (through === 'proxy') return await new Run(through, stub, gateway).all();
    const proxy = await startProxy(through, gateway.auth, stub.origin);
    started.push(proxy);
    return await new Run(through, stub, { origin: proxy.origin }).all();
  } finally {
    for (const one of started.reverse()) await one.stop();
    stub.stop();
  }
}

const problems = gaps();
const WAYS = ['none', 'proxy', ...Object.keys(PROXIES)];
const ways = options.through === 'all' ? WAYS : options.through.split(',');
for (const way of ways) if (!WAYS.includes(way)) throw new Error(`no such way: ${way}, expected ${WAYS}, or all`);
let failures = 0;
for (const way of ways) failures += await run(way);
if (!options.only) problems.push(...unsent(requestClasses));
for (const problem of problems) console.log(`FAILED coverage: ${problem}`);
const held = failures + problems.length === 0;
console.log(`JavaScript SDK ${version}, ${requestClasses.size} kinds of requests: ${held ? 'all held' : 'FAILED'}`);
if (options.print) writeFileSync(options.print, `${[...lines].join('\n')}\n`);
process.exit(held ? 0 : 1);
