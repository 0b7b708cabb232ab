// Unusual or faulty credentials, connections and requests. `verdict` is the gateway's expected
// verdict, `message` that of the refusal.

import { randomBytes } from 'node:crypto';

import { ALL, READ, WRITE, mint } from './token.mjs';

const DAY = 24 * 60 * 60;
const now = Math.floor(Date.now() / 1000);
const writes = { chan: { room: WRITE } };
const reads = { chan: { room: READ } };
const publish = (pubnub) => pubnub.publish({ channel: 'room', message: 'hi' });
// Enough entries for a text of about 24 KiB.
const many = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`another-channel-${at}`, ALL]));
const noise = randomBytes(200_000).toString('base64');

const published = { operation: 'publish', run: publish };
const FORBIDDEN = { message: 'Forbidden', payload: undefined };

export const CREDENTIALS = [
  {
    name: 'expired',
    ...published,
    token: mint({ res: writes, issued: now - DAY }),
    verdict: 'deny',
    message: 'Token is expired.',
  },
  {
    name: 'issued in the future',
    ...published,
    token: mint({ res: writes, issued: now + DAY }),
    verdict: 'indeterminate',
  },
  { name: 'of another user', ...published, token: mint({ res: writes, user: 'bob' }), verdict: 'deny', ...FORBIDDEN },
  {
    name: 'of a user in another case',
    ...published,
    token: mint({ res: writes, user: 'Alice' }),
    verdict: 'deny',
    ...FORBIDDEN,
  },
  { name: 'of the user', ...published, token: mint({ res: writes, user: 'alice' }), verdict: 'allow' },
  ...['ä ö+/&=?#%', 'alice@example.com', 'a/../b'].map((userId) => ({
    name: `of the user ${userId}`,
    ...published,
    configuration: { userId },
    token: mint({ res: writes, user: userId }),
    verdict: 'allow',
  })),
  { name: 'none', ...published, verdict: 'indeterminate' },
  { name: 'a key of version 2', ...published, configuration: { authKey: 'my-key/1 +' }, verdict: 'indeterminate' },
  { name: 'a token set as a key', ...published, configuration: { authKey: mint({ res: writes }) }, verdict: 'allow' },
  {
    name: 'a token set as a key, that denies',
    ...published,
    configuration: { authKey: mint({ res: reads }) },
    verdict: 'deny',
    message: 'Forbidden',
    payload: { channels: ['room'] },
  },
  { name: 'without padding', ...published, token: mint({ res: writes, padded: false }), verdict: 'allow' },
  { name: 'with keys of text', ...published, token: mint({ res: writes, textKeys: true }), verdict: 'allow' },
  {
    name: 'with metadata',
    ...published,
    token: mint({ res: writes, meta: { a: 'b', c: [1, 'd'] } }),
    verdict: 'allow',
  },
  { name: 'cut short', ...published, token: mint({ res: writes }).slice(0, -8), verdict: 'indeterminate' },
  { name: 'long', ...published, token: mint({ res: { chan: { ...many, room: WRITE } } }), verdict: 'allow' },
  {
    name: 'long, and denies',
    ...published,
    token: mint({ res: { chan: many } }),
    verdict: 'deny',
    message: 'Forbidden',
    payload: { channels: ['room'] },
  },
  { name: 'a signature', ...published, configuration: { secretKey: 'sec-c-demo' }, signed: true },
  // The SDK sends both.
  {
    name: 'a signature and a token',
    ...published,
    configuration: { secretKey: 'sec-c-demo' },
    token: mint({ res: reads }),
    signed: true,
  },

  // An operation that needs nothing. Nobody documents whether the service checks its token at all.
  {
    name: 'expired, for whereNow',
    operation: 'where-now',
    run: (pubnub) => pubnub.whereNow({ uuid: 'bob' }),
    token: mint({ issued: now - DAY }),
    verdict: 'indeterminate',
  },
  {
    name: 'expired, for leave',
    operation: 'unsubscribe',
    token: mint({ issued: now - DAY }),
    verdict: 'indeterminate',
    run: (pubnub, helpers) => {
      pubnub.leave({ channels: ['room'] });
      return helpers.arrived(1);
    },
  },
  // The SDK sends no token with it.
  {
    name: 'expired, for time',
    operation: 'time',
    run: (pubnub) => pubnub.time(),
    token: mint({ issued: now - DAY }),
    verdict: 'allow',
  },

  // Bodies that no proxy holds in memory.
  ...[
    ['allow', writes],
    ['deny', reads],
  ].map(([verdict, res]) => ({
    name: `a large body, ${verdict}`,
    operation: 'publish',
    token: mint({ res }),
    verdict,
    message: 'Forbidden',
    payload: { channels: ['room'] },
    run: (pubnub) => pubnub.publish({ channel: 'room', message: noise, sendByPost: true }),
  })),
  // Some servers would read these differently: as another path, or decoded twice. So nothing is
  // certain about them, and no operation has to be recognised.
  ...[
    ['a message with dots that leave it', (pubnub) => pubnub.publish({ channel: 'room', message: 'a/../../../b' })],
    ['a channel that decodes twice', (pubnub) => pubnub.publish({ channel: 'room%41', message: 'hi' })],
    ['a user that decodes twice', publish, { userId: 'alice%41' }],
  ].map(([name, run, configuration]) => ({
    name,
    run,
    configuration,
    operation: 'publish',
    ambiguous: true,
    token: mint({ res: { chan: { room: WRITE, 'room%41': WRITE } } }),
    verdict: 'indeterminate',
  })),
  // The service's answers come back unchanged, including its own refusals.
  {
    name: 'allowed here, refused by the service',
    ...published,
    token: mint({ res: writes }),
    verdict: 'allow',
    refusal: {
      message: 'Forbidden',
      payload: { channels: ['of the service'] },
      error: true,
      service: 'Access Manager',
      status: 403,
    },
  },
].map((one) => ({ configuration: {}, ...one }));
