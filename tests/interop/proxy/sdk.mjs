// The SDK under test. Records every request that it sends, and the result of each call.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The SDK's requests since the last `watch`: `{ method, url, status, text, error }`, the last three once known. */
let sent = [];

// The SDK looks up the global at each request, so this sees all of them. It changes none.
const realFetch = globalThis.fetch;
globalThis.fetch = async (request, options) => {
  const entry = { method: request.method, url: request.url };
  sent.push(entry);
  try {
    const response = await realFetch(request, options);
    // The text comes first, so that a status never appears without it.
    entry.text = await response.clone().text();
    entry.status = response.status;
    return response;
  } catch (error) {
    entry.error = error;
    throw error;
  }
};

export const PubNub = require('pubnub');
export const version = require('pubnub/package.json').version;

/** The request classes that the SDK sent anything with. */
export const requestClasses = new Set();

const core = Object.getPrototypeOf(PubNub.prototype);
const { sendRequest } = core;
core.sendRequest = function (request, ...rest) {
  requestClasses.add(request.constructor.name);
  return sendRequest.call(this, request, ...rest);
};

export const SUBSCRIBE_KEY = 'sub-c-demo';
export const PUBLISH_KEY = 'pub-c-demo';

export function client(origin, { token, ...configuration } = {}) {
  const pubnub = new PubNub({
    subscribeKey: SUBSCRIBE_KEY,
    publishKey: PUBLISH_KEY,
    userId: 'alice',
    origin: new URL(origin).host,
    ssl: false,
    ...configuration,
  });
  if (token) pubnub.setToken(token);
  return pubnub;
}

const sleep = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

export async function until(condition, what, milliseconds = 5000) {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(2);
  }
}

/** A timeout for calls that never end. Everything is fast here. */
const tooLate = () => new Promise((_, reject) => setTimeout(reject, 10_000, new Error('the call did not end')).unref());

/** The reason why a call failed, from the SDK's report: an error with a status, or a status. */
function failure(reported) {
  const status = reported?.status ?? reported;
  if (status?.category === undefined) throw reported;
  return { category: status.category, statusCode: status.statusCode, errorData: status.errorData };
}

const requestId = (url) => /[?&]requestid=([^&]*)/.exec(url)?.[1];

/** The ids of requests of cases that have ended. */
const earlier = new Set();

/** The requests that arrived since then, without those that an earlier case gave up: a proxy may still forward them. */
const arrivedAt = (stub) => stub.arrived.filter(({ url }) => !earlier.has(requestId(url)));

/** The helpers of a case besides the client. */
class Helpers {
  constructor(pubnub, stub) {
    this.pubnub = pubnub;
    this.stub = stub;
  }

  /** Waits for a number of requests. Calls that report nothing, and refusals, show only by this. */
  async arrived(count) {
    const refused = () => sent.find((entry) => entry.status >= 400);
    await until(() => arrivedAt(this.stub).length >= count || refused(), `${count} requests`);
    if (!refused()) return;
    const { status, text } = refused();
    const category = status === 403 ? 'PNAccessDeniedCategory' : 'PNUnknownCategory';
    throw { category, statusCode: status, errorData: JSON.parse(text) };
  }

  /** A call of the kind that takes a callback. */
  callback(call) {
    return new Promise((resolve, reject) => {
      call((status, response) => (status.error ? reject({ status }) : resolve(response)));
    });
  }

  /** Subscribes, and waits for the connection and then for the message that the stub sends. */
  async connected(subscribe) {
    const { pubnub } = this;
    const message = new Promise((resolve) => pubnub.addListener({ message: resolve }));
    await new Promise((resolve, reject) => {
      pubnub.addListener({
        status: (status) => {
          if (status.category === 'PNConnectedCategory') resolve();
          else if (status.category === 'PNConnectionErrorCategory') reject(this.connectionError(status));
          else if (status.error) reject({ status });
        },
      });
      subscribe(pubnub);
    });
    return (await message).message;
  }

  /**
   * The reason why a connection failed. A listener receives only the category; the denied channels are kept in the
   * state that the failure led to.
   */
  connectionError(status) {
    const { reason } = this.pubnub.eventEngine.engine.currentContext;
    return { status: { ...reason.status, category: status.error } };
  }
}

/**
 * Makes one call. Returns its result (`value` or `failure`), what the SDK sent and what arrived at the stub.
 */
export async function perform(run, stub, origin, configuration) {
  stub.reset();
  sent = [];
  const mine = sent;
  const pubnub = client(origin, configuration);
  const outcome = {};
  try {
    outcome.value = await Promise.race([run(pubnub, new Helpers(pubnub, stub)), tooLate()]);
  } catch (error) {
    outcome.failure = failure(error);
  }
  // Does not notify the service, so that this adds no requests.
  pubnub.destroy(true);
  await until(() => mine.every((entry) => entry.status || entry.error), 'the end of all requests');
  const arrived = arrivedAt(stub);
  for (const { url } of mine) earlier.add(requestId(url));
  earlier.delete(undefined);
  return { ...outcome, sent: mine, arrived };
}
