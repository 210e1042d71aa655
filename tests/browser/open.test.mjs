// Pages that need no account: the public report form and the documents.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, closeWindow, end, isAccessible, openWindow, ownersWindow, startServer } from "./harness.mjs";

const SCRIPT = "<script>window.hit=1</script><img src=x onerror=\"window.hit=1\">";
let server;
let form;

before(async () => {
  server = await startServer();
  form = `/projects/${server.project}/report`;
});
after(end);

async function allow(anonymous_reports, rest = {}) {
  const changed = await api(server, "PATCH", `/projects/${server.project}.json`, { anonymous_reports, ...rest });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
}

async function reports(folder) {
  const list = await api(server, "GET", `/projects/${server.project}/${folder}.json`);
  return list.body[folder];
}

test("a project that does not allow it has no such form", async () => {
  await allow(false);
  const context = await openWindow(server);
  const page = await context.newPage();
  for (const address of [form, `${form}/thanks?kind=bug&number=1`, "/projects/pr-0000000000/report"]) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 404, address);
    const heading = address.includes("thanks") ? "Nothing here" : "No reports here";
    await page.getByRole("heading", { name: heading }).waitFor();
  }
  await isAccessible(page, "No such form");
  // Nobody learns by it whether a private project is there.
  const told = async (address) => {
    await page.goto(address);
    return page.getByRole("main").innerHTML();
  };
  assert.equal(await told(form), await told("/projects/pr-0000000000/report"));
  await closeWindow(context);
});

test("an owner is told how to switch the form on, and then where it is", async () => {
  await allow(false);
  const { context, page } = await ownersWindow(server);
  const answer = await page.goto(form);
  assert.equal(answer.status(), 404);
  await page.getByRole("heading", { name: "The public form is off" }).waitFor();
  await isAccessible(page, "The form is off");
  await page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  assert.equal(await page.locator("#public-form").count(), 0);
  await page.getByLabel("Take reports without a token").check();
  await page.getByRole("button", { name: "Save Settings" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.locator("#public-form").textContent(), server.url + form);
  await isAccessible(page, "Settings with the public form");
  await page.getByRole("link", { name: "Open the form" }).click();
  await page.getByRole("button", { name: "Send Report" }).waitFor();
  await closeWindow(context);
});

test("anybody reports a bug without an account, and gets its number", async () => {
  await allow(true, { name: `Moonfall ${SCRIPT}` });
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto(form);
  await page.getByRole("heading", { name: `Report to Moonfall ${SCRIPT}` }).waitFor();
  await isAccessible(page, "The report form");
  await page.getByLabel("Title").fill("The lift stops");
  await page.getByLabel("Description").fill("Between the floors.");
  await page.getByLabel("Steps to see it again").fill("1. Enter. 2. Wait.");
  await page.getByLabel("E-mail address").fill("jo@studio.example");
  await page.getByRole("button", { name: "Send Report" }).click();
  await page.getByRole("heading", { name: "Thank you" }).waitFor();
  await isAccessible(page, "The thanks");
  const [report] = await reports("issues");
  await page.getByText(`Bug report number ${report.scoped_id}`).waitFor();
  assert.equal(report.title, "The lift stops");
  assert.deepEqual(report.steps_to_reproduce.map(({ step }) => step), ["Enter.", "Wait."]);
  assert.equal(report.contact.email, "jo@studio.example");
  assert.equal(report.source, "report-page");
  // Reloading asks for the thanks alone.
  await page.reload();
  assert.equal((await reports("issues")).length, 1);
  await page.getByRole("link", { name: "Send another report" }).click();
  await page.getByRole("button", { name: "Send Report" }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  await closeWindow(context);
});

test("a form that is sent twice makes one report", async () => {
  await allow(true);
  const before = (await reports("issues")).length;
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto(form);
  await page.getByLabel("Description").fill("Pressed twice");
  const led = await page.evaluate(async () => {
    const form = document.querySelector("main form");
    const send = () => fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, body: new FormData(form) });
    return (await Promise.all([send(), send()])).map((answer) => answer.url);
  });
  assert.equal(led[0], led[1]);
  assert.match(led[0], /thanks\?kind=bug&number=\d+$/);
  assert.equal((await reports("issues")).length, before + 1);
  await closeWindow(context);
});

