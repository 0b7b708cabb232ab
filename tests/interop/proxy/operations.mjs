// Every operation of the SDK: its call, the operation to recognise, and the grants that it needs.
//
// A case: `name`, the SDK methods that it `covers`, the `operation` expected of each request (or `operations`, one for
// each, in any order; `null` where none is), what it `needs`, and `run`.
//
// `byBody`: only the body distinguishes two operations. `gradual`: the SDK asks in several
// requests, so that the first requests of a denied case may pass, and the refusal names a part.
// `unknown`: the requirements are not documented. `signed`: by a client with a secret key.
//
// A requirement: `{ kind, name, permission }`. With `inferred`, PubNub does not document it: a
// token without it is in doubt and not denied. With `body`, only the body has the name, and nginx
// does not pass bodies on.

import { DELETE, GET, JOIN, MANAGE, READ, UPDATE, WRITE } from './token.mjs';

/** Every operation of the table of permissions. Each has to be recognised in some case. */
export const OPERATIONS = `
  publish signal fire subscribe unsubscribe heartbeat here-now global-here-now where-now get-state set-state fetch-messages
  message-counts delete-messages send-file list-files download-file delete-file add-group-channels remove-group-channels
  list-group-channels delete-group list-groups set-user-metadata delete-user-metadata get-user-metadata
  get-all-user-metadata set-channel-metadata delete-channel-metadata get-channel-metadata get-all-channel-metadata
  set-channel-members remove-channel-members get-channel-members set-memberships remove-memberships get-memberships
  register-push-channels remove-push-channels list-push-channels remove-push-device add-message-action
  remove-message-action get-message-actions fetch-messages-with-actions time
`
  .trim()
  .split(/\s+/);

// Names with characters that are special in a URL, in JSON, or to PubNub.
const SPECIAL = ['a/b', 'ä ö 🎉', 'a%b', 'x+y', 'a&b=c?d#e', "it's (so)!*~", 'quote"back\\slash', 'semi;colon'];
const CHANNELS = [...SPECIAL, 'room.*', 'room-pnpres', 'leave', '0'];
const GROUPS = [...SPECIAL, 'ns:news', 'group-pnpres'];
const UUIDS = [...SPECIAL, 'bob@example.com', 'channels'];

const FILE = { id: 'file-1', name: 'cat.txt' };
const TIME = '17000000000000000';

const need = (kind, permission, names) => names.map((name) => ({ kind, name, permission }));
const channels = (permission, ...names) => need('chan', permission, names);
const groups = (permission, ...names) => need('grp', permission, names);
const uuids = (permission, ...names) => need('uuid', permission, names);
const inferred = (needs) => needs.map((one) => ({ ...one, inferred: true }));
const inBody = (needs) => needs.map((one) => ({ ...one, body: true }));

const cases = [];

function add(name, covers, operation, needs, run, more = {}) {
  cases.push({ name, covers: [covers].flat(), operations: [operation].flat(), needs, run, ...more });
}

/** A case for a plain name, and one for each special name. */
function addEach(plain, special, name, covers, operation, needs, run, more) {
  for (const one of [plain, ...special]) {
    add(
      one === plain ? name : `${name} ${one}`,
      covers,
      operation,
      needs(one),
      (pubnub, helpers) => run(pubnub, one, helpers),
      more,
    );
  }
}

/** An operation on one channel. */
function onChannel(name, covers, operation, permission, run, more) {
  addEach('room', CHANNELS, name, covers, operation, (channel) => channels(permission, channel), run, more);
}

/** An operation on one group. */
function onGroup(name, covers, operation, run) {
  addEach('group', GROUPS, name, covers, operation, (group) => groups(MANAGE, group), run);
}

/** An operation on one user. */
function onUuid(name, covers, operation, permission, run) {
  addEach('bob', UUIDS, name, covers, operation, (uuid) => uuids(permission, uuid), run);
}

/** An operation on many channels at once: one, several, and all the special ones. */
function onChannels(name, covers, operation, needs, run) {
  for (const [what, list] of [
    ['one', ['room']],
    ['several', ['a', 'b', 'c']],
    ['special', CHANNELS],
  ]) {
    add(`${name}, ${what}`, covers, operation, needs(list), (pubnub, helpers) => run(pubnub, list, helpers));
  }
}

// Publish, signal, fire.

