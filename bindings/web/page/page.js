// The page: pasted text, questions about it, and the link to share.
import { AccessError, create } from "../npm/core.js";
import { unlzma } from "./unlzma.js";
import {
  element, factsView, fault, gridView, inOwnWords, lintView, readingsView, rfc3339, timelineView,
  verdictView,
} from "./view.js";

// The module precedes this script, as base64 of LZMA.
const bytes = Uint8Array.from(atob(module), (character) => character.charCodeAt(0));
const { Token, request, operations } = create(await WebAssembly.compile(unlzma(bytes)));

const $ = (id) => document.getElementById(id);
const show = (id, shown = true) => { $(id).hidden = !shown; };
const table = new Map(operations().map((operation) => [operation.id, operation]));
const KEYS = {
  channel: "channels", group: "groups", uuid: "uuids", user: "users", entity: "entities",
  relationship: "relationships", membership: "memberships",
};
const now = () => Math.floor(Date.now() / 1000);

// The current token, and the names in the fields: those of a request, until the user edits them.
let token;
let names = {};

for (const area of new Set([...table.values()].map((operation) => operation.area))) {
  const rows = [...table.values()].filter((operation) => operation.area === area);
  $("operation").append(element("optgroup", { label: area },
    rows.map(({ id }) => element("option", { value: id }, id))));
}
$("operation").prepend(element("option", { value: "" }, "choose an operation"));

