// How a project is set up: its settings, releases, fields, tags, keys, webhooks, and the export of its data.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { api, closeWindow, end, fileReport, isAccessible, ownersWindow, startServer } from "./harness.mjs";

const SCRIPT = "<script>alert(1)</script>";

let server;
let receiver;
const received = [];
/// What the receiver answers with.
let answer = 204;

before(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => { body += piece; });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server = await startServer(["--webhook-allow", "127.0.0.1"]);
});
after(async () => {
  receiver.close();
  await end();
});

test("what a project is called and who may report is changed in its settings", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}`);
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Project Information" }).waitFor();
  await page.getByText("Project ID", { exact: true }).waitFor();
  assert.equal(await page.locator("#project-id").textContent(), server.project);
  await isAccessible(page, "Settings");

  const anonymous = { Authorization: "FormUser anonymous", "BetaHub-Project-ID": server.project };
  const report = { title: "From nobody", description: "Somebody fell through the floor near the fountain." };
  const path = `/projects/${server.project}/issues.json`;
  assert.equal((await api(server, "POST", path, report, anonymous)).status, 403);
  await page.getByLabel(/^Name/).fill(" ");
  await page.getByRole("button", { name: "Save Settings" }).click();
  await page.getByText("Name can't be blank.").waitFor();
  await page.getByLabel(/^Name/).fill(`Moonfall ${SCRIPT}`);
  await page.getByLabel(/^Description/).fill(`A game. ${SCRIPT}`);
  await page.getByLabel("Take reports without a token").check();
  await page.getByLabel("Shortest description").fill("30");
  await page.getByRole("radio", { name: /^Public/ }).check();
  await page.getByRole("button", { name: "Save Settings" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.getByLabel(/^Name/).inputValue(), `Moonfall ${SCRIPT}`);
  assert.equal((await api(server, "POST", path, report, anonymous)).status, 201);
  const project = await api(server, "GET", `/projects/${server.project}.json`);
  assert.equal(project.body.visibility, "public");

  await page.getByLabel("Take reports without a token").uncheck();
  await page.getByRole("button", { name: "Save Settings" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal((await api(server, "POST", path, report, anonymous)).status, 403);
  await closeWindow(context);
});

test("a release is made, published and deleted", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}`);
  await page.getByRole("link", { name: "Releases" }).click();
  await page.getByRole("heading", { name: "No release yet" }).waitFor();
  await isAccessible(page, "Releases without one");
  await page.getByRole("link", { name: "New Release" }).first().click();
  await isAccessible(page, "New Release");
  await page.getByLabel("Label").fill(`1.2.0 ${SCRIPT}`);
  await page.getByLabel("Summary").fill(SCRIPT);
  await page.getByLabel("Download link").fill("javascript:alert(1)");
  await page.getByRole("button", { name: "Create Release" }).click();
  await page.getByText("Download link must be an address").waitFor();
  await page.getByLabel("Download link").fill("https://studio.example/moonfall");
  await page.getByRole("button", { name: "Create Release" }).click();
  await page.getByRole("heading", { name: `1.2.0 ${SCRIPT}` }).waitFor();
  await isAccessible(page, "A release");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByText(/^Published/).waitFor();
  await page.getByRole("link", { name: "Releases" }).first().click();
  await page.getByRole("cell", { name: SCRIPT }).waitFor();
  await isAccessible(page, "Releases");
  await page.getByRole("link", { name: "1.2.0" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete Release" }).click();
  await page.getByText("Deleted.").waitFor();
  await page.getByRole("heading", { name: "No release yet" }).waitFor();
  await closeWindow(context);
});