const message = { text: 'hi' };
onChannel('publish', 'PubNub.publish', 'publish', WRITE, (pubnub, channel) => pubnub.publish({ channel, message }));
onChannel('publish by POST', 'PubNub.publish', 'publish', WRITE, (pubnub, channel) =>
  pubnub.publish({ channel, message, sendByPost: true }),
);
add('publish with everything', 'PubNub.publish', 'publish', channels(WRITE, 'room'), (pubnub) =>
  pubnub.publish({
    channel: 'room',
    message: 'a/b?c#d&e=f +%41',
    meta: { 'a&b': '/c' },
    ttl: 3,
    storeInHistory: false,
    customMessageType: 'a-type',
  }),
);
add('publish without replication', 'PubNub.publish', 'publish', channels(WRITE, 'room'), (pubnub) =>
  pubnub.publish({ channel: 'room', message, replicate: false }),
);
add('publish a long message', 'PubNub.publish', 'publish', channels(WRITE, 'room'), (pubnub) =>
  pubnub.publish({ channel: 'room', message: 'ä/"'.repeat(1000) }),
);
add('publish a long message by POST', 'PubNub.publish', 'publish', channels(WRITE, 'room'), (pubnub) =>
  pubnub.publish({ channel: 'room', message: Array.from({ length: 5000 }, (_, i) => i), sendByPost: true }),
);
onChannel('signal', 'PubNub.signal', 'signal', WRITE, (pubnub, channel) =>
  pubnub.signal({ channel, message: 'typing' }),
);
// The promise of `fire` never fails; the callback receives the error.
const fire = (parameters) => (pubnub, channel, helpers) =>
  helpers.callback((callback) => pubnub.fire({ channel, message, ...parameters }, callback));
addEach('room', CHANNELS, 'fire', 'PubNub.fire', 'fire', (channel) => inferred(channels(WRITE, channel)), fire({}));
add('fire by POST', 'PubNub.fire', 'fire', inferred(channels(WRITE, 'room')), (pubnub, helpers) =>
  fire({ sendByPost: true })(pubnub, 'room', helpers),
);

// Subscribe and unsubscribe. Connecting sends two requests at once, a subscribe and a heartbeat, then one for the message
// that the stub has, then one that waits.

const CONNECT = ['subscribe', 'heartbeat', 'subscribe', 'subscribe'];
const LEAVE = 'unsubscribe';

/** Subscribes with `subscribe`, and leaves with `leave`. */
const session =
  (subscribe, leave = (pubnub) => pubnub.unsubscribeAll(), count = CONNECT.length) =>
  async (pubnub, helpers) => {
    const message = await helpers.connected(subscribe);
    await helpers.arrived(count);
    leave(pubnub);
    await helpers.arrived(count + 1);
    return message;
  };

const SUBSCRIBE = [
  'PubNub.subscribe',
  'PubNub.unsubscribeAll',
  'PubNub.subscribeHandshake',
  'PubNub.subscribeReceiveMessages',
  'PubNub.join',
  'PubNub.leaveAll',
  'PubNub.registerEventHandleCapable',
  'PubNub.addListener',
];

