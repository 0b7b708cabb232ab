// The gateway's expected behaviour, derived only from the requirements of a case.

import { ALL, GET, mint } from './token.mjs';

/** Ways of granting. Patterns for groups match both `name` and `:name`, whichever the service uses. */
const escaped = (name) => name.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
const pattern = ({ kind, name }) => `^${kind === 'grp' ? ':?' : ''}${escaped(name)}$`;

function merge(needs, nameOf, maskOf) {
  const masks = {};
  for (const one of needs.filter(({ kind }) => kind !== 'cat')) {
    masks[one.kind] ??= {};
    masks[one.kind][nameOf(one)] = maskOf(one);
  }
  return masks;
}

function categories(needs) {
  const named = needs.filter(({ kind }) => kind === 'cat').map(({ name }) => [name, GET]);
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}

/** A token that grants what is needed and nothing else, by explicit entries or by patterns. */
export function tokenWith(needs, by) {
  const masks = merge(needs, by === 'patterns' ? pattern : ({ name }) => name, ({ permission }) => permission);
  return mint({ [by === 'patterns' ? 'pat' : 'res']: masks, cat: categories(needs) });
}

/** A token that grants everything, except what is missing. */
export function tokenWithout(needs, missing) {
  const lacks = (kind) => missing.filter((one) => one.kind === kind).reduce((mask, one) => mask | one.permission, 0);
  const everything = (kind) => ({ '^.*$': ALL & ~lacks(kind) });
  const res = merge(
    needs,
    ({ name }) => name,
    (one) => (missing.includes(one) ? ALL & ~one.permission : ALL),
  );
  const pat = {
    chan: everything('chan'),
    grp: everything('grp'),
    uuid: everything('uuid'),
    usr: { '^.*$': ALL },
    spc: { '^.*$': ALL },
  };
  // Neither other names nor kinds that no operation uses may count.
  for (const kind of ['chan', 'grp', 'uuid']) res[kind] = { 'something-else': ALL, ...res[kind] };
  for (const { name } of missing) res.spc = { ...res.spc, [name]: ALL };
  const all = [
    { kind: 'cat', name: 'chan' },
    { kind: 'cat', name: 'uuid' },
  ];
  const cat = categories(all.filter(({ name }) => !missing.some((one) => one.kind === 'cat' && one.name === name)));
  return mint({ res, pat, cat });
}

/** The tokens to try for a case: `{ label, token, by, missing }`. */
export function variants({ needs, unknown }) {
  if (needs.length === 0) {
    const label = unknown ? 'a token, and unknown needs' : 'a token, and no needs';
    return [{ label, token: mint({ res: { chan: { 'something-else': ALL } } }), missing: [] }];
  }
  const named = needs.some(({ kind }) => kind !== 'cat');
  const without = (missing, label) => ({ label: `without ${label}`, token: tokenWithout(needs, missing), missing });
  return [
    { label: 'granted by entries', token: tokenWith(needs, 'entries'), by: 'entries', missing: [] },
    ...(named
      ? [{ label: 'granted by patterns', token: tokenWith(needs, 'patterns'), by: 'patterns', missing: [] }]
      : []),
    without(needs, 'any'),
    ...(needs.length > 1 ? needs.map((one) => without([one], `${one.kind} ${one.name}`)) : []),
  ];
}

/** The correct verdicts for a case and a token. `seesBody` is true if the gateway receives bodies. */
export function verdicts({ needs, unknown, signed }, { missing }, seesBody) {
  if (signed) return ['allow', 'indeterminate'];
  const answers = needs.map((one) => {
    const hidden = one.body && !seesBody;
    if (missing.includes(one)) return one.inferred || hidden ? 'doubt' : 'no';
    return hidden ? 'doubt' : 'yes';
  });
  if (answers.includes('no')) return ['deny'];
  if (unknown || answers.includes('doubt')) return ['indeterminate'];
  return ['allow'];
}

/** The operations that the gateway can recognise. Without a body, it takes removing for setting, which needs the same permissions. */
export function recognisable({ operations, byBody }, seesBody) {
  return byBody && !seesBody ? operations.map((id) => id.replace(/^remove-/, 'set-')) : operations;
}

/** Reports whether the gateway forwards a request in a mode. A signed one is always forwarded. */
export function forwarded(verdicts, { signed }, enforce) {
  if (signed || enforce === 'nothing') return true;
  return verdicts.every((one) => one === 'allow' || (one === 'indeterminate' && enforce === 'denials'));
}

/** The problems of a refusal's body: it must name everything that is certainly denied, and nothing that is granted. */
export function wrongBody(body, { missing }, { gradual }, seesBody) {
  if (
    body?.status !== 403 ||
    body.error !== true ||
    body.service !== 'Access Manager' ||
    body.message !== 'Forbidden'
  ) {
    return 'not the body of a denial';
  }
  const visible = (one) => seesBody || !one.body;
  for (const [key, kind] of [
    ['channels', 'chan'],
    ['channel-groups', 'grp'],
  ]) {
    const listed = (body.payload?.[key] ?? []).map((name) => (kind === 'grp' ? name.replace(/^:/, '') : name));
    const names = (list) => list.filter((one) => one.kind === kind && visible(one)).map(({ name }) => name);
    const certain = names(missing.filter((one) => !one.inferred));
    const doubtful = names(missing);
    const absent = certain.filter((name) => !listed.includes(name));
    const wrong = listed.filter((name, at) => !doubtful.includes(name) || listed.indexOf(name) !== at);
    if (absent.length > 0 && !(gradual && listed.length > 0)) return `${key} without ${JSON.stringify(absent)}`;
    if (wrong.length > 0) return `${key} with ${JSON.stringify(wrong)}`;
    if (kind === 'grp' && !(body.payload?.[key] ?? []).every((name) => name.includes(':')))
      return 'a group without a colon';
  }
  return undefined;
}
