// Builds the page's elements from answers. Texts are only set as text, never as HTML.

const MARKS = { allow: "✓ allow", deny: "✗ deny", indeterminate: "? indeterminate" };
const PRECEDENCES = {
  union: "entry or any pattern",
  "explicit-else-any": "entry, else any pattern",
  "explicit-else-all": "entry, else all patterns",
};
const PERMISSIONS = ["read", "write", "manage", "delete", "create", "get", "update", "join"];

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return made;
}

function drawn(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const mark = (verdict) => element("span", { class: `mark ${verdict}` }, MARKS[verdict]);
const list = (items) => element("ul", { class: "because" }, items.map((item) => element("li", {}, item)));
const unique = (texts) => [...new Set(texts.filter(Boolean))];
export const rfc3339 = (seconds) => {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().replace(".000Z", "Z");
};

// The library's notes speak of the command's options. The page has fields.
const OWN_WORDS = {
  "give the token with --token or in PUBNUB_TOKEN": "put the token there",
  "a token can be given with --token or in PUBNUB_TOKEN": "to try a token, add it to the URL as `auth`",
  "give it with --body": "paste a call of curl with the body",
  "give it with --at": "set it under \"What if?\"",
};
export const inOwnWords = (text) =>
  Object.entries(OWN_WORDS).reduce((done, [from, to]) => done.replace(from, to), text);

// An unknown with the verdict for each value, in the words of the table of readings.
function decidedText({ message, verdicts }) {
  const unknown = message.slice(0, message.lastIndexOf(": "));
  const cases = Object.entries(verdicts).map(([value, verdict]) =>
    `${verdict} for "${PRECEDENCES[value] ?? value}"`);
  return [unknown, cases.join(", ")].filter(Boolean).join(": ");
}

export function fault(message) {
  return [element("p", { class: "verdict deny" }, "Not readable"), element("p", {}, message)];
}

/** A verdict with its reasons and its remedy. */
export function verdictView({ verdict, message, check, advice = [], notes = [], rejection }) {
  const explained = check ?? {};
  const decided = explained.decided_by ?? [];
  const others = advice.filter((text) => !decided.some(({ message }) => message === text));
  const help = unique([explained.remedy, ...decided.map(decidedText), ...others]);
  const reports = [
    ...(explained.conditions ?? []).map((report) => [report, report.condition.replaceAll("_", " ")]),
    ...(explained.requirements ?? []).map((report) => [
      report, [report.permission, "on", report.kind, report.name].filter(Boolean).join(" "),
    ]),
  ];
  const rows = reports.map(([report, what]) =>
    element("li", {}, mark(report.verdict), ` ${what}`,
      list(unique((report.because ?? []).map((reason) => reason.message)))));
  return [
    element("p", { class: `verdict ${verdict}` }, MARKS[verdict]),
    ...unique([message, explained.summary]).map((text) => element("p", {}, text)),
    help.length ? element("h3", {}, "What helps") : undefined,
    help.length ? list(help) : undefined,
    explained.missing_grant
      ? element("details", {}, element("summary", {}, "The missing grant"),
        element("pre", { tabindex: "0" }, JSON.stringify(explained.missing_grant, null, 2)))
      : undefined,
    rows.length ? element("h3", {}, "Why") : undefined,
    rows.length ? element("ul", { class: "because" }, rows) : undefined,
    rejection
      ? element("p", { class: "quiet" }, `The service would answer with ${rejection.status}.`)
      : undefined,
    notes.length ? list(notes) : undefined,
  ].filter(Boolean);
}

/** The token's time to live as a line, with the time of the question on it. */
export function timelineView(token, at, message) {
  const [issue, expiry] = [Number(token.timestamp), Number(token.expires_at ?? NaN)];
  if (!Number.isFinite(expiry) || !Number.isFinite(at)) return [element("p", {}, message ?? "")];
  const [first, last] = [Math.min(issue, at), Math.max(expiry, at)];
  const margin = Math.max((last - first) * 0.08, 1);
  const scale = 600 / (last - first + 2 * margin);
  const place = (time) => (time - first + margin) * scale;
  const anchor = (x) => (x < 150 ? "start" : x > 450 ? "end" : "middle");
  const label = (x, y, text) => drawn("text", { x, y, "text-anchor": anchor(x) }, text);
  const [left, right, now] = [place(issue), place(expiry), place(at)];
  const text = `Issued ${rfc3339(issue)}, expires ${rfc3339(expiry)}; the question is at ${rfc3339(at)}.`;
  return [
    drawn("svg", { viewBox: "0 0 600 84", role: "img", "aria-label": text },
      drawn("rect", { class: "outside", x: 0, y: 32, width: 600, height: 20 }),
      drawn("rect", { class: "life", x: left, y: 32, width: Math.max(right - left, 1), height: 20 }),
      drawn("line", { class: "moment", x1: now, x2: now, y1: 24, y2: 60 }),
      label(now, 18, `question ${rfc3339(at)}`),
      label(left, 74, left > 300 ? "" : "issued"),
      label(right, 74, `expires ${rfc3339(expiry)}`)),
    element("p", {}, message ?? "", element("span", { class: "quiet" }, ` ${text}`)),
  ];
}

/** The token's contents other than grants. */
export function factsView(token) {
  const facts = [
    ["Issued", rfc3339(token.timestamp)],
    ["Valid for", `${token.ttl} minutes`],
    ["Authorized user", token.authorized_uuid ?? "any"],
    ["Metadata", Object.keys(token.meta ?? {}).length ? JSON.stringify(token.meta) : "none"],
  ];
  return facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
}

/** Permissions as a grid: a row for each grant, a column for each permission. */
export function gridView(token) {
  const rows = [];
  for (const [section, word] of [["resources", ""], ["patterns", "pattern "], ["categories", "all "]]) {
    for (const [kind, entries] of Object.entries(token[section] ?? {})) {
      const singular = section === "categories" ? kind : kind.replace(/ies$/, "y").replace(/s$/, "");
      if (Array.isArray(entries?.permissions)) rows.push([`${word}${singular}`, entries]);
      else {
        for (const [name, entry] of Object.entries(entries ?? {})) {
          rows.push([`${singular} ${word}${name}`, entry]);
        }
      }
    }
  }
  if (rows.length === 0) return [element("p", {}, "Nothing.")];
  const shown = rows.slice(0, 500);
  const head = PERMISSIONS.map((permission) => element("th", { scope: "col" }, permission));
  const body = shown.map(([what, { permissions = [] }]) =>
    element("tr", {}, element("th", { scope: "row" }, what), PERMISSIONS.map((permission) =>
      permissions.includes(permission)
        ? element("td", { class: "granted" }, "✓")
        : element("td", {}, element("span", { class: "quiet" }, "–")))));
  const caption = rows.length > shown.length ? `The first 500 of ${rows.length} grants` : `${rows.length} grants`;
  return [element("table", {}, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "granted on"), head)),
    element("tbody", {}, body))];
}

export function lintView(findings) {
  if (findings.length === 0) return [element("p", {}, "Nothing.")];
  return [element("ul", { class: "because" }, findings.slice(0, 200).map((finding) =>
    element("li", {}, element("strong", {}, `${finding.severity}: `), finding.message ?? finding.code,
      finding.advice ? element("span", { class: "quiet" }, ` ${finding.advice}`) : undefined)))];
}

/** The readings as a table: `verdictOf` returns the verdict of one. */
export function readingsView(verdictOf) {
  const columns = [["plain", "granted"], ["plain", "refused"], ["colon", "granted"], ["colon", "refused"]];
  const head = columns.map(([group_names, doubt]) =>
    element("th", { scope: "col" }, `group names ${group_names}, doubts ${doubt}`));
  const body = Object.entries(PRECEDENCES).map(([precedence, words]) =>
    element("tr", {}, element("th", { scope: "row" }, words), columns.map(([group_names, doubt]) => {
      const verdict = verdictOf({ precedence, group_names, doubt });
      return element("td", { class: verdict }, MARKS[verdict]);
    })));
  return [element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "precedence"), head)),
    element("tbody", {}, body))];
}