onChannels(
  'subscribe to channels',
  SUBSCRIBE,
  [...CONNECT, LEAVE],
  (list) => channels(READ, ...list),
  (pubnub, list, helpers) => session((pubnub) => pubnub.subscribe({ channels: list }))(pubnub, helpers),
);
add(
  'subscribe to groups',
  SUBSCRIBE,
  [...CONNECT, LEAVE],
  groups(READ, 'g', 'h'),
  session((pubnub) => pubnub.subscribe({ channelGroups: ['g', 'h'] })),
);
add(
  'subscribe to special groups',
  SUBSCRIBE,
  [...CONNECT, LEAVE],
  groups(READ, ...GROUPS),
  session((pubnub) => pubnub.subscribe({ channelGroups: GROUPS })),
);
add(
  'subscribe to both, with presence',
  SUBSCRIBE,
  [...CONNECT, LEAVE],
  [...channels(READ, 'a', 'a-pnpres', 'b', 'b-pnpres'), ...groups(READ, 'g', 'g-pnpres')],
  session((pubnub) => pubnub.subscribe({ channels: ['a', 'b'], channelGroups: ['g'], withPresence: true })),
);
add(
  'subscribe with a filter, from a time',
  SUBSCRIBE,
  [...CONNECT, LEAVE],
  channels(READ, 'a'),
  session((pubnub) => pubnub.subscribe({ channels: ['a'], timetoken: TIME })),
  { configuration: { filterExpression: 'a == "b/c"' } },
);
add(
  'unsubscribe from one of two',
  ['PubNub.unsubscribe', 'PubNub.unregisterEventHandleCapable', 'PubNub.leave'],
  [...CONNECT, 'subscribe', LEAVE],
  channels(READ, 'a', 'b'),
  async (pubnub, helpers) => {
    await helpers.connected(() => pubnub.subscribe({ channels: ['a', 'b'] }));
    await helpers.arrived(4);
    pubnub.unsubscribe({ channels: ['b'] });
    await helpers.arrived(6);
  },
);
add(
  'destroy',
  'PubNub.destroy',
  [...CONNECT, LEAVE],
  channels(READ, 'a'),
  session(
    (pubnub) => pubnub.subscribe({ channels: ['a'] }),
    (pubnub) => pubnub.destroy(),
  ),
);
add(
  'stop',
  'PubNub.stop',
  [...CONNECT, LEAVE],
  channels(READ, 'a'),
  session(
    (pubnub) => pubnub.subscribe({ channels: ['a'] }),
    (pubnub) => pubnub.stop(),
  ),
);
// Disconnecting and connecting again, the SDK names the channels a second time, as groups.
add(
  'disconnect and reconnect',
  ['PubNub.disconnect', 'PubNub.reconnect', 'PubNub.presenceDisconnect', 'PubNub.presenceReconnect'],
  [...CONNECT, LEAVE, 'subscribe', 'subscribe', 'subscribe', 'heartbeat'],
  [...channels(READ, 'a'), ...inferred(groups(READ, 'a'))],
  async (pubnub, helpers) => {
    await helpers.connected(() => pubnub.subscribe({ channels: ['a'] }));
    await helpers.arrived(4);
    pubnub.disconnect();
    await helpers.arrived(5);
    pubnub.reconnect({ timetoken: TIME });
    await helpers.arrived(9);
  },
);
for (const [name, entity, names] of [
  ['a channel', (pubnub) => pubnub.channel('a/b'), ['a/b', 'a/b-pnpres']],
  ['the metadata of a channel', (pubnub) => pubnub.channelMetadata('room'), ['room']],
  ['the metadata of a user', (pubnub) => pubnub.userMetadata('bob@example.com'), ['bob@example.com']],
]) {
  let subscription;
  add(
    `subscribe to ${name}`,
    [
      'PubNub.channel',
      'PubNub.channelMetadata',
      'PubNub.userMetadata',
      'Entity.subscription',
      'SubscriptionBase.subscribe',
      'SubscriptionBase.unsubscribe',
      'Subscription.register',
      'Subscription.unregister',
    ],
    [...CONNECT, LEAVE],
    channels(READ, ...names),
    session(
      (pubnub) => {
        subscription = entity(pubnub).subscription({ receivePresenceEvents: names.length > 1 });
        subscription.subscribe();
      },
      () => subscription.unsubscribe(),
    ),
  );
}
add(
  'subscribe to a group entity',
  'PubNub.channelGroup',
  [...CONNECT, LEAVE],
  groups(READ, 'g', 'g-pnpres'),
  session((pubnub) => pubnub.channelGroup('g').subscription({ receivePresenceEvents: true }).subscribe()),
);
add(
  'subscribe to a set',
  ['PubNub.subscriptionSet', 'SubscriptionSet.register', 'SubscriptionSet.unregister'],
  [...CONNECT, LEAVE],
  [...channels(READ, 'a', 'b'), ...groups(READ, 'g')],
  session((pubnub) => pubnub.subscriptionSet({ channels: ['a', 'b'], channelGroups: ['g'] }).subscribe()),
);
add(
  'combine and dispose',
  ['Subscription.addSubscription', 'Subscription.dispose', 'SubscriptionBase.dispose', 'SubscriptionSet.dispose'],
  [...CONNECT, LEAVE],
  channels(READ, 'a', 'b'),
  (pubnub, helpers) => {
    const set = pubnub.channel('a').subscription().addSubscription(pubnub.channel('b').subscription());
    return session(
      () => set.subscribe(),
      () => set.dispose(),
    )(pubnub, helpers);
  },
);
/** Adds to a subscribed set, and removes again. */
const changingSet = (name, covers, other, add_, remove) =>
  add(
    name,
    covers,
    [...CONNECT, 'subscribe', 'heartbeat', 'subscribe', LEAVE],
    channels(READ, 'a', 'b'),
    async (pubnub, helpers) => {
      const set = pubnub.subscriptionSet({ channels: ['a'] });
      const more = other(pubnub);
      await helpers.connected(() => set.subscribe());
      await helpers.arrived(4);
      set[add_](more);
      await helpers.arrived(6);
      set[remove](more);
      await helpers.arrived(8);
    },
    { gradual: true },
  );
changingSet(
  'change a set',
  [
    'SubscriptionSet.addSubscription',
    'SubscriptionSet.addSubscriptions',
    'SubscriptionSet.removeSubscription',
    'SubscriptionSet.removeSubscriptions',
  ],
  (pubnub) => pubnub.channel('b').subscription(),
  'addSubscription',
  'removeSubscription',
);
changingSet(
  'change a set by a set',
  ['SubscriptionSet.addSubscriptionSet', 'SubscriptionSet.removeSubscriptionSet'],
  (pubnub) => pubnub.subscriptionSet({ channels: ['b'] }),
  'addSubscriptionSet',
  'removeSubscriptionSet',
);

// The subscription loop of before the event engine. Heartbeats are on where there is an interval for them.

const LEGACY = { enableEventEngine: false };
const LEGACY_CONNECT = ['subscribe', 'subscribe', 'subscribe'];
add(
  'subscribe, the loop of before',
  ['PubNub.makeSubscribe', 'PubNub.makeUnsubscribe'],
  [...LEGACY_CONNECT, LEAVE],
  [...channels(READ, 'a/b', 'b', 'a/b-pnpres', 'b-pnpres'), ...groups(READ, 'g', 'g-pnpres')],
  session(
    (pubnub) => pubnub.subscribe({ channels: ['a/b', 'b'], channelGroups: ['g'], withPresence: true }),
    undefined,
    3,
  ),
  { configuration: LEGACY },
);
add(
  'presence, the loop of before',
  'PubNub.presence',
  ['heartbeat', LEAVE, 'heartbeat'],
  inferred(channels(READ, 'a', 'b')),
  async (pubnub, helpers) => {
    pubnub.presence({ connected: true, channels: ['a', 'b'] });
    await helpers.arrived(1);
    pubnub.presence({ connected: false, channels: ['a'] });
    await helpers.arrived(3);
  },
  { configuration: { ...LEGACY, heartbeatInterval: 100 } },
);

