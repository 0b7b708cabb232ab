// Removes the random parts of requests, so that two runs can be compared.

/** The parts that differ between any two requests. */
const RANDOM = /([?&](?:requestid|instanceid|timestamp|signature)=)[^&]*/g;
/** Headers that describe the body or the wanted answer. */
const HEADERS = [
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-length',
  'content-type',
  'if-match',
  'user-agent',
];

const boundary = ({ headers }) => /boundary=(.*)/.exec(headers['content-type'] ?? '')?.[1];

export const withoutRandom = (url) => url.replace(RANDOM, '$1*');

/** A URL whose path has no escapes of characters that need none (RFC 3986, section 2.3). */
const decoded = (url) => {
  const [path, ...query] = url.split('?');
  const plain = path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escape;
  });
  return [plain, ...query].join('?');
};

/** A request as text, one line for each of its parts. */
function text(request, decodes) {
  const random = boundary(request);
  const plain = (text) => (random ? text.replaceAll(random, '*') : text);
  const headers = HEADERS.filter((name) => request.headers[name] !== undefined)
    // A body whose length is known can be sent with it or in chunks.
    .filter((name) => name !== 'content-length' || request.headers[name] !== '0')
    .map((name) => `${name}: ${plain(request.headers[name])}`);
  const body = plain(request.body.toString('latin1'));
  const url = withoutRandom(decodes ? decoded(request.url) : request.url);
  return [`${request.method} ${url}`, ...headers, ...(body ? [body] : [])].join('\n');
}

/** The differences between requests in any order; `undefined` if there are none. */
export function difference(expected, found, decodes) {
  const left = expected.map((one) => text(one, decodes)).sort();
  const right = found.map((one) => text(one, decodes)).sort();
  const missing = left.filter((one, at) => one !== right[at]);
  const extra = right.filter((one, at) => one !== left[at]);
  if (missing.length === 0 && extra.length === 0) return undefined;
  const show = (label, list) => list.map((one) => `${label} ${JSON.stringify(one.slice(0, 600))}`);
  return [...show('expected', missing), ...show('arrived ', extra)].join('\n    ');
}

/** Lists compared in any order. */
export const sameList = (one, other) => JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