// The token of a URL or of a call of curl. The library's answers do not repeat it.
function tokenIn(text) {
  const found = /(?:[?&]|\\u0026)auth=([^&\s"'`\\#]+)/.exec(text);
  if (found === null) return undefined;
  try {
    return new Token(decodeURIComponent(found[1]));
  } catch {
    return undefined;
  }
}

// The first token within a text, such as a server's answer or a variable with its value.
function tokenWithin(text) {
  const words = text.slice(0, 100_000).matchAll(/(?<![\w+/-])[\w+/-]{40,}={0,2}(?![\w+/=-])/g);
  for (const [word] of words) {
    try {
      return new Token(word);
    } catch {
      // The next word may be one.
    }
  }
  return undefined;
}

const isOneWord = (text) => /^[A-Za-z0-9_+/=-]+$/.test(text) && !text.startsWith("/");

function clear(...shown) {
  token = undefined;
  names = {};
  for (const id of ["requests", "what-if", "readings", "token", "share"]) show(id, false);
  $("verdict").replaceChildren(...shown);
}

function read(text = $("pasted").value.trim()) {
  if (text === "") return clear(element("p", {}, "Paste something to begin."));
  try {
    if (isOneWord(text)) {
      return lookAlone(new Token(text));
    }
    const answer = request(text, { at: now() });
    clear();
    if (answer.requests === undefined) return look(answer, text);
    const entries = answer.requests;
    const parts = partsOf(text, entries);
    const pick = (index) => look(entries[index], parts[index]);
    $("which").replaceChildren(...entries.map((entry, index) =>
      element("option", { value: index }, describe(entry))));
    $("others").textContent = others(answer);
    if (entries.length === 0) {
      return $("verdict").replaceChildren(element("p", {}, "No request in this file is PubNub's."));
    }
    show("requests");
    $("which").onchange = () => pick($("which").value);
    return pick(0);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const found = tokenWithin(text);
    return found === undefined ? clear(...fault(error.message)) : lookAlone(found);
  }
}

function lookAlone(found) {
  clear();
  take(found);
  fill({ operation: "", at: now() });
  ask();
}

const describe = ({ entry, status, method, operation, verdict }) =>
  `${entry}: ${method ?? ""} ${operation ?? "?"}, answered ${status ?? "nothing"}, here ${verdict}`;

function others({ other_requests: other, left_out: left }) {
  const parts = [];
  if (other > 0) parts.push(`${other} other requests are not PubNub's.`);
  if (left > 0) parts.push(`${left} more are not shown.`);
  return parts.join(" ");
}

// The part of the text that holds each request: its URL in a HAR file, or its lines.
function partsOf(text, entries) {
  const starts = entries.map(({ entry }) => entry - 1);
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    const lines = text.split("\n");
    return starts.map((start, index) => lines.slice(start, starts[index + 1]).join("\n"));
  }
  const all = Array.isArray(file) ? file : (file.log?.entries ?? [file]);
  return starts.map((start) => `${all[start]?.request?.url ?? all[start]?.url ?? ""}`);
}

// Shows a request. The fields then ask about its token.
function look(answer, text) {
  const at = answer.at ?? now();
  token = undefined;
  for (const id of ["what-if", "readings", "token", "share"]) show(id, false);
  const found = tokenIn(text);
  if (found !== undefined) {
    take(found);
    fill({ ...answer, at });
  }
  const error = answer.token_error?.error ?? answer.token_error?.message
    ?? answer.route_error?.error ?? answer.route_error?.message;
  $("verdict").replaceChildren(...verdictView({
    ...answer, check: answer.check ?? answer.partial_check,
    notes: [...(error === undefined ? [] : [`${error}`]), ...answer.notes.map(inOwnWords)],
  }));
  if (found !== undefined) settle();
}

function take(taken) {
  token = taken;
  show("what-if");
  show("token");
  show("share");
  $("grid").replaceChildren(...gridView(token.inspect({ at: now() })));
  $("lint").replaceChildren(...lintView(token.lint()));
}

function fill(question) {
  $("operation").value = table.has(question.operation) ? question.operation : "";
  names = Object.fromEntries(Object.values(KEYS).map((key) => [key, question[key] ?? []]));
  $("user").value = question.user_id ?? token.inspect({ at: 0 }).authorized_uuid ?? "";
  $("time").value = /^[0-9]+$/.test(question.at) ? rfc3339(question.at) : question.at;
  fields();
}

// The fields for what the operation names.
function fields() {
  const operation = table.get($("operation").value);
  $("needs").textContent = operation === undefined ? "" : `It needs: ${operation.needs}`;
  const keys = (operation?.resources ?? []).map(({ kind }) => KEYS[kind]).filter(Boolean);
  $("names").replaceChildren(...[...new Set(keys)].map((key) => {
    const field = element("input", { id: `names-${key}`, autocomplete: "off", spellcheck: "false" });
    field.value = (names[key] ?? []).join(", ");
    field.oninput = () => {
      names[key] = field.value.split(",").map((name) => name.trim()).filter(Boolean);
      ask();
    };
    return element("p", {}, element("label", { for: field.id }, `${key} (commas between)`), field);
  }));
}

function question() {
  const asked = { at: $("time").value.trim() || undefined };
  if ($("user").value !== "") asked.userId = $("user").value;
  for (const { kind } of table.get($("operation").value)?.resources ?? []) {
    if (names[KEYS[kind]]?.length) asked[KEYS[kind]] = names[KEYS[kind]];
  }
  return asked;
}

// Answers the question in the fields.
function ask() {
  if (token === undefined) return;
  const operation = $("operation").value;
  try {
    if (operation === "") {
      const inspection = token.inspect({ at: question().at });
      $("verdict").replaceChildren(
        element("p", { class: `verdict ${inspection.time.verdict}` }, "A token: ", inspection.time.message),
        element("p", {}, "Choose an operation below to see whether the token allows it."));
    } else {
      const check = token.explain(operation, question());
      $("verdict").replaceChildren(...verdictView({ verdict: check.verdict, check }));
    }
    settle();
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    show("readings", false);
    $("verdict").replaceChildren(...fault(error.message));
  }
}

// Fills the parts below the answer.
function settle() {
  const operation = $("operation").value;
  const asked = question();
  const inspection = token.inspect({ at: asked.at });
  const seconds = /^[0-9]+$/.test(asked.at) ? Number(asked.at) : Date.parse(asked.at) / 1000;
  $("timeline").replaceChildren(...timelineView(inspection, seconds, inspection.time.message));
  $("facts").replaceChildren(...factsView(inspection));
  show("readings", false);
  share();
  if (operation === "") return;
  try {
    const verdictOf = (policy) => token.check(operation, { ...asked, policy });
    $("readings-table").replaceChildren(...readingsView(verdictOf));
    show("readings");
  } catch (error) {
    // The form cannot express this request. Its answer is shown above.
    if (!(error instanceof AccessError)) throw error;
  }
}

// The link: the question and the token without its signature, which contains no secret.
function share() {
  const redacted = token.redact({ names: $("made-up").checked }).token;
  const shared = { token: redacted, operation: $("operation").value, ...question() };
  if ($("made-up").checked) {
    for (const key of [...Object.values(KEYS), "userId"]) delete shared[key];
  }
  const text = encodeURIComponent(JSON.stringify(shared));
  $("link").value = `${location.href.split("#")[0]}#${text}`;
}

// Opens a shared link.
function open() {
  if (location.hash.length < 2) return;
  try {
    const shared = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    $("pasted").value = `${shared.token}`;
    clear();
    take(new Token($("pasted").value));
    const list = (key) => (Array.isArray(shared[key]) ? shared[key].map(String) : []);
    fill({
      ...Object.fromEntries(Object.values(KEYS).map((key) => [key, list(key)])),
      operation: `${shared.operation ?? ""}`,
      user_id: shared.userId === undefined ? undefined : `${shared.userId}`,
      at: `${shared.at ?? now()}`,
    });
    ask();
  } catch {
    clear(...fault("The link does not hold a token."));
  }
}

const EXAMPLE = "curl 'https://ps.pndsn.com/v2/subscribe/demo/hall/0?uuid=alice&auth="
  + "qEF2AkF0GmVT8QBDdHRsGDxDcmVzo0RjaGFuomZyb29tLTEDbXJvb20tMS1wbnByZXMBQ2dycKFlbG9iYnkBRHV1aWShZWFsaWNlGGBD"
  + "cGF0oURjaGFuoW1ecm9vbS1bMC05XSskAURtZXRhoWR0aWVy9kR1dWlkZWFsaWNlQ3NpZ1ggAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  + "AAAAAAA%3D'";
let waiting;
$("pasted").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => read(), 120);
});
$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  if (file === undefined) return;
  const text = (await file.text()).trim();
  // The browser takes seconds to lay out a large text.
  $("pasted").value = text.length > 1_000_000 ? "" : text;
  $("pasted").placeholder = file.name;
  // Else the same file, opened again, is no change.
  $("file").value = "";
  read(text);
});
$("example").addEventListener("click", () => {
  $("pasted").value = EXAMPLE;
  read();
  // A minute after its token was issued.
  $("time").value = "2023-11-14T22:14:20Z";
  ask();
});
$("clear").addEventListener("click", () => {
  $("pasted").value = "";
  $("pasted").placeholder = "";
  read();
  $("pasted").focus();
});
$("operation").addEventListener("change", () => { fields(); ask(); });
$("user").addEventListener("input", ask);
$("time").addEventListener("input", ask);
$("now").addEventListener("click", () => { $("time").value = rfc3339(now()); ask(); });
$("made-up").addEventListener("change", share);
$("copy").addEventListener("click", async () => {
  $("link").select();
  try {
    await navigator.clipboard.writeText($("link").value);
  } catch {
    document.execCommand("copy");
  }
  $("copy").textContent = "Copied";
});
$("form").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", open);
open();
document.documentElement.dataset.ready = "yes";