// Presence.

onChannels(
  'heartbeat',
  'PubNub.heartbeat',
  'heartbeat',
  (list) => inferred(channels(READ, ...list.filter((name) => !name.endsWith('-pnpres')))),
  (pubnub, list) => pubnub.heartbeat({ channels: list, heartbeat: 300 }),
);
add('heartbeat for groups, with state', 'PubNub.heartbeat', 'heartbeat', inferred(groups(READ, 'g', 'h')), (pubnub) =>
  pubnub.heartbeat({ channelGroups: ['g', 'h'], heartbeat: 300, state: { g: { mood: 'a/b' } } }),
);
add(
  'join',
  'PubNub.join',
  'heartbeat',
  inferred([...channels(READ, 'a', 'b'), ...groups(READ, 'g')]),
  (pubnub, helpers) => {
    pubnub.join({ channels: ['a', 'b'], groups: ['g'] });
    return helpers.arrived(1);
  },
);
add('presenceReconnect', 'PubNub.presenceReconnect', 'heartbeat', inferred(channels(READ, 'a')), (pubnub, helpers) => {
  pubnub.presenceReconnect({ channels: ['a'] });
  return helpers.arrived(1);
});
for (const method of ['leave', 'leaveAll', 'presenceDisconnect']) {
  add(method, `PubNub.${method}`, LEAVE, [], (pubnub, helpers) => {
    pubnub[method]({ channels: CHANNELS, groups: ['g'] });
    return helpers.arrived(1);
  });
}
add('leave a group', 'PubNub.leave', LEAVE, [], (pubnub, helpers) => {
  pubnub.leave({ groups: ['g', 'h'] });
  return helpers.arrived(1);
});
onChannels(
  'hereNow',
  'PubNub.hereNow',
  'here-now',
  (list) => channels(READ, ...list),
  (pubnub, list) => pubnub.hereNow({ channels: list }),
);
add('hereNow of groups', 'PubNub.hereNow', 'here-now', inferred(groups(READ, 'g', 'h')), (pubnub) =>
  pubnub.hereNow({ channelGroups: ['g', 'h'], includeState: true, includeUUIDs: false }),
);
add(
  'hereNow of both',
  'PubNub.hereNow',
  'here-now',
  [...channels(READ, 'a'), ...inferred(groups(READ, 'g'))],
  (pubnub) => pubnub.hereNow({ channels: ['a'], channelGroups: ['g'], limit: 5, offset: 5 }),
);
add('hereNow of everything', 'PubNub.hereNow', 'global-here-now', [], (pubnub) => pubnub.hereNow({}), {
  unknown: true,
});
addEach(
  'bob',
  UUIDS,
  'whereNow',
  'PubNub.whereNow',
  'where-now',
  () => [],
  (pubnub, uuid) => pubnub.whereNow({ uuid }),
);
onChannels(
  'getState',
  'PubNub.getState',
  'get-state',
  (list) => channels(READ, ...list),
  (pubnub, list) => pubnub.getState({ channels: list }),
);
add(
  'getState of another user, of a group',
  'PubNub.getState',
  'get-state',
  [...channels(READ, 'a'), ...inferred(groups(READ, 'g'))],
  (pubnub) => pubnub.getState({ uuid: 'bob/b', channels: ['a'], channelGroups: ['g'] }),
);
add('getState of groups', 'PubNub.getState', 'get-state', inferred(groups(READ, 'g', 'h')), (pubnub) =>
  pubnub.getState({ channelGroups: ['g', 'h'] }),
);
onChannels(
  'setState',
  'PubNub.setState',
  'set-state',
  (list) => channels(READ, ...list),
  (pubnub, list) => pubnub.setState({ channels: list, state: { mood: 'a/b&c' } }),
);
add('setState of groups', 'PubNub.setState', 'set-state', inferred(groups(READ, 'g', 'h')), (pubnub) =>
  pubnub.setState({ channelGroups: ['g', 'h'], state: { mood: 'fine' } }),
);
add('setState with a heartbeat', 'PubNub.setState', 'heartbeat', inferred(channels(READ, 'a', 'b')), (pubnub) =>
  pubnub.setState({ channels: ['a', 'b'], state: { a: { mood: 'fine' } }, withHeartbeat: true }),
);

// Message persistence.

