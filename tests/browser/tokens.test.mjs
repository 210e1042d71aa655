// Tokens of both kinds, by the numbered steps and the words of the two seeds.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { api, closeWindow, end, isAccessible, ownersWindow, startServer } from "./harness.mjs";

/// What a page must show as it is. As markup it would write to the console, which fails a test.
const script = `<script>console.error("ran")</script>`;
const partial = (token) => `${createHash("sha256").update(token).digest("hex").slice(0, 8)}...`;

let server;
/// The owner's window, signed in once for all tests.
let context;
before(async () => {
  server = await startServer();
  ({ context } = await ownersWindow(server, { permissions: ["clipboard-read", "clipboard-write"] }));
});
afterEach(async () => {
  for (const page of context.pages()) await page.close();
  assert.deepEqual(context.faults.splice(0), [], "pages wrote errors to the console");
});
after(async () => {
  await closeWindow(context).finally(end);
});

const projectAt = (part) => `/projects/${server.project}${part}`;

/// Asks the API with a personal token.
async function projectsBy(token) {
  return (await api(server, "GET", "/projects.json", undefined, { Authorization: `Bearer ${token}` })).status;
}

/// Sends a report of the kind that the folder holds with a project token.
async function report(token, headers = {}, folder = "issues") {
  const fields = { title: "A report", description: "The lift stops between two floors" };
  return api(server, "POST", projectAt(`/${folder}.json`), fields, {
    Authorization: `FormUser ${token},email:player@studio.example`,
    "BetaHub-Project-ID": server.project,
    ...headers,
  });
}

/// Presses the button that is beside what it copies, and gives what the clipboard then holds.
async function copied(page, button) {
  await button.click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/// Whoever loads the page that showed a token once more sees that it was shown, and not the token.
async function isGoneAfterReload(page, token) {
  await page.reload();
  await page.getByRole("heading", { name: "This token was shown once" }).waitFor();
  assert.ok(!(await page.content()).includes(token), "the token is there again after a reload");
}

test("a personal access token is made, copied, used and deleted, step by step", async () => {
  const page = await context.newPage();
  // Step 1.
  await page.goto("/projects");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("link", { name: "Profile & Account" }).click();
  await page.getByRole("heading", { name: "API Access" }).waitFor();
  await page.getByRole("link", { name: "Manage API Tokens" }).click();
  await page.getByRole("heading", { name: "Personal Access Tokens" }).waitFor();
  await isAccessible(page, "Personal Access Tokens");

  // Step 2.
  await page.getByRole("link", { name: "New Token" }).click();
  await page.getByRole("heading", { name: "New Token" }).waitFor();
  await page.getByText("Limit what it may do").click();
  await isAccessible(page, "A new personal token");
  await page.getByLabel("Token Name").fill(" ");
  await page.getByLabel("Expiration Date").fill("2099-12-31");
  await page.getByRole("button", { name: "Create Token" }).click();
  await page.getByText("Name can't be blank.").waitFor();
  assert.equal(await page.getByLabel("Expiration Date").inputValue(), "2099-12-31", "what was filled in stays");
  await page.getByLabel("Token Name").fill("CI/CD Pipeline");
  await page.getByRole("button", { name: "Create Token" }).click();

  // Step 3.
  await page.getByText("This token is displayed only once and will never be shown again.").waitFor();
  await isAccessible(page, "A personal token that is shown once");
  const token = await page.locator("#token").textContent();
  assert.match(token, /^pat-[0-9a-f]{64}$/);
  assert.equal(await copied(page, page.getByRole("button", { name: "Copy" }).first()), token);

  await isGoneAfterReload(page, token);
  await page.getByRole("link", { name: "To your tokens" }).click();
  const row = page.getByRole("row").filter({ hasText: "CI/CD Pipeline" });
  await row.getByText("31 Dec 2099").waitFor();
  await row.getByText(partial(token)).waitFor();
  await row.getByRole("cell", { name: "Never" }).waitFor();
  for (const column of ["Token Name", "Creation Date", "Expiration Date", "Partial Token", "Last Used", "Actions"]) {
    assert.equal(await page.getByRole("columnheader", { name: column }).count(), 1, column);
  }
  assert.equal(await projectsBy(token), 200);
  await page.reload();
  await row.getByText("just now").waitFor();

  // Deleting.
  await row.getByRole("button", { name: "Delete CI/CD Pipeline" }).click();
  const question = page.getByRole("dialog", { name: "Delete CI/CD Pipeline?" });
  await question.getByText("Token deletion is immediate and irreversible.").waitFor();
  await question.getByText("Applications using the deleted token will stop working immediately.").waitFor();
  await isAccessible(page, "The question before a personal token is deleted");
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await projectsBy(token), 200, "nothing is deleted when the question is answered with no");
  await row.getByRole("button", { name: "Delete CI/CD Pipeline" }).click();
  await page.getByRole("button", { name: "Delete Token" }).click();
  await page.getByText("The token is deleted and works no more.").waitFor();
  assert.equal(await row.count(), 0);
  assert.equal(await projectsBy(token), 401);
});

