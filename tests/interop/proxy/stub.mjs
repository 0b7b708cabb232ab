// Plays the service: keeps every request unchanged, and answers with success.

import { createServer } from 'node:http';

const NOW = '17000000000000000';
const LATER = '17000000000000001';
const SENT = [1, 'Sent', NOW];

/** The names in a list; a lone comma stands for none. */
const names = (list) => (list ?? '').split(',').filter(Boolean);

const message = (channel) => ({ channel, message: 'hello', timetoken: NOW, uuid: 'someone' });

/** The answer to a subscribe request. `undefined`: wait, as the service does when there is nothing new. */
function subscribe(channels, query, key) {
  const time = query.get('tt') ?? '0';
  if (time === '0') return { t: { t: NOW, r: 4 }, m: [] };
  if (time !== NOW) return undefined;
  // `b` is the subscription; the SDK drops messages of others.
  const [group] = names(query.get('channel-group'));
  const where = channels.length > 0 ? { c: channels[0] } : { c: 'of-a-group', b: group };
  const envelope = { a: '1', f: 0, i: 'someone', p: { t: NOW, r: 4 }, k: key, d: 'hello', ...where };
  return { t: { t: LATER, r: 4 }, m: [envelope] };
}

function presence([, , , , key, kind, name, last, , data], query) {
  const ok = { status: 200, message: 'OK', service: 'Presence' };
  if (kind === 'uuid') return { ...ok, payload: { channels: ['somewhere'] } };
  if (last === 'heartbeat' || last === 'leave') return ok;
  if (last === 'uuid') return { ...ok, payload: data ? JSON.parse(query.get('state')) : { mood: 'fine' } };
  if (kind === 'channel' && names(decodeURIComponent(name)).length === 1 && !query.has('channel-group')) {
    return { ...ok, occupancy: 1, uuids: ['someone'] };
  }
  return { ...ok, payload: { channels: {}, total_channels: 0, total_occupancy: 0 }, key };
}

function history(method, [, version, , , , kind, name]) {
  if (version === 'v2') return [[{ message: 'hello', timetoken: NOW }], NOW, NOW];
  const ok = { status: 200, error: false, error_message: '' };
  if (method === 'DELETE') return ok;
  const counts = kind === 'message-counts';
  return {
    ...ok,
    channels: Object.fromEntries(names(decodeURIComponent(name)).map((name) => [name, counts ? 1 : [message(name)]])),
  };
}

function channelGroups([, , , , , , group, last], query) {
  const ok = { status: 200, message: 'OK', service: 'channel-registry', error: false };
  if (group === undefined) return { ...ok, payload: { groups: ['sports'], namespace: '' } };
  if (last === 'remove' || query.has('add') || query.has('remove')) return ok;
  return { ...ok, payload: { channels: ['somewhere'], group: decodeURIComponent(group) } };
}

function push([, , , , , , , last], query) {
  if (last === 'remove') return [1, 'Removed Device'];
  return query.has('add') || query.has('remove') ? [1, 'Modified Channels'] : ['somewhere'];
}

function objects(method, [, , , , kind, id, members]) {
  const item = { id: decodeURIComponent(id ?? 'one'), updated: '2024-01-01T00:00:00Z', eTag: 'tag' };
  if (id === undefined) return { status: 200, data: [item], totalCount: 1 };
  if (members === undefined) return { status: 200, data: method === 'DELETE' ? null : item };
  return { status: 200, data: [{ [kind === 'uuids' ? 'channel' : 'uuid']: { id: 'one' } }], totalCount: 1 };
}

function actions(method, [, , , , , , , time]) {
  const action = {
    type: 'reaction',
    value: 'smiley',
    uuid: 'someone',
    actionTimetoken: LATER,
    messageTimetoken: time ?? NOW,
  };
  if (method === 'DELETE') return { status: 200, data: {} };
  return { status: 200, data: method === 'POST' ? action : [action] };
}