test("suggestions and calls for help have their own numbers, and what is wrong stands beside its field", async () => {
  await allow(true, { description_length_min: 10 });
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto(`${form}?kind=suggestion&title=More+light&description=${encodeURIComponent(SCRIPT)}`);
  assert.equal(await page.getByLabel("Description").inputValue(), SCRIPT);
  await page.getByLabel("Description").fill("Dark");
  await page.getByRole("button", { name: "Send Report" }).click();
  await page.getByText("Description is too short (minimum is 10 characters).").waitFor();
  await isAccessible(page, "The form with a problem");
  assert.equal(await page.getByRole("radio", { name: "Suggestion" }).isChecked(), true);
  await page.getByLabel("Description").fill("Darker than it was");
  await page.getByRole("button", { name: "Send Report" }).click();
  await page.getByText("Suggestion number 1").waitFor();
  await page.goto(form);
  await page.getByRole("radio", { name: "Help" }).check();
  await page.getByLabel("Description").fill(`Where is my ${SCRIPT}?`);
  await page.getByRole("button", { name: "Send Report" }).click();
  await page.getByText("E-mail address can't be blank.").waitFor();
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  await page.getByLabel("E-mail address").fill("kim@studio.example");
  await page.getByRole("button", { name: "Send Report" }).click();
  await page.getByText("Ticket number 1").waitFor();
  assert.equal((await reports("tickets"))[0].contact.email, "kim@studio.example");
  await closeWindow(context);
});

test("a picture goes along with a bug or a suggestion, and nothing else does", async () => {
  await allow(true, { description_length_min: 0 });
  const context = await openWindow(server);
  const page = await context.newPage();
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==", "base64");
  const name = "<img src=x onerror=window.hit=1>.png";
  const fill = async (kind, file) => {
    await page.goto(`${form}?kind=${kind}`);
    await page.getByLabel("Description").fill(`With a picture, ${kind}`);
    await page.getByLabel("E-mail address").fill("jo@studio.example");
    await page.getByLabel("Picture").setInputFiles(file);
    await page.getByRole("button", { name: "Send Report" }).click();
  };
  await fill("bug", { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no picture at all") });
  await page.getByText("The picture is no picture, but text/plain.").waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "With a picture, bug");
  await isAccessible(page, "The form with a wrong picture");
  await fill("support", { name, mimeType: "image/png", buffer: png });
  await page.getByText("The picture goes with bugs and suggestions only.").waitFor();
  for (const [kind, folder, files] of [["bug", "issues", "screenshots"], ["suggestion", "feature_requests", "images"]]) {
    await fill(kind, { name, mimeType: "image/png", buffer: png });
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    const [report] = (await reports(folder)).filter((one) => one.description === `With a picture, ${kind}`);
    const list = await api(server, "GET", `/projects/${server.project}/${folder}/${report.scoped_id}/${files}.json`);
    assert.deepEqual(list.body.map((file) => [file.content_type, file.size_bytes]), [["image/png", png.length]]);
  }
  await closeWindow(context);
});

test("a form without its token, or with another visit's, stores nothing", async () => {
  await allow(true);
  const [one, other] = [await openWindow(server), await openWindow(server)];
  const [page, stranger] = [await one.newPage(), await other.newPage()];
  await stranger.goto(form);
  const foreign = await stranger.locator("main input[name=form_token]").inputValue();
  const before = (await reports("issues")).length;
  for (const token of ["", foreign]) {
    await page.goto(form);
    await page.getByLabel("Description").fill("Never stored");
    await page.locator("main input[name=form_token]").evaluate((input, value) => { input.value = value; }, token);
    await page.getByRole("button", { name: "Send Report" }).click();
    await page.getByText("This form is out of date.").waitFor();
  }
  assert.equal((await reports("issues")).length, before);
  await closeWindow(one);
  await closeWindow(other);
});

test("every document is there, tells this server's address, and leads to the others", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto("/docs");
  await isAccessible(page, "Documentation");
  const links = page.getByRole("navigation", { name: "Documents" }).getByRole("link");
  const addresses = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  assert.equal(addresses.length, 11);
  for (const address of addresses.filter((one) => !["/docs", "/docs/api"].includes(one))) {
    await page.goto(address);
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, address);
    assert.ok((await page.locator("article").textContent()).includes(server.url) || address === "/docs/webhooks", address);
    assert.equal(await page.locator("nav [aria-current=page]").count(), 1, address);
    await isAccessible(page, address);
  }
  const none = await page.goto("/docs/nothing");
  assert.equal(none.status(), 404);
  await page.goto("/docs/web");
  const api = await page.goto(addresses.find((one) => one === "/docs/api"));
  assert.equal(api.status(), 200);
  // What has one name in several places says of what it is.
  const contents = page.getByRole("navigation", { name: "Contents" });
  await contents.getByRole("link", { name: "POST Add a file issues", exact: true }).waitFor();
  await contents.getByRole("link", { name: "POST Add a file feature requests, images", exact: true }).waitFor();
  await contents.getByRole("link", { name: "POST Report a bug", exact: true }).waitFor();
  await contents.getByRole("link", { name: "All documents" }).click();
  await page.getByRole("heading", { name: "Documentation" }).waitFor();
  await closeWindow(context);
});

