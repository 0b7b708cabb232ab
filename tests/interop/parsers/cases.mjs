// The files of testdata/divergences: reads their cases, and writes the SDKs' results into them.

import { readFileSync } from 'node:fs';

/** Bytes written as hex digits and as text between single quotes: `41 'v' 02`. */
function bytes(notation) {
  const parts = notation.split("'").map((part, position) => {
    return position % 2 === 1 ? Buffer.from(part) : Buffer.from(part.replaceAll(' ', ''), 'hex');
  });
  return Buffer.concat(parts);
}

/** The token of a case, as text: its CBOR in padded base64url, unless the case has a text. */
export function token({ text, cbor }) {
  if (text) return JSON.parse(text);
  return bytes(cbor).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** The cases of a file: names and fields, with the abbreviations in `cbor` written out. */
export function readCases(path) {
  const abbreviations = [];
  const cases = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, short, long] = /^(<\w+>) = (.+)$/.exec(line) ?? [];
    const [, key, value] = /^([\w.-]+): (.+)$/.exec(line) ?? [];
    if (name) cases.push({ name, fields: {} });
    else if (short) abbreviations.push([short, long]);
    else if (key === 'cbor') {
      cases.at(-1).fields.cbor = abbreviations.reduce((cbor, pair) => cbor.replaceAll(...pair), value);
    } else if (key) cases.at(-1).fields[key] = value;
    else if (line !== '' && !line.startsWith('#')) throw new Error(`${path}: ${line}`);
  }
  return cases;
}

/** The text of a file with new answers of the SDKs: `{ case: { sdk: answer } }`. */
export function rewritten(path, sdks, answers) {
  let name;
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => !sdks.some((sdk) => line.startsWith(`${sdk}: `)))
    .flatMap((line) => {
      name = /^\[(.+)\]$/.exec(line)?.[1] ?? name;
      if (!line.startsWith('ours: ')) return [line];
      return [line, ...Object.entries(answers[name]).map(([sdk, answer]) => `${sdk}: ${answer}`)];
    })
    .join('\n');
}