function files(method, [, , , first, , , last, id], origin) {
  if (first === 'publish-file') return SENT;
  if (last === 'generate-upload-url') {
    return {
      status: 200,
      data: { id: 'file-1', name: 'cat.txt' },
      file_upload_request: {
        url: `${origin}/bucket`,
        method: 'POST',
        expiration_date: '2030-01-01T00:00:00Z',
        form_fields: [
          { key: 'key', value: 'demo/file-1/cat.txt' },
          { key: 'Content-Type', value: 'text/plain' },
        ],
      },
    };
  }
  if (method === 'DELETE') return { status: 200 };
  if (id === undefined)
    return { status: 200, data: [{ id: 'file-1', name: 'cat.txt', size: 3 }], count: 1, next: null };
  // Like the service, redirects to the file elsewhere.
  return { redirect: `${origin}/bucket/cat.txt` };
}

function administration(path, method) {
  const ok = { service: 'Access Manager', status: 200 };
  if (path[1] === 'v2') return { ...ok, message: 'Success', payload: { level: 'subkey', subscribe_key: path[5] } };
  return { ...ok, data: { message: 'Success', ...(method === 'POST' ? { token: 'qEF2Ag==' } : {}) } };
}

/** The answer to a request: JSON, `{ redirect }`, `{ bytes }`, `undefined` to wait, or `null` for none. */
function answer(method, url, origin) {
  const { pathname, searchParams: query } = new URL(url, origin);
  const path = pathname.split('/');
  const [, first, second] = path;
  if (first === 'bucket') return method === 'POST' ? { status: 204 } : { bytes: 'cat' };
  if (first === 'publish' || first === 'signal') return SENT;
  switch (second) {
    case '0':
      return [Number(NOW)];
    case 'subscribe':
      return subscribe(names(decodeURIComponent(path[4])), query, path[3]);
    case 'presence':
      return presence(path, query);
    case 'history':
    case 'history-with-actions':
      return history(method, path);
    case 'channel-registration':
      return channelGroups(path, query);
    case 'push':
      return push(path, query);
    case 'objects':
      return objects(method, path);
    case 'message-actions':
      return actions(method, path);
    case 'files':
      return files(method, path, origin);
    case 'pam':
    case 'auth':
      return administration(path, method);
    default:
      return null;
  }
}

/** The service, on a free port. */
export class Stub {
  /** The requests since the last `reset`: `{ method, url, headers, body }`. */
  arrived = [];
  /** If set, the answer to every request: the service's own 403. */
  refusal;
  #held = new Set();

  static async start() {
    const stub = new Stub();
    // Tokens are long, and they are part of the URL.
    stub.server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => stub.#serve(request, response));
    await new Promise((ready) => stub.server.listen(0, '127.0.0.1', ready));
    stub.port = stub.server.address().port;
    stub.origin = `http://127.0.0.1:${stub.port}`;
    return stub;
  }

  reset() {
    this.arrived = [];
    for (const response of this.#held) response.destroy();
    this.#held.clear();
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #serve(request, response) {
    const arrived = this.arrived;
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client went away before its request was complete: nothing arrived.
      return;
    }
    const { method, url, headers } = request;
    arrived.push({ method, url, headers, body: Buffer.concat(chunks) });
    const found = this.refusal ?? answer(method, url, this.origin);
    if (found === undefined) {
      this.#held.add(response);
      response.on('close', () => this.#held.delete(response));
    } else if (found === null) {
      this.#send(response, 404, 'text/plain', `no such route: ${method} ${url}`);
    } else if (found.redirect) {
      response.writeHead(307, { location: found.redirect }).end();
    } else if (found.bytes) {
      this.#send(response, 200, 'text/plain', found.bytes);
    } else if (found.status === 204) {
      response.writeHead(204).end();
    } else {
      this.#send(response, found.status ?? 200, 'application/json', JSON.stringify(found));
    }
  }

  #send(response, status, type, text) {
    response.writeHead(status, { 'content-type': type }).end(text);
  }
}