test("a document leads to the token pages of whoever is signed in, and shows the id of their only project", async () => {
  const stranger = await openWindow(server);
  const strangers = await stranger.newPage();
  await strangers.goto("/docs/unity");
  await strangers.getByText("The project’s id stands under its Settings.").waitFor();
  assert.ok(!(await strangers.content()).includes(server.project));
  await closeWindow(stranger);

  const { context, page } = await ownersWindow(server);
  const article = page.getByRole("article");
  for (const engine of ["unity", "unreal", "roblox", "web", "scripts", "launcher"]) {
    await page.goto(`/docs/${engine}`);
    const address = await article.locator("a[href$='/auth_tokens/new']").getAttribute("href");
    assert.equal(address, `/projects/${server.project}/auth_tokens/new`, engine);
    const text = await article.textContent();
    assert.ok(text.includes(server.project) && !text.includes("pr-…"), engine);
  }
  await isAccessible(page, "A document, signed in");
  const made = await api(server, "POST", "/projects.json", { name: `Second ${SCRIPT}` });
  assert.equal(made.status, 201);
  await page.goto("/docs/unity");
  assert.equal(await article.locator("a[href$='/auth_tokens/new']").count(), 2);
  assert.ok((await article.textContent()).includes("pr-…"), "which of two projects is not ours to say");
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  await closeWindow(context);
});

test("each plugin's document calls its settings what the plugin calls them", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  for (const [address, words] of [
    ["/docs/unity", ["Submit Endpoint", "Project ID", "Auth Token", "BugReportUI", "SubmitEndpoint"]],
    ["/docs/unreal", ["Api Endpoint", "Project Id", "Project Token", "BetaHub Bug Reporter", "ApiEndpoint"]],
    ["/docs/roblox", ["API_BASE_URL", "BetahubFeedbackServer", "BH_PROJECT_ID", "BH_AUTH_TOKEN"]],
    ["/docs/web", ["projectId", "authToken", "apiBaseUrl"]],
    ["/docs/betahub", ["Submit Endpoint", "Api Endpoint", "API_BASE_URL", "apiBaseUrl"]],
  ]) {
    await page.goto(address);
    const text = await page.locator("article").innerText();
    for (const word of words) assert.ok(text.includes(word), `${address} says ${word}`);
    assert.ok(!/endpoint setting|^Endpoint$/m.test(text), `${address} speaks of no setting that there is not`);
  }
  await closeWindow(context);
});

test("the code of a document can be copied", async () => {
  const context = await openWindow(server, { permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  await page.goto("/docs/web");
  await page.getByRole("button", { name: "Copy" }).first().click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.split("\n")[0], `<script src="${server.url}/widget.js"`);
  await closeWindow(context);
});
