// The widget in a page of another origin, whose policy allows nothing but this server's script and its answers.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { api, closeWindow, end, isAccessible, openWindow, startServer } from "./harness.mjs";

const BUGS = "issues";
let server;
let site;

before(async () => {
  server = await startServer();
  site = await startSite();
});
after(async () => {
  site.listener.close();
  site.listener.closeAllConnections();
  await end();
});

/// A studio's own site on a port of its own. `/tag` has the script's attributes alone, `/call` calls `init` with what the
/// address says behind `#`, and `/token` vouches for whoever it has signed in.
async function startSite() {
  const found = { asked: 0, token: undefined, status: 200 };
  const policy = `default-src 'none'; script-src 'self' ${server.url}; connect-src 'self' ${server.url}; require-trusted-types-for 'script'`;
  const html = (inside) => `<!doctype html><html lang="en"><title>A game</title><meta name="viewport" content="width=device-width">
    <main><h1>A game</h1><button id="own">Own button</button><canvas id="game" width="64" height="48"></canvas></main>${inside}`;
  const pages = {
    "/tag": html(`<script src="${server.url}/widget.js" data-project="${server.project}" data-token="${server.projectToken}" data-theme="light" defer></script>`),
    "/call": html(`<script src="${server.url}/widget.js"></script><script src="/page.js"></script>`),
  };
  const script = `
    const pencil = document.querySelector("#game").getContext("2d");
    pencil.fillStyle = "#f00"; pencil.fillRect(0, 0, 64, 48);
    window.heard = [];
    addEventListener("bugle:sent", (event) => heard.push(event.detail));
    BetaHubWidget.init({ projectId: "${server.project}", authToken: "${server.projectToken}",
      ...JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}") });
    document.querySelector("#own").addEventListener("click", () => BetaHubWidget.open());`;
  const listener = createServer((request, response) => {
    const say = (type, text, status = 200) => response
      .writeHead(status, { "Content-Type": type, "Content-Security-Policy": policy }).end(text);
    if (request.url === "/token") {
      found.asked += 1;
      say("application/json", JSON.stringify(found.token ?? {}), found.status);
    } else if (request.url === "/page.js") say("text/javascript", script);
    else if (request.url in pages) say("text/html", pages[request.url]);
    else say("text/plain", "", 404);
  });
  await new Promise((resolve) => { listener.listen(0, "127.0.0.1", resolve); });
  return Object.assign(found, { listener, url: `http://127.0.0.1:${listener.address().port}` });
}

/// A window on the site, with a project token of its own so that no test counts another's reports.
async function openSite(options = {}, settings = {}, script = undefined) {
  const name = `Widget ${Math.random()}`;
  const made = await api(server, "POST", `/projects/${server.project}/auth_tokens.json`, { name, bug_reports_per_day: 100, ...settings });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const context = await openWindow(server, { locale: "en-GB" });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  await page.goto(`${site.url}/call#${encodeURIComponent(JSON.stringify({ authToken: made.body.token, ...options }))}`);
  return { context, page, token: made.body };
}

async function write(page, text, kind = "Bug") {
  await page.getByRole("button", { name: "Feedback" }).click();
  await page.getByText(kind, { exact: true }).click();
  await page.getByLabel(/went wrong|would you like|need help/).fill(text);
}