onChannel('history', 'PubNub.history', 'fetch-messages', READ, (pubnub, channel) =>
  pubnub.history({ channel, count: 5, start: TIME, reverse: true, includeMeta: true }),
);
onChannels(
  'fetchMessages',
  'PubNub.fetchMessages',
  'fetch-messages',
  (list) => channels(READ, ...list),
  (pubnub, list) => pubnub.fetchMessages({ channels: list, count: 5, includeCustomMessageType: true }),
);
onChannel(
  'fetchMessages with actions',
  'PubNub.fetchMessages',
  'fetch-messages-with-actions',
  READ,
  (pubnub, channel) => pubnub.fetchMessages({ channels: [channel], includeMessageActions: true }),
);
onChannels(
  'messageCounts',
  'PubNub.messageCounts',
  'message-counts',
  (list) => channels(READ, ...list),
  (pubnub, list) => pubnub.messageCounts({ channels: list, channelTimetokens: list.map(() => TIME) }),
);
add('messageCounts from one time', 'PubNub.messageCounts', 'message-counts', channels(READ, 'a', 'b'), (pubnub) =>
  pubnub.messageCounts({ channels: ['a', 'b'], channelTimetokens: [TIME] }),
);
onChannel('deleteMessages', 'PubNub.deleteMessages', 'delete-messages', DELETE, (pubnub, channel) =>
  pubnub.deleteMessages({ channel, start: TIME, end: TIME }),
);

// Message actions.

const action = { type: 'reaction', value: 'a/b 🎉' };
onChannel('getMessageActions', 'PubNub.getMessageActions', 'get-message-actions', READ, (pubnub, channel) =>
  pubnub.getMessageActions({ channel, limit: 5, start: TIME }),
);
onChannel('addMessageAction', 'PubNub.addMessageAction', 'add-message-action', WRITE, (pubnub, channel) =>
  pubnub.addMessageAction({ channel, messageTimetoken: TIME, action }),
);
onChannel('removeMessageAction', 'PubNub.removeMessageAction', 'remove-message-action', DELETE, (pubnub, channel) =>
  pubnub.removeMessageAction({ channel, messageTimetoken: TIME, actionTimetoken: TIME }),
);

// Files. Sending one asks where to, uploads it there (not through the gateway, and without a token), and publishes.

onChannel(
  'sendFile',
  ['PubNub.sendFile', 'PubNub.publishFile'],
  ['send-file', null, 'publish'],
  WRITE,
  (pubnub, channel) =>
    pubnub.sendFile({ channel, message, file: { data: 'cat', name: 'cat.txt', mimeType: 'text/plain' } }),
);
onChannel('publishFile', 'PubNub.publishFile', 'publish', WRITE, (pubnub, channel) =>
  pubnub.publishFile({ channel, fileId: 'file-1', fileName: 'ä/b.txt', message, ttl: 2, meta: { a: 'b' } }),
);
onChannel('listFiles', 'PubNub.listFiles', 'list-files', READ, (pubnub, channel) =>
  pubnub.listFiles({ channel, limit: 5 }),
);
onChannel('downloadFile', 'PubNub.downloadFile', ['download-file', null], READ, async (pubnub, channel) =>
  (await pubnub.downloadFile({ channel, id: 'file-1', name: 'ä b.txt' })).toString(),
);
add(
  'getFileUrl, and what the URL gives',
  'PubNub.getFileUrl',
  ['download-file', null],
  channels(READ, 'a/b'),
  async (pubnub) => {
    const response = await fetch(new Request(pubnub.getFileUrl({ channel: 'a/b', ...FILE })));
    const text = await response.text();
    if (response.ok) return text;
    throw { category: 'PNAccessDeniedCategory', statusCode: response.status, errorData: JSON.parse(text) };
  },
);
onChannel('deleteFile', 'PubNub.deleteFile', 'delete-file', DELETE, (pubnub, channel) =>
  pubnub.deleteFile({ channel, ...FILE }),
);

// Channel groups. The channels that go in or out need nothing.

onGroup(
  'channelGroups.listChannels',
  'PubNubChannelGroups.listChannels',
  'list-group-channels',
  (pubnub, channelGroup) => pubnub.channelGroups.listChannels({ channelGroup }),
);
onGroup('channelGroups.addChannels', 'PubNubChannelGroups.addChannels', 'add-group-channels', (pubnub, channelGroup) =>
  pubnub.channelGroups.addChannels({ channelGroup, channels: CHANNELS }),
);
onGroup(
  'channelGroups.removeChannels',
  'PubNubChannelGroups.removeChannels',
  'remove-group-channels',
  (pubnub, channelGroup) => pubnub.channelGroups.removeChannels({ channelGroup, channels: CHANNELS }),
);
onGroup('channelGroups.deleteGroup', 'PubNubChannelGroups.deleteGroup', 'delete-group', (pubnub, channelGroup) =>
  pubnub.channelGroups.deleteGroup({ channelGroup }),
);
add(
  'channelGroups.listGroups',
  'PubNubChannelGroups.listGroups',
  'list-groups',
  [],
  (pubnub) => pubnub.channelGroups.listGroups(),
  { unknown: true },
);

// Push notifications, by both routes.

