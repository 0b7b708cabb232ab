// Requests without what is random in them, so that two runs can be compared.

/** What differs from one request to the next, whatever is asked. */
const RANDOM = /([?&](?:requestid|instanceid|timestamp|signature)=)[^&]*/g;
/** Headers that say what the body is, or what answer is wanted. */
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

/** A request as text, one line for each of its parts. */
function text(request) {
  const random = boundary(request);
  const plain = (text) => (random ? text.replaceAll(random, '*') : text);
  const headers = HEADERS.filter((name) => request.headers[name] !== undefined)
    // A body whose length is known can be sent with it or in chunks.
    .filter((name) => name !== 'content-length' || request.headers[name] !== '0')
    .map((name) => `${name}: ${plain(request.headers[name])}`);
  const body = plain(request.body.toString('latin1'));
  return [`${request.method} ${withoutRandom(request.url)}`, ...headers, ...(body ? [body] : [])].join('\n');
}

/** How requests differ from others, in whatever order; `undefined` if they do not. */
export function difference(expected, found) {
  const left = expected.map(text).sort();
  const right = found.map(text).sort();
  const missing = left.filter((one, at) => one !== right[at]);
  const extra = right.filter((one, at) => one !== left[at]);
  if (missing.length === 0 && extra.length === 0) return undefined;
  const show = (label, list) => list.map((one) => `${label} ${JSON.stringify(one.slice(0, 600))}`);
  return [...show('expected', missing), ...show('arrived ', extra)].join('\n    ');
}

/** Lists compared in any order. */
export const sameList = (one, other) => JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
