// The decisions of the chat SDKs: may alice send a signal to a channel? Reads a case as JSON from
// each line, and prints a line with the answer. The argument selects the SDK: `0.8` is written in
// TypeScript, `1.0` in Kotlin.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const CONFIGURATION = { publishKey: 'demo', subscribeKey: 'demo', userId: 'alice' };

/** The check is a separate method. */
function ask08({ token, channel, given }) {
  const { Chat } = require('chat-0.8');
  const chat = new Chat({ ...CONFIGURATION, authKey: given === 'later' ? undefined : token });
  if (given === 'later') chat.sdk.setToken(token);
  return chat.accessManager.canI({ permission: 'write', resourceType: 'channels', resourceName: channel });
}

/** A service with alice as a member of one channel. It records whether a signal arrives. */
class Stub {
  constructor() {
    this.server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(this.answer(request.url)));
    });
  }

  answer(url) {
    if (url.startsWith('/signal/')) {
      this.signalled = true;
      return [1, 'Sent', '17000000000000000'];
    }
    const dated = { updated: '2026-01-01T00:00:00Z', eTag: 'a' };
    if (!url.includes('/channels')) return { status: 200, data: { id: 'alice', ...dated } };
    const membership = { channel: { id: this.channel, type: 'group', ...dated }, ...dated };
    return { status: 200, data: [membership], totalCount: 1 };
  }
}

/** The check is inside another method: marking a message as read signals it, if the token allows. */
async function ask10({ token, channel }) {
  const { Chat } = require('chat-1.0');
  const stub = new Stub();
  stub.channel = channel;
  await new Promise((ready) => stub.server.listen(0, '127.0.0.1', ready));
  const chat = await Chat.init({ ...CONFIGURATION, origin: `127.0.0.1:${stub.server.address().port}`, ssl: false });
  const { memberships } = await chat.currentUser.getMemberships();
  chat.sdk.setToken(token);
  stub.signalled = false;
  try {
    await memberships[0].setLastReadMessageTimetoken('17000000000000000');
  } finally {
    chat.sdk.destroy();
    stub.server.close();
  }
  return stub.signalled;
}

const ask = process.argv[2] === '0.8' ? ask08 : ask10;
// The SDKs log what they refuse.
console.warn = () => {};
for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write((await ask(JSON.parse(line))) ? 'allow\n' : 'deny\n');
  } catch {
    process.stdout.write('refused\n');
  }
}
process.exit();
