// An encoder of Access Manager v3 tokens: base64url of one CBOR map. It is written from the description of the format
// and shares nothing with the Rust code, so that both cannot be wrong in the same way.

export const READ = 1;
export const WRITE = 2;
export const MANAGE = 4;
export const DELETE = 8;
export const GET = 32;
export const UPDATE = 64;
export const JOIN = 128;
export const ALL = 255;

/** The first bytes of a CBOR item: its major type and a number. */
function head(major, number) {
  if (number < 24) return Buffer.of((major << 5) | number);
  if (number < 0x100) return Buffer.of((major << 5) | 24, number);
  if (number < 0x10000) return Buffer.of((major << 5) | 25, number >> 8, number & 0xff);
  const bytes = Buffer.of((major << 5) | 26, 0, 0, 0, 0);
  bytes.writeUInt32BE(number, 1);
  return bytes;
}

function cbor(value) {
  if (typeof value === 'number') return head(0, value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)]);
  throw new TypeError(`no CBOR for ${value}`);
}

/**
 * A token. `res` and `pat` are `{ chan: { name: mask }, grp: ..., uuid: ... }`, `cat` is `{ chan: mask, uuid: mask }`,
 * `user` is the authorized user id. The service writes its own keys as bytes; `textKeys` writes them as text, as
 * hand-made tokens have them.
 */
export function mint({
  issued,
  ttl = 60,
  res = {},
  pat = {},
  cat,
  meta = {},
  user,
  textKeys = false,
  padded = true,
} = {}) {
  const key = (text) => (textKeys ? text : Buffer.from(text));
  const map = (object, keyOf = key) => new Map(Object.entries(object).map(([name, value]) => [keyOf(name), value]));
  const names = (object) => map(object, (name) => name);
  const kinds = (byKind) => {
    const all = { chan: {}, grp: {}, usr: {}, spc: {}, uuid: {}, ...byKind };
    return map(Object.fromEntries(Object.entries(all).map(([kind, masks]) => [kind, names(masks)])));
  };
  const token = new Map([
    [key('v'), 2],
    [key('t'), issued ?? Math.floor(Date.now() / 1000) - 30],
    [key('ttl'), ttl],
    [key('res'), kinds(res)],
    [key('pat'), kinds(pat)],
    ...(cat ? [[key('cat'), map(cat)]] : []),
    [key('meta'), names(meta)],
    ...(user === undefined ? [] : [[key('uuid'), user]]),
    [key('sig'), Buffer.alloc(32, 7)],
  ]);
  const text = cbor(token).toString('base64url');
  return padded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
}