test("a token that is deleted stops working while a page with it is still open", async () => {
  const page = await context.newPage();
  await page.goto("/personal_access_tokens/new");
  await page.getByLabel("Token Name").fill("Left open");
  await page.getByRole("button", { name: "Create Token" }).click();
  const token = await page.locator("#token").textContent();
  const fromPage = () => page.evaluate(async (token) => {
    const answer = await fetch("/projects.json", { credentials: "omit", headers: { Authorization: `Bearer ${token}` } });
    return answer.status;
  }, token);
  assert.equal(await fromPage(), 200);

  const other = await context.newPage();
  await other.goto("/personal_access_tokens");
  await other.getByRole("button", { name: "Delete Left open" }).click();
  await other.getByRole("button", { name: "Delete Token" }).click();
  await other.getByText("The token is deleted and works no more.").waitFor();
  assert.equal(await fromPage(), 401);
  await page.getByText(token, { exact: true }).waitFor();
});

test("a personal token may be limited to reading and to a project", async () => {
  const page = await context.newPage();
  await page.goto("/personal_access_tokens/new");
  await page.getByLabel("Token Name").fill("Wall");
  await page.getByText("Limit what it may do").click();
  await page.getByLabel("Scope").selectOption("Read only");
  await page.getByLabel(server.project).check();
  await page.getByRole("button", { name: "Create Token" }).click();
  const token = await page.locator("#token").textContent();
  assert.equal(await projectsBy(token), 200);
  const written = await api(server, "POST", projectAt("/issues.json"), { description: "x" }, { Authorization: `Bearer ${token}` });
  assert.equal(written.status, 403, JSON.stringify(written.body));
  await page.getByRole("link", { name: "I have stored it" }).click();
  const row = page.getByRole("row").filter({ hasText: "Wall" });
  await row.getByText("Read only").waitFor();
  await row.getByText(server.project).waitFor();
});

