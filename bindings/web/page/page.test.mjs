// The page in Debian's Chromium, opened from disk as a user opens it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { inOwnWords } from "./view.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const file = here("../dist/pubnub-access.html");
const sample = readFileSync(here("../../../testdata/sample.token"), "utf8").trim();
const axe = readFileSync(here("../node_modules/axe-core/axe.min.js"), "utf8");
const at = "2023-11-14T22:14:20Z";
const url = `https://ps.pndsn.com/v2/subscribe/demo/hall/0?uuid=alice&auth=${encodeURIComponent(sample)}`;
const har = JSON.stringify({
  log: {
    entries: [
      { startedDateTime: at, request: { method: "GET", url: "https://example.com/" }, response: { status: 200 } },
      { startedDateTime: at, request: { method: "GET", url }, response: { status: 403 } },
      {
        startedDateTime: at,
        request: { method: "GET", url: url.replace("/hall/", "/room-1/") },
        response: { status: 200 },
      },
    ],
  },
});

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
});
after(() => browser?.close());

/** Opens the page, and records its network requests and its errors. */
async function open({ address = `file://${file}`, ...options } = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(`${error}`));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(address);
  await page.waitForSelector("html[data-ready]", { timeout: 15_000 });
  return { page, requests, errors, close: () => context.close() };
}

const verdict = (page) => page.locator("#verdict .verdict").innerText();
const answer = (page) => page.locator("#verdict").innerText();

async function paste(page, text) {
  await page.evaluate((text) => {
    const field = document.getElementById("pasted");
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }, text);
  await page.waitForTimeout(300);
}

async function whatIf(page, { operation, channels, user, time = at }) {
  if (operation !== undefined) await page.selectOption("#operation", operation);
  if (channels !== undefined) await page.fill("#names-channels", channels);
  if (user !== undefined) await page.fill("#user", user);
  await page.fill("#time", time);
}

test("a token shows when it expires, what it grants and what a linter says", async () => {
  const { page, errors, close } = await open();
  await paste(page, sample);
  assert.match(await verdict(page), /expired/);
  assert.match(await page.locator("#timeline").innerText(), /Issued 2023-11-14T22:13:20Z/);
  assert.equal(await page.locator("#grid tbody tr").count(), 5);
  assert.match(await page.locator("#grid").innerText(), /channel pattern \^room-\[0-9\]\+\$/);
  assert.equal(await page.locator("#grid td.granted").count(), 7);
  assert.match(await page.locator("#facts").innerText(), /alice/);
  assert.match(await page.locator("#lint").innerText(), /Nothing/);
  assert.deepEqual(errors, []);
  await close();
});

test("every verdict, by what if", async () => {
  const { page, errors, close } = await open();
  await paste(page, sample);
  await whatIf(page, { operation: "publish", channels: "room-1", user: "alice" });
  assert.equal(await verdict(page), "✓ allow");
  assert.equal(await page.locator("#readings td.allow").count(), 12);
  await page.fill("#names-channels", "hall");
  assert.equal(await verdict(page), "✗ deny");
  assert.match(await answer(page), /to allow it, grant: channel hall=write/);
  assert.equal(await page.locator("#readings td.deny").count(), 12);
  await page.selectOption("#operation", "fire");
  await page.fill("#names-channels", "room-2");
  assert.equal(await verdict(page), "? indeterminate");
  assert.equal(await page.locator("#readings td.allow").count(), 6);
  assert.equal(await page.locator("#readings td.deny").count(), 6);
  await page.fill("#user", "bob");
  assert.equal(await verdict(page), "✗ deny");
  await page.fill("#user", "alice");
  await page.fill("#time", "2024-01-01T00:00:00Z");
  assert.equal(await verdict(page), "✗ deny");
  assert.match(await answer(page), /expired/);
  assert.deepEqual(errors, []);
  await close();
});

test("a URL, a call of curl and the line of a log say what is missing", async () => {
  const { page, errors, close } = await open();
  for (const text of [url, `curl '${url}' --compressed`, `"GET ${new URL(url).pathname}${new URL(url).search} HTTP/1.1" 403`]) {
    await paste(page, text);
    assert.equal(await verdict(page), "✗ deny", text);
    assert.equal(await page.inputValue("#operation"), "subscribe");
    assert.equal(await page.inputValue("#names-channels"), "hall");
    await whatIf(page, { channels: "room-1" });
    assert.equal(await verdict(page), "✓ allow", text);
  }
  await paste(page, url.split("&auth")[0]);
  assert.match(await answer(page), /carries no token/);
  assert.ok(await page.locator("#token").isHidden());
  assert.deepEqual(errors, []);
  await close();
});

