// Compares the SDKs' results for testdata/divergences with the files. README.md says how to run it.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { readCases, rewritten, token } from './cases.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DATA = fileURLToPath(new URL('../../../testdata/divergences/', import.meta.url));

/** The programs that ask an SDK. Each reads a case and prints an answer on a line. */
const READERS = {
  javascript: ['node', 'javascript/read.mjs', 'node'],
  browser: ['node', 'javascript/read.mjs', 'browser'],
  python: ['python/.venv/bin/python', '-X', 'utf8', 'python/read.py'],
  rust: ['cargo', 'run', '--quiet', '--locked', '--manifest-path', 'rust/Cargo.toml'],
  'chat-0.8': ['node', 'javascript/chat.mjs', '0.8'],
  'chat-1.0': ['node', 'javascript/chat.mjs', '1.0'],
};

const READ = { sdks: ['javascript', 'browser', 'python', 'rust'], input: token };
const DECIDE = {
  sdks: ['chat-0.8', 'chat-1.0'],
  input: (fields) => ({ token: token(fields), channel: JSON.parse(fields.channel), given: fields.given }),
};
const FILES = {
  'armour.txt': READ,
  'encoding.txt': READ,
  'grants.txt': READ,
  'content.txt': READ,
  'decisions.txt': DECIDE,
};

function answers(sdk, inputs) {
  const [command, ...words] = READERS[sdk];
  const input = inputs.map((one) => `${JSON.stringify(one)}\n`).join('');
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: HERE, input, encoding: 'utf8' });
  const lines = stdout?.trimEnd().split('\n') ?? [];
  if (error || status !== 0 || lines.length !== inputs.length) {
    throw new Error(
      `${sdk}: ${error ?? `status ${status}, ${lines.length} answers to ${inputs.length} cases\n${stderr}`}`,
    );
  }
  return lines;
}

const words = process.argv.slice(2);
const rewrite = words.includes('--rewrite');
const named = words.filter((word) => word !== '--rewrite');
const unknown = named.filter((sdk) => !(sdk in READERS));
if (unknown.length > 0) throw new Error(`${unknown} is none of ${Object.keys(READERS)}`);

const counts = { passed: 0, failed: 0 };
for (const [file, { sdks, input }] of Object.entries(FILES)) {
  const cases = readCases(DATA + file);
  const differing = Object.fromEntries(cases.map(({ name }) => [name, {}]));
  const asked = sdks.filter((sdk) => named.length === 0 || named.includes(sdk));
  for (const sdk of asked) {
    const found = answers(
      sdk,
      cases.map(({ fields }) => input(fields)),
    );
    cases.forEach(({ name, fields }, place) => {
      // Refusals of this library are followed by the error's kind and position.
      const ours = fields.ours.replace(/^refused .*/, 'refused');
      const expected = fields[sdk] ?? ours;
      if (found[place] !== ours) differing[name][sdk] = found[place];
      counts[found[place] === expected ? 'passed' : 'failed'] += 1;
      if (found[place] !== expected && !rewrite) {
        console.log(`${file}, ${name}: ${sdk} answers\n    ${found[place]}\n  and not\n    ${expected}`);
      }
    });
  }
  if (rewrite) writeFileSync(DATA + file, rewritten(DATA + file, asked, differing));
}
console.log(rewrite ? `${counts.failed} rewritten` : `${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 && !rewrite ? 1 : 0;