async function send(page) {
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

async function found(text, folder = BUGS) {
  const list = await api(server, "GET", `/projects/${server.project}/${folder}.json?per_page=100`);
  return list.body[folder].filter((report) => report.description === text);
}

/// No long timer of the page runs by itself: they are noted, to be run by hand. Short ones are those of the tests.
function noteTimers() {
  const begin = globalThis.setTimeout;
  globalThis.timers = [];
  globalThis.setTimeout = (action, pause, ...rest) => (
    pause < 1000 || pause === undefined ? begin(action, pause, ...rest) : -globalThis.timers.push({ action, pause })
  );
}

/// The pauses that wait by now, and running the last of them.
const pauses = (page) => page.evaluate(() => globalThis.timers.map((timer) => timer.pause));
const runTimer = (page) => page.evaluate(() => globalThis.timers.at(-1).action());

/// Waits for the page to hear that its reports have arrived.
async function heard(page, count) {
  await page.waitForFunction((wanted) => globalThis.heard.length >= wanted, count);
  return page.evaluate(() => globalThis.heard);
}

test("the script is small, and other sites may embed it", async () => {
  const answer = await fetch(`${server.url}/widget.js`);
  assert.equal(answer.status, 200);
  const size = gzipSync(Buffer.from(await answer.arrayBuffer())).length;
  assert.ok(size < 20 * 1024, `${size} bytes compressed`);
  const said = Object.fromEntries(answer.headers);
  assert.equal(said["content-type"], "text/javascript; charset=utf-8");
  assert.equal(said["cache-control"], "no-cache");
  assert.equal(said["x-content-type-options"], "nosniff");
  assert.equal(said["cross-origin-resource-policy"], "cross-origin");
  assert.equal(said["access-control-allow-origin"], "*");
  assert.match(said.etag, /^"[\w-]{43}-gzip"$/);
  const again = await fetch(`${server.url}/widget.js`, { headers: { "If-None-Match": said.etag } });
  assert.equal(again.status, 304);
});

test("somebody with a keyboard alone files a report from another origin", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto(`${site.url}/tag`);
  await page.getByRole("button", { name: "Feedback" }).waitFor();
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await press("Tab", "Tab", "Enter");
  const dialog = page.getByRole("dialog", { name: "Send feedback" });
  await dialog.waitFor();
  await isAccessible(page, "The widget");
  // The focus is in the description; round the whole dialog it comes back, and never reaches the page.
  for (let steps = 0; steps < 12; steps += 1) {
    await press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "bugle-widget");
  }
  await page.getByLabel("What went wrong?").focus();
  await press("Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.textContent), "Feedback");
  await press("Enter");
  await dialog.waitFor();
  await press("Shift+Tab", "Shift+Tab", "ArrowRight");
  await page.getByLabel("What would you like?").waitFor();
  await press("ArrowLeft", "Tab", "Tab");
  await page.keyboard.type("The keys alone found this");
  await press("Tab");
  await page.keyboard.type("Press");
  await press("Tab", "Tab", "Enter");
  await page.getByText(/Your report has arrived\. Its number is \d+\./).waitFor();
  await isAccessible(page, "The widget's thanks");
  const [report] = await found("The keys alone found this");
  assert.equal(report.steps_to_reproduce[0].step, "Press");
  assert.equal(report.source, "bugle-widget");
  await closeWindow(context);
});

test("ideas and calls for help go where they belong, with the page's own fields", async () => {
  const { context, page } = await openSite({ customFields: { level: 3 }, userEmail: "jo@studio.example" });
  await page.evaluate(() => globalThis.BetaHubWidget.updateCustomFields({ plan: "gold" }));
  await write(page, "More colours, please", "Idea");
  await send(page);
  await page.getByText("Thank you").waitFor();
  await page.getByRole("button", { name: "Send another" }).click();
  await page.getByText("Help", { exact: true }).click();
  await page.getByLabel("What do you need help with?").fill("Where is my parcel?");
  await page.getByLabel("E-mail address").fill("nobody");
  await send(page);
  await page.getByText("Please give an e-mail address").waitFor();
  await isAccessible(page, "The widget with a problem");
  await page.getByLabel("E-mail address").fill("kim@studio.example");
  await send(page);
  await page.getByText("Thank you").waitFor();
  const [idea] = await found("More colours, please", "feature_requests");
  assert.deepEqual(idea.custom_fields, { level: "3", plan: "gold" });
  assert.equal(idea.contact.email, "jo@studio.example");
  const [ticket] = await found("Where is my parcel?", "tickets");
  assert.equal(ticket.contact.email, "kim@studio.example");
  await closeWindow(context);
});

test("a limit that is spent is told in the server's words, and what was written stays", async () => {
  const { context, page } = await openSite({}, { bug_reports_per_day: 1 });
  await write(page, "The first of the day");
  await send(page);
  await page.getByText("Thank you").waitFor();
  await page.getByRole("button", { name: "Send another" }).click();
  await page.getByLabel("What went wrong?").fill("One too many");
  await send(page);
  await page.getByRole("alert").getByText("Not allowed to create bug reports.").waitFor();
  assert.equal(await page.getByLabel("What went wrong?").inputValue(), "One too many");
  await isAccessible(page, "The widget with a refusal");
  assert.equal((await found("One too many")).length, 0);
  await closeWindow(context);
});

test("what was written without a connection arrives once there is one, exactly once", async () => {
  // No timer runs, so it is the connection alone that brings it about.
  const { context, page } = await openSite({}, {}, noteTimers);
  await write(page, "Written in a tunnel");
  await context.setOffline(true);
  await send(page);
  await page.getByText("Your report is kept on this device").waitFor();
  await isAccessible(page, "The widget without a connection");
  assert.equal((await found("Written in a tunnel")).length, 0);
  await context.setOffline(false);
  assert.equal((await heard(page, 1)).length, 1);
  assert.equal((await found("Written in a tunnel")).length, 1);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await closeWindow(context);
});

