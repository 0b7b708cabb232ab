// Starts what stands between the SDK and the stub: the example, and nginx in front of it.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './sdk.mjs';

/** A child process, what it has printed, and how to stop it. */
function start(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const process = { output: '', errors: '', ended: undefined, stop: () => child.kill() };
  child.stdout.on('data', (text) => {
    process.output += text;
  });
  child.stderr.on('data', (text) => {
    process.errors += text;
  });
  child.on('error', (error) => {
    process.ended = error.message;
  });
  child.on('exit', (code, signal) => {
    process.ended ??= `status ${code ?? signal}`;
  });
  return process;
}

/** Waits for a process to be ready, or tells what it said when it ended before. */
async function ready(process, command, condition) {
  await until(() => condition() || process.ended, `${command} to listen: ${process.output}${process.errors}`);
  if (process.ended) throw new Error(`${command} ended, ${process.ended}: ${process.output}${process.errors}`);
}

/** The example. `origin` is that of its reverse proxy, where `upstream` is given; `auth` answers sub-requests. */
export async function startExample(command, { upstream, args = [] }) {
  const proxy = upstream ? ['--proxy', '127.0.0.1:0', '--upstream', upstream] : [];
  const process = start(command, ['--listen', '127.0.0.1:0', ...proxy, ...args]);
  const origin = (name) => new RegExp(`^${name} on (http://127\\.0\\.0\\.1:\\d+)`, 'm').exec(process.output)?.[1];
  await ready(process, command, () => origin('auth service') && (!upstream || origin('reverse proxy')));
  return { auth: origin('auth service'), origin: origin('reverse proxy'), process, stop: process.stop };
}

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** nginx, which asks `auth` and forwards to `upstream`. Everything it writes is in a directory of its own. */
export async function startNginx(auth, upstream) {
  const prefix = await mkdtemp(join(tmpdir(), 'pubnub-access-nginx-'));
  const port = await freePort();
  const template = await readFile(new URL('nginx.conf.template', import.meta.url), 'utf8');
  const values = { LISTEN: `127.0.0.1:${port}`, AUTH: new URL(auth).host, UPSTREAM: new URL(upstream).host };
  await writeFile(
    join(prefix, 'nginx.conf'),
    template.replace(/@([A-Z]+)@/g, (_, name) => values[name]),
  );
  const process = start('nginx', [
    '-p',
    prefix,
    '-c',
    'nginx.conf',
    '-e',
    'stderr',
    '-g',
    'daemon off; master_process off;',
  ]);
  const stop = () => {
    process.stop();
    return rm(prefix, { recursive: true, force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  let listens = false;
  const knock = setInterval(
    () =>
      connect(port, '127.0.0.1', function () {
        listens = true;
        this.end();
      }).on('error', () => {}),
    20,
  );
  try {
    await ready(process, 'nginx', () => listens);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearInterval(knock);
  }
  return { origin, process, stop };
}

/**
 * The ways in which proxies ask about a request: nginx names it in headers of its own, Traefik and Caddy in `X-Forwarded`
 * headers, Envoy sends it with a path before its path.
 */
export const STYLES = {
  nginx: (method, url) => ({
    method: 'GET',
    path: '/auth/nginx',
    headers: { 'X-Original-Method': method, 'X-Original-URI': url },
  }),
  forwarded: (method, url) => ({
    method: 'GET',
    path: '/auth/forwarded',
    headers: { 'X-Forwarded-Method': method, 'X-Forwarded-Uri': url },
  }),
  envoy: (method, url) => ({ method, path: `/auth/envoy${url}`, headers: {} }),
};

/** Asks about a request without its body, as a proxy does. */
export function ask(auth, style, { method, url }) {
  return new Promise((resolve, reject) => {
    const options = STYLES[style](method, url);
    request(auth, options, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const header = (name) => response.headers[`x-pubnub-access-${name}`];
      resolve({
        status: response.statusCode,
        verdict: header('verdict'),
        operation: header('operation'),
        header: header('body'),
        body: Buffer.concat(chunks).toString(),
      });
    })
      .on('error', reject)
      .end();
  });
}