for (const [gateway, parameters] of [
  ['fcm', { device: 'device-1', pushGateway: 'fcm' }],
  ['apns2', { device: 'device-1', pushGateway: 'apns2', environment: 'production', topic: 'com.example/topic' }],
]) {
  onChannels(
    `push.addChannels ${gateway}`,
    'PubNubPushNotifications.addChannels',
    'register-push-channels',
    (list) => channels(READ, ...list),
    (pubnub, list) => pubnub.push.addChannels({ channels: list, ...parameters }),
  );
  onChannels(
    `push.removeChannels ${gateway}`,
    'PubNubPushNotifications.removeChannels',
    'remove-push-channels',
    (list) => channels(READ, ...list),
    (pubnub, list) => pubnub.push.removeChannels({ channels: list, ...parameters }),
  );
  add(
    `push.listChannels ${gateway}`,
    'PubNubPushNotifications.listChannels',
    'list-push-channels',
    [],
    (pubnub) => pubnub.push.listChannels({ ...parameters, start: 'a', count: 5 }),
    { unknown: true },
  );
  add(
    `push.deleteDevice ${gateway}`,
    'PubNubPushNotifications.deleteDevice',
    'remove-push-device',
    [],
    (pubnub) => pubnub.push.deleteDevice(parameters),
    { unknown: true },
  );
}

// App Context, by current and former names.

const data = { name: 'a/b', custom: { set: 'c', delete: 'd' } };
onUuid(
  'objects.getUUIDMetadata',
  ['PubNubObjects.getUUIDMetadata', 'PubNubObjects._getUUIDMetadata'],
  'get-user-metadata',
  GET,
  (pubnub, uuid) => pubnub.objects.getUUIDMetadata({ uuid }),
);
onUuid(
  'objects.setUUIDMetadata',
  ['PubNubObjects.setUUIDMetadata', 'PubNubObjects._setUUIDMetadata'],
  'set-user-metadata',
  UPDATE,
  (pubnub, uuid) => pubnub.objects.setUUIDMetadata({ uuid, data, ifMatchesEtag: 'tag' }),
);
onUuid(
  'objects.removeUUIDMetadata',
  ['PubNubObjects.removeUUIDMetadata', 'PubNubObjects._removeUUIDMetadata'],
  'delete-user-metadata',
  DELETE,
  (pubnub, uuid) => pubnub.objects.removeUUIDMetadata({ uuid }),
);
add(
  'objects.getUUIDMetadata of oneself',
  'PubNubObjects.getUUIDMetadata',
  'get-user-metadata',
  uuids(GET, 'alice'),
  (pubnub) => pubnub.objects.getUUIDMetadata(),
);
add('fetchUser', 'PubNub.fetchUser', 'get-user-metadata', uuids(GET, 'bob'), (pubnub) =>
  pubnub.fetchUser({ userId: 'bob' }),
);
add('createUser', 'PubNub.createUser', 'set-user-metadata', uuids(UPDATE, 'bob'), (pubnub) =>
  pubnub.createUser({ userId: 'bob', data }),
);
add('updateUser', 'PubNub.updateUser', 'set-user-metadata', uuids(UPDATE, 'bob'), (pubnub) =>
  pubnub.updateUser({ userId: 'bob', data }),
);
add('removeUser', 'PubNub.removeUser', 'delete-user-metadata', uuids(DELETE, 'bob'), (pubnub) =>
  pubnub.removeUser({ userId: 'bob' }),
);

onChannel(
  'objects.getChannelMetadata',
  ['PubNubObjects.getChannelMetadata', 'PubNubObjects._getChannelMetadata'],
  'get-channel-metadata',
  GET,
  (pubnub, channel) => pubnub.objects.getChannelMetadata({ channel }),
);
onChannel(
  'objects.setChannelMetadata',
  ['PubNubObjects.setChannelMetadata', 'PubNubObjects._setChannelMetadata'],
  'set-channel-metadata',
  UPDATE,
  (pubnub, channel) => pubnub.objects.setChannelMetadata({ channel, data }),
);
onChannel(
  'objects.removeChannelMetadata',
  ['PubNubObjects.removeChannelMetadata', 'PubNubObjects._removeChannelMetadata'],
  'delete-channel-metadata',
  DELETE,
  (pubnub, channel) => pubnub.objects.removeChannelMetadata({ channel }),
);
add('fetchSpace', 'PubNub.fetchSpace', 'get-channel-metadata', channels(GET, 'room'), (pubnub) =>
  pubnub.fetchSpace({ channel: 'room' }),
);
add('createSpace', 'PubNub.createSpace', 'set-channel-metadata', channels(UPDATE, 'room'), (pubnub) =>
  pubnub.createSpace({ channel: 'room', data }),
);
add('updateSpace', 'PubNub.updateSpace', 'set-channel-metadata', channels(UPDATE, 'room'), (pubnub) =>
  pubnub.updateSpace({ channel: 'room', data }),
);
add('removeSpace', 'PubNub.removeSpace', 'delete-channel-metadata', channels(DELETE, 'room'), (pubnub) =>
  pubnub.removeSpace({ channel: 'room' }),
);