test("a HAR file lists its requests, pasted and opened", async () => {
  const { page, errors, close } = await open();
  const holds = async () => {
    assert.equal(await page.locator("#which option").count(), 2);
    assert.match(await page.locator("#others").innerText(), /1 other/);
    assert.equal(await verdict(page), "✗ deny");
    await page.selectOption("#which", { index: 1 });
    assert.equal(await verdict(page), "✓ allow");
  };
  await paste(page, har);
  await holds();
  await page.click("#clear");
  assert.match(await answer(page), /Paste something/);
  await page.setInputFiles("#file", { name: "a.har", mimeType: "application/json", buffer: Buffer.from(har) });
  await page.waitForTimeout(300);
  await holds();
  assert.deepEqual(errors, []);
  await close();
});

test("bad input is said to be bad, and breaks nothing", async () => {
  const { page, errors, close } = await open();
  const bad = [
    "x", "%%%", sample.slice(0, -4), `${sample}AAAA`, "{}", "[1,2]", "{\"log\":{\"entries\":[", "\u0000\u202e",
    "curl", "curl 'unclosed", "https://", "<img src=x onerror=alert(1)>", "a b c", "A".repeat(200_000),
    "/v2/subscribe", "\ud800",
  ];
  for (const text of bad) {
    await paste(page, text);
    assert.equal(await page.locator("#verdict img").count(), 0);
    assert.match(await answer(page), /Not readable|indeterminate|deny/, text.slice(0, 40));
    assert.ok((await answer(page)).length > 20);
  }
  await paste(page, sample);
  await whatIf(page, { operation: "publish", channels: "", user: "alice" });
  assert.match(await answer(page), /Not readable/);
  await whatIf(page, { channels: "room-1", time: "yesterday" });
  assert.match(await answer(page), /Not readable/);
  await whatIf(page, { channels: "room-1" });
  assert.equal(await verdict(page), "✓ allow");
  assert.deepEqual(errors, []);
  await close();
});

test("a link shares the redacted token in its fragment", async () => {
  const { page, close } = await open();
  await paste(page, sample);
  await whatIf(page, { operation: "publish", channels: "room-1", user: "alice" });
  const link = await page.inputValue("#link");
  assert.ok(link.includes("#") && !link.includes(encodeURIComponent(sample)));
  assert.ok(!link.includes("0eHw"), "the end of the signature");
  await page.check("#made-up");
  assert.ok(!(await page.inputValue("#link")).includes("room-1"));
  await close();
  const opened = await open({ address: link });
  assert.equal(await verdict(opened.page), "✓ allow");
  assert.equal(await opened.page.inputValue("#names-channels"), "room-1");
  assert.equal(await opened.page.inputValue("#user"), "alice");
  assert.deepEqual(opened.errors, []);
  await opened.close();
  const broken = await open({ address: `file://${file}#%7Bnonsense` });
  assert.match(await answer(broken.page), /does not hold a token/);
  await broken.close();
});

test("a token is found within other text", async () => {
  const { page, errors, close } = await open();
  for (const text of [
    `"${sample}"`, `PUBNUB_TOKEN=${sample}`, `Authorization: Bearer ${sample}`,
    JSON.stringify({ data: { token: sample } }),
  ]) {
    await paste(page, "");
    await paste(page, text);
    assert.match(await verdict(page), /A token: the token expired/, text.slice(0, 20));
  }
  // A mangled token is not taken for another one.
  await paste(page, `token ${sample}AAAA`);
  assert.equal(await verdict(page), "Not readable");
  assert.deepEqual(errors, []);
  await close();
});