test("a field is made with its options, changed and deleted", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}/settings`);
  await page.getByRole("link", { name: "Custom Fields" }).click();
  await page.getByRole("heading", { name: "No field yet" }).waitFor();
  await page.getByRole("link", { name: "New Field" }).first().click();
  await isAccessible(page, "New Field");
  await page.getByLabel(/^Name/).fill(`Platform ${SCRIPT}`);
  await page.getByLabel(/^Ident/).fill("platform");
  await page.getByLabel(/^Type/).selectOption("select");
  await page.getByRole("button", { name: "Create Field" }).click();
  await page.getByText(/^Options /).waitFor();
  await page.getByLabel(/^Options/).fill("PC\nDeck\n\nPC");
  await page.getByLabel("Testers may see it").uncheck();
  await page.getByRole("button", { name: "Create Field" }).click();
  await page.getByText("Created.").waitFor();
  await page.getByText("PC, Deck").waitFor();
  await page.getByText("hidden from testers").waitFor();
  await isAccessible(page, "Custom Fields");
  await page.goto(`/projects/${server.project}/custom_issue_fields`);
  await page.getByRole("link", { name: `Platform ${SCRIPT}` }).click();
  await isAccessible(page, "Edit Field");
  await page.getByLabel("Every report must have a value").check();
  await page.getByRole("button", { name: "Save Field" }).click();
  await page.getByText("required", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete Field" }).click();
  await page.getByRole("heading", { name: "No field yet" }).waitFor();
  await closeWindow(context);
});

test("tags are made below each other, changed and deleted", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}/settings`);
  await page.getByRole("link", { name: "Tags" }).click();
  await page.getByRole("heading", { name: "No tag yet" }).waitFor();
  await isAccessible(page, "Tags without one");
  await page.getByLabel(/^Name/).fill(`Menu ${SCRIPT}`);
  await page.getByLabel("Colour").fill("#1e90ff");
  await page.getByRole("button", { name: "Create Tag" }).click();
  await page.getByText("Created.").waitFor();
  await page.getByLabel(/^Name/).fill("Options");
  await page.getByLabel(/^Parent tag/).selectOption({ label: `Menu ${SCRIPT}` });
  await page.getByRole("button", { name: "Create Tag" }).click();
  await page.getByText("Created.").waitFor();
  await isAccessible(page, "Tags");
  const tags = await api(server, "GET", `/projects/${server.project}/issue_tags.json`);
  assert.equal(tags.body.tags[1].parent_tag_id, tags.body.tags[0].id);
  assert.equal(tags.body.tags[0].color.toLowerCase(), "#1e90ff");
  await page.getByLabel(/^Name/).fill("Options");
  await page.getByRole("button", { name: "Create Tag" }).click();
  await page.getByText("Name has already been taken.").waitFor();
  await page.getByRole("link", { name: "Options" }).click();
  await page.getByRole("heading", { name: "Edit Tag" }).waitFor();
  await page.getByLabel(/^Name/).fill("Settings page");
  await page.getByRole("button", { name: "Save Tag" }).click();
  await page.getByRole("rowheader", { name: "Settings page" }).waitFor();
  await page.getByRole("row", { name: /Menu/ }).getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete Tag" }).click();
  await page.getByText("Deleted.").waitFor();
  assert.equal(await page.getByText(`Menu ${SCRIPT}`).count(), 0);
  await closeWindow(context);
});