// A setting of the keyset decides whether everyone may list everything. A grant for the whole
// category always allows it.
const page = {
  limit: 5,
  filter: 'name == "a/b"',
  sort: { name: 'asc' },
  page: { next: 'a+b' },
  include: { totalCount: true },
};
const category = (kind) => [{ kind: 'cat', name: kind, permission: GET, inferred: true }];
add(
  'objects.getAllUUIDMetadata',
  ['PubNubObjects.getAllUUIDMetadata', 'PubNubObjects._getAllUUIDMetadata'],
  'get-all-user-metadata',
  category('uuid'),
  (pubnub) => pubnub.objects.getAllUUIDMetadata(page),
);
add('fetchUsers', 'PubNub.fetchUsers', 'get-all-user-metadata', category('uuid'), (pubnub) => pubnub.fetchUsers());
add(
  'objects.getAllChannelMetadata',
  ['PubNubObjects.getAllChannelMetadata', 'PubNubObjects._getAllChannelMetadata'],
  'get-all-channel-metadata',
  category('chan'),
  (pubnub) => pubnub.objects.getAllChannelMetadata(page),
);
add('fetchSpaces', 'PubNub.fetchSpaces', 'get-all-channel-metadata', category('chan'), (pubnub) =>
  pubnub.fetchSpaces(),
);

// Memberships: the path has the user, the body the channels. Members: the other way round, and the
// users need nothing. Only the body shows whether something is set or removed.

const BY_BODY = { byBody: true };
const joined = (uuid, list) => [...inBody(channels(JOIN, ...list)), ...uuids(UPDATE, uuid)];
onUuid('objects.getMemberships', 'PubNubObjects.getMemberships', 'get-memberships', GET, (pubnub, uuid) =>
  pubnub.objects.getMemberships({ uuid, ...page }),
);
for (const [method, operation] of [
  ['setMemberships', 'set-memberships'],
  ['removeMemberships', 'remove-memberships'],
]) {
  const covers = `PubNubObjects.${method}`;
  addEach(
    'bob',
    UUIDS,
    `objects.${method}`,
    covers,
    operation,
    (uuid) => joined(uuid, ['a', 'b']),
    (pubnub, uuid) => pubnub.objects[method]({ uuid, channels: ['a', 'b'] }),
    BY_BODY,
  );
  add(
    `objects.${method}, special channels`,
    covers,
    operation,
    joined('bob', CHANNELS),
    (pubnub) => pubnub.objects[method]({ uuid: 'bob', channels: CHANNELS, ...page }),
    BY_BODY,
  );
  add(
    `objects.${method}, with more than ids`,
    covers,
    operation,
    joined('alice', ['a']),
    (pubnub) =>
      pubnub.objects[method]({ channels: [{ id: 'a', custom: { id: 'b', channel: 'c' }, status: 's', type: 't' }] }),
    BY_BODY,
  );
}
add(
  'fetchMemberships of a user',
  ['PubNub.fetchMemberships', 'PubNubObjects.fetchMemberships'],
  'get-memberships',
  uuids(GET, 'bob'),
  (pubnub) => pubnub.fetchMemberships({ userId: 'bob' }),
);
for (const method of ['addMemberships', 'updateMemberships']) {
  add(
    `${method} of a user`,
    [`PubNub.${method}`, 'PubNubObjects.addMemberships'],
    'set-memberships',
    joined('bob', ['a', 'b']),
    (pubnub) => pubnub[method]({ userId: 'bob', spaces: ['a', { spaceId: 'b', custom: { id: 'c' } }] }),
    BY_BODY,
  );
  add(
    `${method} of a space`,
    [`PubNub.${method}`, 'PubNubObjects.addMemberships'],
    'set-channel-members',
    channels(MANAGE, 'room'),
    (pubnub) => pubnub[method]({ spaceId: 'room', users: ['a', { userId: 'b' }] }),
    BY_BODY,
  );
}
add(
  'removeMemberships of a user',
  'PubNub.removeMemberships',
  'remove-memberships',
  joined('bob', ['a', 'b']),
  (pubnub) => pubnub.removeMemberships({ userId: 'bob', spaceIds: ['a', 'b'] }),
  BY_BODY,
);
add(
  'removeMemberships of a space',
  'PubNub.removeMemberships',
  'remove-channel-members',
  channels(MANAGE, 'room'),
  (pubnub) => pubnub.removeMemberships({ spaceId: 'room', userIds: ['a', 'b'] }),
  BY_BODY,
);

onChannel(
  'objects.getChannelMembers',
  'PubNubObjects.getChannelMembers',
  'get-channel-members',
  GET,
  (pubnub, channel) => pubnub.objects.getChannelMembers({ channel, ...page }),
);
onChannel(
  'objects.setChannelMembers',
  'PubNubObjects.setChannelMembers',
  'set-channel-members',
  MANAGE,
  (pubnub, channel) =>
    pubnub.objects.setChannelMembers({ channel, uuids: [...UUIDS, { id: 'bob', custom: { id: 'x' } }] }),
  BY_BODY,
);
onChannel(
  'objects.removeChannelMembers',
  'PubNubObjects.removeChannelMembers',
  'remove-channel-members',
  MANAGE,
  (pubnub, channel) => pubnub.objects.removeChannelMembers({ channel, uuids: UUIDS }),
  BY_BODY,
);
add('fetchMemberships of a space', 'PubNub.fetchMemberships', 'get-channel-members', channels(GET, 'room'), (pubnub) =>
  pubnub.fetchMemberships({ spaceId: 'room' }),
);