test("requests as JSON, in each of their forms, lead to their token", async () => {
  const { page, errors, close } = await open();
  const entry = { request: { method: "GET", url }, response: { status: 403 } };
  for (const form of [entry, [entry, entry], { url, status: 403 }, { log: { entries: [entry] } }]) {
    await paste(page, "");
    await paste(page, JSON.stringify(form));
    assert.equal(await verdict(page), "✗ deny");
    assert.ok(await page.isVisible("#what-if"), JSON.stringify(form).slice(0, 20));
  }
  await paste(page, JSON.stringify({ log: { entries: [] } }));
  assert.match(await answer(page), /No request in this file is PubNub's/);
  assert.ok(!(await page.isVisible("#requests")));
  assert.deepEqual(errors, []);
  await close();
});

test("the readings are of the request's own names, with the space before one", async () => {
  const { page, errors, close } = await open();
  await paste(page, url.replace("/hall/", "/%20room-1/"));
  assert.equal(await verdict(page), "✗ deny");
  await page.fill("#time", at);
  assert.match(await answer(page), /channel " room-1"/);
  assert.equal(await page.locator("#readings td.deny").count(), 12);
  await page.fill("#names-channels", "room-1 , room-1");
  assert.equal(await verdict(page), "✓ allow");
  assert.deepEqual(errors, []);
  await close();
});

test("several lines are several requests, each with its token", async () => {
  const { page, errors, close } = await open();
  const bare = "https://ps.pndsn.com/v2/subscribe/demo/room-1/0?uuid=alice";
  const asJson = JSON.stringify({ url, status: 403 });
  for (const text of [
    `curl '${bare}'\ncurl \\\n '${url}'`, `GET ${bare} 403\nrubbish\nGET ${url} 403\n`,
    `${JSON.stringify({ url: bare, status: 403 })}\n${asJson}`,
  ]) {
    await paste(page, "");
    await paste(page, text);
    assert.equal(await page.locator("#which option").count(), 2, text.slice(0, 10));
    assert.ok(!(await page.isVisible("#what-if")), "the first has no token");
    await page.selectOption("#which", { index: 1 });
    assert.equal(await verdict(page), "✗ deny");
    assert.equal(await page.inputValue("#names-channels"), "hall");
  }
  assert.deepEqual(errors, []);
  await close();
});

test("a file opens again after it was cleared, and a large one is not laid out", async () => {
  const { page, errors, close } = await open();
  const mimeType = "application/json";
  const buffer = (text) => ({ name: "network.har", mimeType, buffer: Buffer.from(text) });
  for (const [text, shown] of [[har, har], [har, har], [har + " ".repeat(9) + "\n".repeat(2e6), har]]) {
    await page.setInputFiles("#file", buffer(text));
    await page.waitForSelector("#requests:not([hidden])");
    assert.equal(await page.inputValue("#pasted"), shown);
    await page.click("#clear");
    assert.match(await answer(page), /Paste something/);
  }
  const large = JSON.parse(har);
  large.log.entries[0].response.content = { text: "y".repeat(2e6) };
  await page.setInputFiles("#file", buffer(JSON.stringify(large)));
  await page.waitForSelector("#requests:not([hidden])");
  assert.equal(await page.inputValue("#pasted"), "");
  assert.equal(await page.getAttribute("#pasted", "placeholder"), "network.har");
  assert.equal(await verdict(page), "✗ deny");
  assert.deepEqual(errors, []);
  await close();
});

test("the page does not speak of the command's options", async () => {
  const { page, close } = await open();
  const text = () => page.locator("main").innerText();
  const path = "https://ps.pndsn.com/v2/subscribe/demo/hall/0?uuid=alice";
  for (const [pasted, said] of [
    [path, /to try a token, add it to the URL as `auth`/],
    [`${path}&auth=***`, /put the token there/],
    [url.replace("/v2/subscribe/demo/hall/0", "/v3/pam/demo/grant"), /./],
    [`POST https://ps.pndsn.com/v1/files-auth?auth=${sample}`, /./],
    [`GET ${url} 403\nGET ${url} 403`, /set it under "What if\?"/],
  ]) {
    await paste(page, pasted);
    assert.match(await answer(page), said, pasted.slice(0, 60));
    assert.doesNotMatch(await text(), /--[a-z]|PUBNUB_/, pasted.slice(0, 60));
  }
  // Every note of the library. The page gives no token beside the request, so two never appear.
  const library = readFileSync(here("../../../src/json/request/sentences.rs"), "utf8");
  const notes = [...library.matchAll(/note\("([^"]*--[a-z][^"]*)"/g)].map(([, note]) => note);
  const own = notes.filter((note) => !note.startsWith("--token ")).map(inOwnWords);
  assert.ok(own.length >= 4);
  for (const note of own) assert.doesNotMatch(note, /--|PUBNUB_/);
  await paste(page, sample);
  await page.fill("#user", "alice");
  await page.fill("#time", at);
  const operations = await page.locator("#operation option").evaluateAll((all) => all.map(({ value }) => value));
  let unknowns = 0;
  for (const operation of operations.filter(Boolean)) {
    await page.selectOption("#operation", operation);
    for (const field of await page.locator("#names input").all()) await field.fill("room-2");
    const shown = await text();
    assert.doesNotMatch(shown, /--[a-z]/, operation);
    unknowns += /depends on .*: allow for "\w+", deny for "\w+"/.test(shown);
  }
  assert.ok(unknowns >= 5, `${unknowns}`);
  await page.selectOption("#operation", "fire");
  await page.fill("#names-channels", "room-2");
  assert.match(await answer(page),
    /depends on a requirement that is inferred, not documented: allow for "granted", deny for "refused"/);
  await close();
});

test("paper is light, and does not show what was pasted", async () => {
  const { page, close } = await open({ colorScheme: "dark" });
  await paste(page, url);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), "rgb(27, 31, 36)");
  for (const id of ["pasted", "link", "clear"]) assert.ok(!(await page.isVisible(`#${id}`)), id);
  assert.equal(await verdict(page), "✗ deny");
  await close();
});

