// Starts the programs between the SDK and the stub: the gateway, and a proxy in front of it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { until } from './sdk.mjs';

/** A child process, what it has printed, and how to stop it. */
function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
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

/** Waits until a process is ready. If it ends before, the error has its output. */
async function ready(process, command, condition) {
  await until(() => condition() || process.ended, `${command} to listen: ${process.output}${process.errors}`);
  if (process.ended) throw new Error(`${command} ended, ${process.ended}: ${process.output}${process.errors}`);
}

/** The gateway. `origin` is that of its reverse proxy, if `upstream` is given; `auth` answers sub-requests. */
export async function startGateway(command, { upstream, args = [] }) {
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

/**
 * The proxies: the program, its files in `gateway/configs`, its arguments, whether it sends bodies along, and whether it
 * decodes `%7E` in paths, which does not change their meaning.
 */
export const PROXIES = {
  nginx: {
    program: 'nginx',
    files: ['nginx.conf'],
    args: ['-p', '.', '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off; master_process off;'],
    seesBody: false,
  },
  caddy: { program: 'caddy', files: ['Caddyfile'], args: ['run', '--config', 'Caddyfile'], seesBody: false },
  haproxy: {
    program: 'haproxy',
    files: ['haproxy.cfg', 'pubnub-access.lua'],
    args: ['-db', '-f', 'haproxy.cfg'],
    seesBody: true,
  },
  'envoy-http': envoy('envoy-http.yaml'),
  'envoy-grpc': envoy('envoy-grpc.yaml'),
  traefik: {
    program: 'traefik',
    files: ['traefik-dynamic.yml'],
    args: ['--providers.file.filename=traefik-dynamic.yml'],
    seesBody: true,
    decodes: true,
  },
};

function envoy(file) {
  const args = ['-c', file, '--concurrency', '1', '-l', 'error', '--use-dynamic-base-id'];
  return { program: 'envoy', files: [file], args, seesBody: true };
}

/** Looks for a program in the directories of `PUBNUB_ACCESS_PROXIES` and `PATH`. */
function find(program) {
  const directories = [process.env.PUBNUB_ACCESS_PROXIES ?? '', process.env.PATH ?? '', '/usr/sbin'];
  const paths = directories.flatMap((list) => list.split(delimiter)).map((directory) => join(directory, program));
  const found = paths.find(existsSync);
  if (!found) throw new Error(`${program} is missing`);
  return found;
}

/** A proxy, which asks `auth` and forwards to `upstream`. It writes only to its own directory. */
export async function startProxy(name, auth, upstream) {
  const { program, files, args } = PROXIES[name];
  const directory = await mkdtemp(join(tmpdir(), `pubnub-access-${name}-`));
  const port = await freePort();
  const ports = { 8080: port, 8081: new URL(auth).port, 8090: new URL(upstream).port };
  const more = [];
  for (const file of files) {
    const text = await readFile(new URL(`../../../gateway/configs/${file}`, import.meta.url), 'utf8');
    const own = text.replace(/\b(8080|8081|8090)\b/g, (known) => ports[known]);
    // A comment of the configuration has the arguments of the entry point.
    if (name === 'traefik') more.push(...own.match(/--entryPoints\S+/g));
    await writeFile(join(directory, file), own);
  }
  const environment = { ...process.env, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  const started = start(find(program), [...args, ...more], { cwd: directory, env: environment });
  const stop = () => {
    started.stop();
    return rm(directory, { recursive: true, force: true });
  };
  const origin = `http://127.0.0.1:${port}`;
  // Traefik listens before it knows its routes. One request at a time: none arrives late at the stub.
  const knock = () =>
    new Promise((resolve) => {
      request(`${origin}/time/0`, { agent: false }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode === 200));
      })
        .on('error', () => resolve(false))
        .end();
    });
  try {
    for (const end = Date.now() + 20_000; !(await knock()); await new Promise((wake) => setTimeout(wake, 50))) {
      if (started.ended || Date.now() > end) throw new Error(`${program} does not serve: ${started.errors}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin, process: started, stop };
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