test("an identity key's secret is shown once, and the key is removed", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}/settings`);
  await page.getByRole("link", { name: "Identity Keys" }).click();
  await page.getByRole("heading", { name: "No key yet" }).waitFor();
  await isAccessible(page, "Identity Keys without one");
  await page.getByLabel(/^Name/).fill(`Back end ${SCRIPT}`);
  await page.getByLabel("Algorithm").selectOption("EdDSA");
  await page.getByRole("button", { name: "Add Key" }).click();
  await page.getByText(/^Public key /).filter({ hasText: "." }).first().waitFor();
  await page.getByLabel("Algorithm").selectOption("HS256");
  await page.getByRole("button", { name: "Add Key" }).click();
  await page.getByText("Copy the secret now").waitFor();
  const secret = await page.locator("#secret").textContent();
  assert.match(secret, /^[\w-]{43}$/);
  await isAccessible(page, "A new identity key");
  await page.reload();
  await page.getByText("The secret was shown once").waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  assert.equal(await page.getByRole("rowheader", { name: `Back end ${SCRIPT}` }).count(), 1);
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove Key" }).click();
  await page.getByText("Removed.").waitFor();
  await page.getByRole("heading", { name: "No key yet" }).waitFor();
  await closeWindow(context);
});

/// Reloads until the page shows it: what is sent is sent behind the answer.
async function reloadUntil(page, shown) {
  for (let round = 0; round < 100; round += 1) {
    if (await shown()) return;
    await page.reload();
  }
  assert.fail(`${page.url()} never showed it`);
}

test("a webhook is tried, fails, is redelivered, changed and deleted", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto(`/projects/${server.project}/settings`);
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByRole("heading", { name: "No webhook yet" }).waitFor();
  await page.getByRole("link", { name: "New Webhook" }).first().click();
  await isAccessible(page, "New Webhook");
  await page.getByLabel("Address").fill("http://10.0.0.1/");
  await page.getByRole("button", { name: "Create Webhook" }).click();
  await page.getByText(/^Address (is|must|has|can)/).waitFor();
  await page.getByLabel("Address").fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await page.getByLabel(/^Description/).fill(SCRIPT);
  // Twice as fast as a page comes: the secret is shown all the same.
  await page.getByRole("button", { name: "Create Webhook" }).dblclick();
  await page.getByText("Copy it now: it is not shown again.").waitFor();
  assert.match(await page.locator("#secret").textContent(), /^whsec_/);
  await isAccessible(page, "Signing Secret");
  await page.reload();
  await page.getByText("The secret was shown once").waitFor();
  assert.equal(await page.getByText("whsec_").count(), 0);
  const made = await api(server, "GET", `/projects/${server.project}/webhooks.json`);
  assert.equal(made.body.webhooks.length, 1, "a reload makes no second one");
  await page.getByRole("link", { name: "To the webhook" }).click();
  await page.getByText(SCRIPT, { exact: true }).waitFor();
  assert.equal(await page.getByText("whsec_").count(), 0);
  await isAccessible(page, "A webhook without deliveries");

  answer = 500;
  await page.getByRole("button", { name: "Send Test" }).click();
  await page.getByText("It is being sent.").waitFor();
  await reloadUntil(page, () => page.getByRole("button", { name: "Redeliver" }).isVisible());
  await page.getByText("refused").waitFor();
  await isAccessible(page, "A webhook with its log");
  const first = received.at(-1).headers["webhook-id"];
  answer = 204;
  await page.getByRole("button", { name: "Redeliver" }).first().click();
  await reloadUntil(page, () => page.getByText("Delivered", { exact: true }).first().isVisible());
  assert.equal(received.at(-1).headers["webhook-id"], first, "the same message");

  await page.getByRole("button", { name: "Rotate Secret" }).click();
  await page.getByRole("button", { name: "Make New Secret" }).click();
  await page.getByText("The secret was changed.").waitFor();
  assert.equal(await page.locator("#secret").count(), 1);
  const rotated = await api(server, "GET", `/projects/${server.project}/webhooks.json`);
  await page.reload();
  await page.getByText("The secret was shown once").waitFor();
  const reloaded = await api(server, "GET", `/projects/${server.project}/webhooks.json`);
  assert.deepEqual(reloaded.body, rotated.body, "a reload makes no new secret");
  await page.getByRole("link", { name: "To the webhook" }).click();
  await page.getByRole("link", { name: "Edit" }).click();
  await isAccessible(page, "Edit Webhook");
  const boxes = page.getByRole("group", { name: "Events" }).getByRole("checkbox");
  const chosen = async () => (await boxes.all()).reduce(async (sum, box) => (await sum) + Number(await box.isChecked()), 0);
  assert.equal(await page.getByRole("group", { name: "Tickets" }).getByLabel("Status changed").getAttribute("value"), "ticket.status_changed");
  await page.getByRole("button", { name: "All", exact: true }).click();
  assert.equal(await chosen(), await boxes.count());
  await page.getByRole("button", { name: "None", exact: true }).click();
  assert.equal(await chosen(), 0);
  await page.getByRole("button", { name: "Save Webhook" }).click();
  await page.getByText("Events must name at least one event.").waitFor();
  await page.getByLabel("issue.created").check();
  await page.getByRole("button", { name: "Save Webhook" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByText("Turned off by an owner", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByText("On", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Webhooks" }).first().click();
  await isAccessible(page, "Webhooks");
  await page.getByRole("link", { name: "/hook" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete Webhook" }).click();
  await page.getByRole("heading", { name: "No webhook yet" }).waitFor();
  await closeWindow(context);
});

test("all reports are downloaded as lines of JSON, with what was written under them", async () => {
  const { context, page } = await ownersWindow(server);
  // As a member, whom no daily limit of a token stops.
  const file = (folder, fields) => fileReport(server, folder, fields, { Authorization: `Bearer ${server.personalToken}` });
  for (let number = 0; number < 60; number += 1) {
    await file("issues", { title: `Report ${number} ${SCRIPT}`, description: "Somebody fell through the floor near the fountain." });
  }
  const wish = await file("feature_requests", { title: "A wish", description: "A map of the caves would help very much." });
  const said = await api(server, "POST", `/projects/${server.project}/feature_requests/fr-${wish.id}/comments.json`, { body: SCRIPT });
  assert.equal(said.status, 201, JSON.stringify(said.body));
  await page.goto(`/projects/${server.project}/settings`);
  await page.getByRole("link", { name: "Data Export" }).click();
  await page.getByRole("heading", { name: "Data Export" }).waitFor();
  await isAccessible(page, "Data Export");
  const lines = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
    assert.match(download.suggestedFilename(), /\.ndjson$/);
    let text = "";
    for await (const piece of await download.createReadStream()) text += piece;
    assert.ok(text === "" || text.endsWith("\n"), "whole lines");
    return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  };
  const bugs = await lines("Download Bug Reports");
  const mine = bugs.filter((bug) => /^Report /.test(bug.title));
  assert.deepEqual(mine.map((bug) => bug.title), Array.from({ length: 60 }, (_, number) => `Report ${number} ${SCRIPT}`));
  const shown = await api(server, "GET", `/projects/${server.project}/issues/g-${mine[0].id}.json`);
  assert.equal(mine[0].description, shown.body.description);
  const wishes = await lines("Download Suggestions");
  assert.equal(wishes.length, 1);
  assert.equal(wishes[0].comments[0].body, SCRIPT);
  assert.deepEqual(await lines("Download Tickets"), []);
  await closeWindow(context);
});

test("whom an organization brings is told apart, and that the API keeps it", async () => {
  const { context, page } = await ownersWindow(server);
  const members = `/projects/${server.project}/members`;
  const hint = page.getByText("Whom the project’s organization brings is kept by the API");
  await page.goto(members);
  await page.getByRole("heading", { name: "Members" }).waitFor();
  assert.equal(await hint.count(), 0);
  const made = await api(server, "POST", "/organizations.json", { name: "Studio" });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const moved = await api(server, "PATCH", `/projects/${server.project}.json`, { organization_id: made.body.id });
  assert.equal(moved.status, 200, JSON.stringify(moved.body));
  await page.reload();
  await hint.waitFor();
  await isAccessible(page, "Members of an organization");
  await closeWindow(context);
});