test("a server that cannot be reached is tried again, after longer and longer pauses", async () => {
  const { context, page } = await openSite({}, {}, noteTimers);
  let attempts = 0;
  await page.route(/issues\.json$/, (route) => {
    attempts += 1;
    return attempts < 4 ? route.abort() : route.continue();
  });
  await write(page, "The server was away");
  await send(page);
  await page.getByText("Your report is kept on this device").waitFor();
  for (let failures = 1; failures < 3; failures += 1) {
    await page.waitForFunction((wanted) => globalThis.timers.length === wanted, failures);
    await runTimer(page);
  }
  await page.waitForFunction(() => globalThis.timers.length === 3);
  for (const [at, pause] of (await pauses(page)).entries()) {
    const meant = 2000 * 2 ** at;
    assert.ok(pause >= 0.75 * meant && pause <= 1.25 * meant, `pause ${at} is ${pause} ms`);
  }
  await runTimer(page);
  await heard(page, 1);
  assert.equal(attempts, 4);
  assert.equal((await found("The server was away")).length, 1);
  await closeWindow(context);
});

test("an answer that is not the server's holds up no other report", async () => {
  const { context, page } = await openSite({}, {}, noteTimers);
  await context.setOffline(true);
  for (const text of ["Held up at the gate", "Let through behind it"]) {
    await write(page, text);
    await send(page);
    await page.getByText("Your report is kept on this device").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
  }
  await page.route(/issues\.json$/, (route) => (
    route.request().postData().includes("Held")
      ? route.fulfill({ status: 403, contentType: "text/html", body: "<h1>Blocked</h1>", headers: { "Access-Control-Allow-Origin": "*" } })
      : route.continue()
  ));
  await context.setOffline(false);
  await page.waitForFunction(() => globalThis.heard.length === 1);
  assert.equal((await found("Let through behind it")).length, 1);
  assert.equal((await found("Held up at the gate")).length, 0);
  assert.equal(await page.evaluate(() => localStorage.length), 1, "it waits on");
  await closeWindow(context);
});

test("a report outlives its page, and an answer that was lost makes no second one", async () => {
  const { context, page } = await openSite();
  const address = new RegExp(`/${BUGS}\\.json$`);
  // The server takes it, and the page never hears of that.
  let taken = 0;
  await page.route(address, async (route) => {
    const answer = await route.fetch();
    if (answer.status() === 201) taken += 1;
    await route.abort();
  });
  await write(page, "The answer was lost");
  await send(page);
  await page.getByText("Your report is kept on this device").waitFor();
  assert.equal(taken, 1);
  await page.unroute(address);
  await page.route(address, (route) => route.abort());
  await page.reload();
  await page.getByRole("button", { name: "Feedback" }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.length), 1);
  await page.unroute(address);
  await page.reload();
  const [sent] = await heard(page, 1);
  const reports = await found("The answer was lost");
  assert.deepEqual(reports.map((report) => report.id), [sent.id]);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await closeWindow(context);
});

test("what the server refuses later is back in the form, with its words as text", async () => {
  const { context, page, token } = await openSite();
  await write(page, "Kept, then refused");
  await context.setOffline(true);
  await send(page);
  await page.getByText("Your report is kept on this device").waitFor();
  const error = "<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>";
  const refused = page.waitForResponse((answer) => answer.request().method() === "POST");
  await page.route(/issues\.json$/, (route) => route.fulfill({
    status: 422, json: { error }, headers: { "Access-Control-Allow-Origin": "*" },
  }));
  await context.setOffline(false);
  await refused;
  await page.waitForFunction(() => Object.values(localStorage).some((text) => JSON.parse(text).refused));
  await page.reload();
  await page.getByRole("button", { name: "Feedback" }).click();
  await page.getByText(error).waitFor();
  assert.equal(await page.getByLabel("What went wrong?").inputValue(), "Kept, then refused");
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  await isAccessible(page, "The widget with a report that was refused");
  await send(page);
  await page.getByRole("alert").getByText(error).waitFor();
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  await page.unroute(/issues\.json$/);
  await send(page);
  await page.getByText("Thank you").waitFor();
  assert.equal((await found("Kept, then refused")).length, 1);
  await api(server, "DELETE", `/projects/${server.project}/auth_tokens/${token.id}.json`);
  await page.getByRole("button", { name: "Send another" }).click();
  await page.getByLabel("What went wrong?").fill("With a token that is gone");
  await send(page);
  await page.getByRole("alert").getByText("The project token is not valid or was deleted").waitFor();
  await closeWindow(context);
});

test("no more than twenty wait, and the next stays in the form", async () => {
  const { context, page } = await openSite();
  await page.route(/issues\.json$/, (route) => route.abort());
  await page.evaluate(({ url, project }) => {
    for (let at = 0; at < 20; at += 1) {
      const key = `old-${at}`;
      const entry = { key, at, kind: "bug", body: "x=1", token: "tkn-0", notBefore: Date.now() + 3_600_000 };
      localStorage.setItem(`bugle-widget|${url}|${project}|${key}`, JSON.stringify(entry));
    }
  }, { url: server.url, project: server.project });
  await write(page, "The twenty-first");
  await send(page);
  await page.getByRole("alert").getByText("too many reports wait already").waitFor();
  assert.equal(await page.getByLabel("What went wrong?").inputValue(), "The twenty-first");
  assert.equal(await page.evaluate(() => localStorage.length), 20);
  await closeWindow(context);
});