test("keyboard alone gets from the token to a verdict", async () => {
  const { page, close } = await open();
  const focused = () => page.evaluate(() => document.activeElement.id);
  const tabTo = async (id) => {
    for (let presses = 0; presses < 40 && (await focused()) !== id; presses += 1) {
      await page.keyboard.press("Tab");
    }
    assert.equal(await focused(), id);
  };
  await tabTo("pasted");
  await page.keyboard.insertText(sample);
  await page.waitForTimeout(300);
  await tabTo("operation");
  await page.keyboard.type("publish");
  await tabTo("names-channels");
  await page.keyboard.type("room-1");
  await tabTo("user");
  await tabTo("time");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(at);
  assert.equal(await verdict(page), "✓ allow");
  for (const id of ["now", "readings-table", "grid", "made-up", "link", "copy"]) await tabTo(id);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: axe-core finds nothing, empty and full, wide and on a phone`, async () => {
    for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
      const { page, close } = await open({ colorScheme, viewport, bypassCSP: true });
      const violations = async () => {
        await page.evaluate(axe);
        return page.evaluate(async () => {
          const { violations } = await window.axe.run();
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        });
      };
      assert.deepEqual(await violations(), []);
      await paste(page, har);
      assert.deepEqual(await violations(), []);
      await page.selectOption("#operation", "fire");
      await page.fill("#names-channels", "room-2");
      await page.fill("#time", at);
      assert.deepEqual(await violations(), []);
      await paste(page, "nonsense");
      assert.deepEqual(await violations(), []);
      await close();
    }
  });
}

test("a phone's width is enough", async () => {
  const { page, close } = await open({ viewport: { width: 360, height: 740 } });
  await paste(page, url);
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok((await wide()) <= 0);
  // Words of the tables stay whole: a line of a heading holds more than a letter or two.
  for (const head of await page.locator("thead th").all()) {
    const { height } = await head.boundingBox();
    assert.ok(height < 150, `${await head.innerText()}: ${height} pixels`);
  }
  await paste(page, "A".repeat(5000));
  assert.ok((await wide()) <= 0);
  await close();
});

/** Uses every part of the page. */
async function use(page) {
  for (const text of [sample, url, `curl '${url}'`, har, "<img src=https://example.com/x>"]) await paste(page, text);
  await paste(page, sample);
  await whatIf(page, { operation: "publish", channels: "room-1", user: "alice" });
  await page.check("#made-up");
  await page.click("#copy");
  await page.click("#now");
}

test("no request leaves the page, with its policy and without it", async () => {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.url);
    response.setHeader("content-type", "text/html");
    const page = readFileSync(file, "utf8");
    const tag = /<meta http-equiv="Content-Security-Policy"[^>]*>/;
    assert.match(page, tag);
    response.end(request.url === "/bare" ? page.replace(tag, "") : page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  for (const address of [`file://${file}`, `${origin}/`, `${origin}/bare`]) {
    const { page, requests, errors, close } = await open({ address });
    await use(page);
    // The icon is a data URL, which makes no connection.
    assert.deepEqual(requests.filter((url) => !url.startsWith("data:")), [address], "only the page itself");
    assert.deepEqual(errors, []);
    // The policy stops connections that the page itself attempts. Without it, the log would show
    // them.
    const tried = await page.evaluate(async (origin) => {
      const violations = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
      await fetch(`${origin}/leak`).catch(() => {});
      const image = new Image();
      image.src = `${origin}/leak.png`;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return violations;
    }, origin);
    assert.deepEqual(tried, address.endsWith("/bare") ? [] : ["connect-src", "img-src"]);
    await close();
  }
  server.close();
  // The browser itself may ask for an icon.
  assert.deepEqual(seen.filter((url) => url !== "/favicon.ico"), ["/", "/bare", "/leak", "/leak.png"]);
});

test("the page is one file of at most 300 kB, gzipped", () => {
  const page = readFileSync(file);
  assert.ok(gzipSync(page, { level: 9 }).length <= 300_000);
  assert.ok(!/(src|href)="?(https?:)?\/\//.test(page.toString()));
});

test("a picture of the page is small", async () => {
  const { page, close } = await open({ viewport: { width: 900, height: 1150 } });
  await page.click("#example");
  assert.match(await answer(page), /to allow it, grant: channel hall=read/);
  await page.evaluate(() => scrollTo(0, 0));
  const picture = await page.screenshot({ type: "png" });
  assert.ok(picture.length < 150_000, `${picture.length} bytes`);
  if (process.env.PUBNUB_ACCESS_REWRITE) writeFileSync(here("../picture.png"), picture);
  await close();
});
