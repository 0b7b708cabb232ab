// The JavaScript SDK's reading of tokens. Reads a token as a JSON string from each line, and prints
// a line with its content. The argument selects the SDK's build: `node` or `browser`, which have
// different CBOR decoders.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const BUILDS = { node: 'pubnub', browser: 'pubnub/dist/web/pubnub.js' };
const KINDS = { chan: 'channels', grp: 'groups', uuid: 'uuids' };

const PubNub = createRequire(import.meta.url)(BUILDS[process.argv[2]]);
const sdk = new PubNub({ subscribeKey: 'demo', userId: 'reader' });

function sorted(object) {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

function value(of) {
  if (Number.isInteger(of)) return BigInt(of).toString();
  if (typeof of === 'string') return JSON.stringify(of);
  if (of instanceof Uint8Array) return `bytes ${Buffer.from(of).toString('hex')}`;
  if (Array.isArray(of)) return `[${of.map(value).join(', ')}]`;
  if (of instanceof Date) return `date ${of.getTime()}`;
  if (typeof of === 'object' && of !== null) {
    return `{${sorted(of)
      .map(([key, item]) => `${JSON.stringify(key)}: ${value(item)}`)
      .join(', ')}}`;
  }
  return String(of);
}

function permissions(granted) {
  const names = Object.keys(granted).filter((name) => granted[name]);
  return names.join('+') || 'nothing';
}

function reading(token) {
  const parts = [`v ${value(token.version)}`, `t ${value(token.timestamp)}`, `ttl ${value(token.ttl)}`];
  if (token.authorized_uuid !== undefined && token.authorized_uuid !== null) {
    parts.push(`user ${value(token.authorized_uuid)}`);
  }
  for (const [section, grants] of Object.entries({ res: token.resources, pat: token.patterns })) {
    for (const [kind, plural] of Object.entries(KINDS)) {
      for (const [name, granted] of sorted(grants?.[plural] ?? {})) {
        parts.push(`${section} ${kind} ${JSON.stringify(name)} ${permissions(granted)}`);
      }
    }
  }
  const { meta = {} } = token;
  if (Object.getPrototypeOf(meta) !== Object.prototype) parts.push(`meta ${value(meta)}`);
  else for (const [key, item] of sorted(meta)) parts.push(`meta ${JSON.stringify(key)} ${value(item)}`);
  return parts.join(', ');
}

function read(text) {
  try {
    const token = sdk.parseToken(text);
    return token === undefined ? 'refused' : reading(token);
  } catch {
    return 'refused';
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(read(JSON.parse(line)));
process.exit();