test("a picture of the canvas arrives as PNG, if the page and the person want it", async () => {
  const { context, page } = await openSite({ canvas: "#game" });
  await write(page, "The fountain is red");
  const choice = page.getByLabel("Attach a picture of the game");
  assert.equal(await choice.first().isChecked(), false);
  await page.getByRole("checkbox").check();
  await page.getByRole("img", { name: "Attach a picture of the game" }).waitFor();
  await isAccessible(page, "The widget with a picture");
  await send(page);
  await page.getByText("Thank you").waitFor();
  const [report] = await found("The fountain is red");
  const list = await api(server, "GET", `/projects/${server.project}/issues/g-${report.id}/screenshots.json`);
  assert.deepEqual(list.body.map(({ content_type }) => content_type), ["image/png"]);
  const file = await fetch(list.body[0].url, { headers: { Authorization: `Bearer ${server.personalToken}` } });
  const bytes = Buffer.from(await file.arrayBuffer());
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [64, 48]);
  await page.getByRole("button", { name: "Send another" }).click();
  assert.equal(await page.getByRole("checkbox").count(), 0);
  await closeWindow(context);
});

async function submissionToken(email) {
  const made = await api(server, "POST", `/projects/${server.project}/submission_tokens.json`, { email, expires_in: 600 });
  assert.equal(made.status, 201);
  return made.body.token;
}

test("the page's own server says who reports", async () => {
  const settings = { require_submission_token: true };
  Object.assign(site, { asked: 0, status: 200, token: { token: await submissionToken("jo@studio.example"), email: "jo@studio.example" } });
  const { context, page } = await openSite({ submissionTokenUrl: "/token" }, settings);
  await write(page, "Who am I?", "Help");
  await page.getByLabel("E-mail address").waitFor({ state: "hidden" });
  await send(page);
  await page.getByText("Thank you").waitFor();
  const [ticket] = await found("Who am I?", "tickets");
  assert.equal(ticket.contact.email, "jo@studio.example");
  assert.equal(site.asked, 1);
  // It vouches no longer: nothing is sent, and nothing is lost.
  Object.assign(site, { status: 403, token: {} });
  await page.getByRole("button", { name: "Close" }).click();
  await write(page, "Who was I?", "Bug");
  await send(page);
  await page.getByRole("alert").getByText("Nothing can be sent from here now.").waitFor();
  assert.equal(await page.getByLabel("What went wrong?").inputValue(), "Who was I?");
  await closeWindow(context);

  const lenient = await openSite({ submissionTokenUrl: "/token", submissionTokenFallback: "allow" });
  await write(lenient.page, "Nobody vouches for me");
  await send(lenient.page);
  await lenient.page.getByText("Thank you").waitFor();
  assert.equal((await found("Nobody vouches for me"))[0].contact.email, null);
  await closeWindow(lenient.context);

  const fixed = await openSite({ submissionToken: await submissionToken("kim@studio.example") }, settings);
  await write(fixed.page, "With a token of its own");
  await send(fixed.page);
  await fixed.page.getByText("Thank you").waitFor();
  assert.equal((await found("With a token of its own"))[0].contact.email, "kim@studio.example");
  await fixed.page.getByRole("button", { name: "Send another" }).click();
  await fixed.page.getByLabel("What went wrong?").fill("The token is used up");
  await send(fixed.page);
  await fixed.page.getByRole("alert").getByText("Nothing can be sent from here now.").waitFor();
  await closeWindow(fixed.context);
});

test("a release that the token may not make is left out", async () => {
  const { context, page } = await openSite({ releaseLabel: "9.9.9-unknown" });
  await write(page, "From a build that nobody knows");
  await send(page);
  await page.getByText("Thank you").waitFor();
  assert.equal((await found("From a build that nobody knows")).length, 1);
  await closeWindow(context);
});

test("it speaks five languages, and opens and closes for the page", async () => {
  for (const [locale, words] of [["fr", "Votre avis"], ["de", "Feedback senden"], ["es", "Opinión"], ["pt", "Opinião"], ["xx", "Feedback"]]) {
    const { context, page } = await openSite({ locale, theme: "dark", position: "top-left", enabledTypes: ["bug"] });
    await page.getByRole("button", { name: "Own button" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    assert.ok(await page.getByText(words, { exact: true }).count(), `${locale} says no "${words}"`);
    assert.equal(await page.getByRole("radio").count(), 0);
    await page.evaluate(() => globalThis.BugleWidget.close());
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "own");
    await closeWindow(context);
  }
});