test("a project's token is made with its snippets, limited, edited and deleted, step by step", async () => {
  const page = await context.newPage();
  // Step 1.
  await page.goto(projectAt(""));
  const menu = page.getByRole("navigation", { name: "Project" });
  await menu.getByRole("link", { name: "Settings" }).click();
  await menu.getByRole("link", { name: "API Tokens" }).click();
  await page.getByRole("heading", { name: "API Tokens" }).waitFor();
  await isAccessible(page, "API Tokens");

  // Step 2.
  await page.getByRole("link", { name: "New Token" }).click();
  await page.getByRole("heading", { name: "Permissions", exact: true }).waitFor();
  await page.getByRole("heading", { name: "Rate Limits", exact: true }).waitFor();
  await isAccessible(page, "A new project token");
  const limits = (group) => page.getByRole("group", { name: group }).getByLabel("Limit Per Day");
  for (const group of ["Bug Reporting", "Feature Requests", "Support Tickets"]) {
    assert.equal(await limits(group).inputValue(), "8", `the default of ${group}`);
  }
  for (const [label, checked] of [
    ["Can Create Bug Report", true], ["Can Create Feature Request", true], ["Can Create Ticket", true],
    ["Can Read Release List", true], ["Can Create Release", false], ["Require Submission Token", false],
  ]) {
    assert.equal(await page.getByLabel(label).isChecked(), checked, label);
  }
  await page.getByLabel("Token Name").fill("Unity Plugin");
  await limits("Bug Reporting").fill("2");
  await page.getByLabel("Can Create Ticket").uncheck();
  await page.getByRole("button", { name: "Create Token" }).click();

  // Step 3.
  await page.getByText("This token is displayed only once.").waitFor();
  await isAccessible(page, "A project token that is shown once");
  const token = await page.locator("#token").textContent();
  assert.match(token, /^tkn-[0-9a-f]{64}$/);
  assert.equal(await copied(page, page.getByRole("button", { name: "Copy" }).first()), token);
  await snippetsAreFilledIn(page, token);
  await isGoneAfterReload(page, token);

  await page.goto(projectAt("/auth_tokens"));
  const row = page.getByRole("row").filter({ hasText: "Unity Plugin" });
  await row.getByText("Bug reports 2/day").waitFor();
  await row.getByText(partial(token)).waitFor();
  assert.equal(await row.getByText("Tickets").count(), 0, "a permission that was not given is shown");

  // The limit, and an edit of it, which counts at once.
  const filed = async () => (await report(token)).status;
  assert.deepEqual([await filed(), await filed(), await filed()], [201, 201, 403]);
  assert.equal((await report(token, {}, "tickets")).status, 403, "a ticket was not allowed");
  await row.getByRole("link", { name: "Edit Unity Plugin" }).click();
  await page.getByRole("heading", { name: "Edit Token" }).waitFor();
  await isAccessible(page, "A project token that is edited");
  assert.equal(await page.getByLabel("Can Create Ticket").isChecked(), false);
  await page.getByLabel("Token Name").fill(" ");
  await limits("Bug Reporting").fill("3");
  await page.getByLabel("Can Create Ticket").check();
  await page.getByRole("button", { name: "Save Changes" }).click();
  await page.getByText("Name can't be blank.").waitFor();
  assert.equal(await filed(), 403, "nothing is saved while something is wrong");
  assert.equal(await limits("Bug Reporting").inputValue(), "3", "what was filled in stays");
  assert.equal(await page.getByLabel("Can Create Ticket").isChecked(), true);
  await page.getByLabel("Token Name").fill("Unity Plugin 2");
  await page.getByRole("button", { name: "Save Changes" }).click();
  await page.getByText("Saved. The changes are in force.").waitFor();
  assert.deepEqual([await filed(), await filed()], [201, 403]);
  assert.equal((await report(token, {}, "tickets")).status, 201, "a ticket is allowed now");
  await row.getByText("Bug reports 3/day").waitFor();

  // Deleting.
  await row.getByRole("button", { name: "Delete Unity Plugin 2" }).click();
  const question = page.getByRole("dialog", { name: "Delete Unity Plugin 2?" });
  await question.getByText("Game clients and integrations using the token will immediately lose access.").waitFor();
  await page.getByRole("button", { name: "Delete Token" }).click();
  await page.getByText("The token is deleted and works no more.").waitFor();
  assert.equal(await row.count(), 0);
  assert.equal((await report(token, {}, "feature_requests")).status, 403);
});

async function snippetsAreFilledIn(page, token) {
  const widget = `<script src="${server.url}/widget.js" data-project="${server.project}" data-token="${token}" defer></script>`;
  for (const [engine, id] of [["Unity", "unity"], ["Unreal", "unreal"], ["Roblox", "roblox"], ["Web widget", "widget"], ["curl", "curl"]]) {
    await page.getByText(engine, { exact: true }).click();
    const code = page.locator(`#${id}`);
    await code.waitFor({ state: "visible" });
    const text = await code.textContent();
    for (const part of [server.url, server.project, token]) assert.ok(text.includes(part), `${engine} lacks ${part}:\n${text}`);
    if (engine === "Web widget") assert.equal(text, widget);
    const button = page.locator(`button[data-copy=${id}]`);
    await button.click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
    assert.equal(await page.locator(".panel pre:visible").count(), 1, "one snippet is shown at a time");
  }
  await isAccessible(page, "The snippets");
}

test("usage tells what was accepted and refused, and scripts in names and user agents are text", async () => {
  const page = await context.newPage();
  await page.goto(projectAt("/auth_tokens/new"));
  await page.getByLabel("Token Name").fill(`Game ${script}`);
  await page.getByRole("group", { name: "Bug Reporting" }).getByLabel("Limit Per Day").fill("1");
  await page.getByRole("button", { name: "Create Token" }).click();
  await page.getByRole("heading", { name: `Game ${script}` }).waitFor();
  const token = await page.locator("#token").textContent();
  await page.getByRole("link", { name: "I have stored it" }).click();

  const row = page.getByRole("row").filter({ hasText: `Game ${script}` });
  await row.getByRole("link", { name: "Usage" }).click();
  await page.getByRole("heading", { name: "Nothing in the last 90 days" }).waitFor();
  await isAccessible(page, "Usage of a token that was not used");

  const agent = { "User-Agent": `Player/1 ${script}` };
  for (const expected of [201, 403, 403]) assert.equal((await report(token, agent)).status, expected);
  await page.reload();
  await page.getByRole("heading", { name: `Usage of Game ${script}` }).waitFor();
  await page.getByText(`Player/1 ${script}`).waitFor();
  await page.getByText("Last used just now").waitFor();
  await page.getByRole("img", { name: "Reports per day, last 90 days" }).waitFor();
  await page.getByText("Show the figures").click();
  const today = page.getByRole("region", { name: /figures$/ }).getByRole("row").nth(1);
  assert.deepEqual(await today.getByRole("cell").allTextContents(), ["1", "2"]);
  const bugs = page.getByRole("row", { name: /^Bug reports/ });
  assert.deepEqual(await bugs.getByRole("cell").allTextContents(), ["1", "2"]);
  await page.getByRole("row", { name: "The daily limit of the address was used up 2" }).waitFor();
  await page.getByRole("row", { name: /^[0-9a-f]{16} 1 2$/ }).waitFor();
  await isAccessible(page, "Usage of a project token");

  await page.getByRole("link", { name: "API Tokens" }).last().click();
  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: `Delete Game ${script}?` }).waitFor();
});

