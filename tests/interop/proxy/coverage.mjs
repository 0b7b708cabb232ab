// Checks that every method and every request of the SDK has a case, by listing them from the SDK
// itself.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { CASES, OPERATIONS, SENDS_NOTHING } from './operations.mjs';
import { client } from './sdk.mjs';

/** The methods and accessors of an object, as `Class.name`, by the class that has them. */
function members(object) {
  const found = [];
  for (let type = Object.getPrototypeOf(object); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    const names = Object.getOwnPropertyNames(type).filter((name) => name !== 'constructor');
    found.push(...names.map((name) => `${type.constructor.name.replace('PubNubCore', 'PubNub')}.${name}`));
  }
  return found;
}

/** Everything that can be called, by the class that has it. */
function surface() {
  const pubnub = client('http://127.0.0.1:1');
  const set = pubnub.subscriptionSet({ channels: ['a'] });
  const entities = [
    pubnub.channel('a'),
    pubnub.channelGroup('a'),
    pubnub.channelMetadata('a'),
    pubnub.userMetadata('a'),
  ];
  const parts = [pubnub.objects, pubnub.channelGroups, pubnub.push];
  // Some classes give an instance its methods one by one.
  const own = Object.getOwnPropertyNames(pubnub)
    .filter((name) => typeof pubnub[name] === 'function')
    .map((name) => `PubNub.${name}`);
  return new Set([...own, ...[pubnub, set, entities[0].subscription(), ...entities, ...parts].flatMap(members)]);
}

/** The classes of requests in the SDK's files. */
function requests() {
  const require = createRequire(import.meta.url);
  const endpoints = join(dirname(require.resolve('pubnub/package.json')), 'lib/core/endpoints');
  const files = readdirSync(endpoints, { recursive: true }).filter((name) => name.endsWith('.js'));
  const names = files.flatMap((name) => Object.keys(require(join(endpoints, name))));
  return new Set(names.filter((name) => /Request$|^(List|RemoveMessage)/.test(name)));
}

/** Base classes, and classes that are not sent themselves. */
const NOT_SENT = [
  'BaseSubscribeRequest',
  'BasePushNotificationChannelsRequest',
  'GetFileDownloadUrlRequest',
  'SendFileRequest',
];

/** The problems of the list of cases. */
export function gaps() {
  const covered = new Set(CASES.flatMap((one) => one.covers));
  const silent = new Set(Object.values(SENDS_NOTHING).flatMap((names) => names.trim().split(/\s+/)));
  const present = surface();
  const recognised = new Set(CASES.flatMap((one) => one.operations));
  return [
    ...[...present].filter((name) => !covered.has(name) && !silent.has(name)).map((name) => `no case for ${name}`),
    ...[...covered, ...silent].filter((name) => !present.has(name)).map((name) => `the SDK has no ${name}`),
    ...[...covered].filter((name) => silent.has(name)).map((name) => `${name} has a case, and is said to send nothing`),
    ...OPERATIONS.filter((id) => !recognised.has(id)).map((id) => `no case for the operation ${id}`),
    ...[...recognised].filter((id) => id && !OPERATIONS.includes(id)).map((id) => `no such operation: ${id}`),
  ];
}

/** The requests that the SDK has, but that no case sent. */
export function unsent(sent) {
  const classes = [...requests()].filter((name) => !sent.has(name) && !NOT_SENT.includes(name));
  return classes.map((name) => `nothing was sent with ${name}`);
}