// Access Manager itself needs a signature with the secret key, and takes no token. The operation
// table does not list its operations.

const SIGNED = { signed: true, configuration: { secretKey: 'sec-c-demo' } };
add(
  'grantToken',
  'PubNub.grantToken',
  null,
  [],
  (pubnub) =>
    pubnub.grantToken({
      ttl: 15,
      authorized_uuid: 'bob',
      resources: { channels: { 'a/b': { read: true } } },
      patterns: { groups: { '^:?g$': { manage: true } } },
    }),
  SIGNED,
);
add('revokeToken', 'PubNub.revokeToken', null, [], (pubnub) => pubnub.revokeToken('qEF2Ag=='), SIGNED);
add(
  'grant, of version 2',
  'PubNub.grant',
  null,
  [],
  (pubnub) => pubnub.grant({ channels: ['a/b', 'c'], authKeys: ['key-1', 'key-2'], read: true, ttl: 5 }),
  SIGNED,
);
add(
  'grant for users, of version 2',
  'PubNub.grant',
  null,
  [],
  (pubnub) => pubnub.grant({ uuids: ['bob'], authKeys: ['key-1'], get: true }),
  SIGNED,
);
add(
  'audit, of version 2',
  'PubNub.audit',
  null,
  [],
  (pubnub) => pubnub.audit({ channel: 'a/b', authKeys: ['key-1'] }),
  SIGNED,
);

add('time', 'PubNub.time', 'time', [], (pubnub) => pubnub.time());

export const CASES = cases.map((one) => ({ configuration: {}, ...one }));

/** The methods that send nothing, with the reason. */
export const SENDS_NOTHING = {
  'builds a value, or reads or sets one, in the client alone': `
    PubNub.File PubNub.authKey PubNub.getAuthKey PubNub.setAuthKey PubNub.userId PubNub.getUserId PubNub.setUserId
    PubNub.getUUID PubNub.setUUID PubNub.filterExpression PubNub.getFilterExpression PubNub.setFilterExpression
    PubNub.cipherKey PubNub.setCipherKey PubNub.heartbeatInterval PubNub.setHeartbeatInterval PubNub.getVersion
    PubNub._addPnsdkSuffix PubNub.customEncrypt PubNub.customDecrypt PubNub.configuration PubNub._config PubNub.logger
    PubNub.token PubNub.getToken PubNub.setToken PubNub.parseToken PubNub.subscriptionTimetoken
    PubNub.getSubscribedChannels PubNub.getSubscribedChannelGroups PubNub.globalSubscriptionSet PubNub.setProxy`,
  'gives access to methods that are listed on their own': 'PubNub.objects PubNub.channelGroups PubNub.push',
  'encrypts or decrypts in the client': 'PubNub.encrypt PubNub.decrypt PubNub.encryptFile PubNub.decryptFile',
  'sends what it is given: every other method goes through it': 'PubNub.sendRequest',
  'hands events to listeners': `
    PubNub.emitStatus PubNub.emitEvent PubNub.onStatus PubNub.onMessage PubNub.onPresence PubNub.onSignal PubNub.onObjects
    PubNub.onMessageAction PubNub.onFile PubNub.removeListener PubNub.removeAllListeners SubscriptionBase.onMessage
    SubscriptionBase.onPresence SubscriptionBase.onSignal SubscriptionBase.onObjects SubscriptionBase.onMessageAction
    SubscriptionBase.onFile SubscriptionBase.addListener SubscriptionBase.removeListener SubscriptionBase.removeAllListeners
    SubscriptionBase.handleEvent Subscription.handleEvent SubscriptionSet.handleEvent`,
  logs: 'PubNubObjects.logger',
  'keeps the book of subscriptions; `subscribe` and `unsubscribe` send': `
    Entity.entityType Entity.subscriptionType Entity.subscriptionNames Entity.subscriptionsCount
    Entity.increaseSubscriptionCount Entity.decreaseSubscriptionCount Entity.toString Channel.entityType Channel.name
    ChannelGroup.entityType ChannelGroup.name ChannelGroup.subscriptionType ChannelMetadata.entityType ChannelMetadata.id
    ChannelMetadata.subscriptionNames UserMetadata.entityType UserMetadata.id UserMetadata.subscriptionNames
    SubscriptionBase.state SubscriptionBase.channels SubscriptionBase.channelGroups SubscriptionBase.updateSubscription
    SubscriptionBase.invalidate Subscription.invalidate SubscriptionSet.invalidate
    Subscription.state Subscription.parentSetsCount Subscription.subscriptionInput Subscription.cloneEmpty
    Subscription.addParentSet Subscription.removeParentSet Subscription.toString SubscriptionSet.state
    SubscriptionSet.subscriptions SubscriptionSet.subscriptionInput SubscriptionSet.cloneEmpty SubscriptionSet.toString`,
};