test("the usage of a personal token is told too, with its client", async () => {
  const page = await context.newPage();
  await page.goto("/personal_access_tokens/new");
  await page.getByLabel("Token Name").fill(`Script ${script}`);
  await page.getByRole("button", { name: "Create Token" }).click();
  await page.getByRole("heading", { name: `Script ${script}` }).waitFor();
  const token = await page.locator("#token").textContent();
  const asked = (path) => api(server, "GET", path, undefined, { Authorization: `Bearer ${token}`, "User-Agent": `cron ${script}` });
  assert.equal((await asked("/projects.json")).status, 200);
  assert.equal((await asked("/projects/pr-9999999999.json")).status, 404);
  await page.getByRole("link", { name: "I have stored it" }).click();
  await page.getByRole("link", { name: `Script ${script}`, exact: true }).click();
  await page.getByText(`cron ${script}`).waitFor();
  const reading = page.getByRole("row", { name: /^Reading/ });
  assert.deepEqual(await reading.getByRole("cell").allTextContents(), ["1", "1"]);
  await page.getByRole("img", { name: "Requests per day, last 90 days" }).waitFor();
  await isAccessible(page, "Usage of a personal token");
});

test("long lists are turned page by page", async () => {
  for (let number = 1; number <= 26; number++) {
    const made = await api(server, "POST", "/personal_access_tokens.json", { name: `Number ${number}.` });
    assert.equal(made.status, 201);
  }
  const page = await context.newPage();
  await page.goto("/personal_access_tokens");
  assert.equal(await page.getByRole("row").count(), 26, "25 and the head");
  await page.getByRole("link", { name: "Number 26.", exact: true }).waitFor();
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByRole("link", { name: "Number 1.", exact: true }).waitFor();
});

test("no form is taken without its token", async () => {
  const tokens = (await api(server, "GET", projectAt("/auth_tokens.json"))).body.auth_tokens;
  const own = (await api(server, "GET", "/personal_access_tokens.json")).body.personal_access_tokens;
  for (const [address, form] of [
    ["/personal_access_tokens", { name: "Forged" }],
    [`/personal_access_tokens/${own[0].id}/delete`, {}],
    [projectAt("/auth_tokens"), { name: "Forged" }],
    [projectAt(`/auth_tokens/${tokens[0].id}`), { name: "Forged" }],
    [projectAt(`/auth_tokens/${tokens[0].id}/delete`), {}],
  ]) {
    const answer = await context.request.post(address, { form, headers: { Accept: "text/html" } });
    assert.equal(answer.status(), 403, address);
    assert.match(await answer.text(), /This form is out of date/, address);
  }
  const ids = (list) => list.map(({ id, name }) => [id, name]);
  const after = await api(server, "GET", projectAt("/auth_tokens.json"));
  assert.deepEqual(ids(after.body.auth_tokens), ids(tokens));
  const ownAfter = await api(server, "GET", "/personal_access_tokens.json");
  assert.deepEqual(ids(ownAfter.body.personal_access_tokens), ids(own));
});

test("where there is no token yet, the page says what one is for", async () => {
  const page = await context.newPage();
  const made = await api(server, "POST", "/projects.json", { name: "Empty" });
  await page.goto(`/projects/${made.body.id}/auth_tokens`);
  await page.getByRole("heading", { name: "No token yet" }).waitFor();
  await isAccessible(page, "No project token");
  // All of the owner's, last the one that this test itself asks with.
  const own = (await api(server, "GET", "/personal_access_tokens.json")).body.personal_access_tokens;
  for (const { id } of own) await api(server, "DELETE", `/personal_access_tokens/${id}.json`);
  await page.goto("/personal_access_tokens");
  await page.getByRole("heading", { name: "No token yet" }).waitFor();
  await isAccessible(page, "No personal token");
});
