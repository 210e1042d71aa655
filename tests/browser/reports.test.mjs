// Reports as people read and work on them: lists, one report, its files, the dashboard, and the form for a new one.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { api, closeWindow, end, fileReport, isAccessible, openWindow, signIn } from "./harness.mjs";
import { at, openWorkplace, ownersWindow, sendFile, server } from "./workplace.mjs";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNgYPiPhIjhAgB50gf5oTrqcwAAAABJRU5ErkJggg==",
  "base64",
);

let tester;
before(async () => {
  await openWorkplace();
  tester = await addTester("tester@studio.example");
});
after(async () => {
  server.process.kill("SIGKILL");
  await end();
});

/// Somebody who tests the game. Accounts are added while the server is down, so it is started once more.
async function addTester(email) {
  const [binary, ...args] = server.process.spawnargs;
  const data = args[args.indexOf("--data") + 1];
  server.process.removeAllListeners("exit");
  server.process.kill("SIGTERM");
  await once(server.process, "exit");
  const { stdout } = await promisify(execFile)(binary, ["user", "add", email, "--data", data]);
  const port = new URL(server.url).port;
  server.process = spawn(binary, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "ignore"] });
  await once(server.process.stdout, "data");
  server.process.stdout.resume();
  const member = { email, role: "tester" };
  const added = await api(server, "POST", `/projects/${server.project}/members.json`, member);
  assert.equal(added.status, 201, JSON.stringify(added.body));
  return { email, password: stdout.trim().split(/\s+/).at(-1) };
}

async function makeTag(name, color) {
  const made = await api(server, "POST", at("/issue_tags.json"), { name, color });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}

/// Choosing in a select sends its form at once: waits for the page that comes back.
async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label, exact: true }).selectOption({ label: option });
  await page.getByText("Saved.").waitFor();
}

test("a project without reports says how to connect a game", async () => {
  const { context, page } = await ownersWindow();
  await page.goto(at(""));
  await page.getByRole("heading", { name: "No report yet" }).waitFor();
  await isAccessible(page, "Empty dashboard");
  const leadsOn = async () => {
    const link = (name) => page.getByRole("main").getByRole("link", { name });
    assert.equal(await link("New Token").getAttribute("href"), at("/auth_tokens/new"));
    assert.equal(await link("How to connect a game").getAttribute("href"), "/docs");
  };
  await leadsOn();
  for (const name of ["Bug Reports", "Suggestions", "Tickets"]) {
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    await leadsOn();
  }
  await isAccessible(page, "Empty list");
  await closeWindow(context);
});

test("a report goes its way from the game to done", async () => {
  const tag = await makeTag("Physics", "#B7630C");
  const report = await fileReport(server, "issues", {
    title: "Fell through the castle wall",
    description: "I jumped at the wall and fell into nothing.",
    unformatted_steps_to_reproduce: "1. Load the save\n2. Jump at the wall",
    priority: "high",
    extras: { gpu: "Radeon 7800" },
  });
  const lines = Array.from({ length: 2500 }, (_, line) => (line === 2200 ? "NullReferenceException at Wall" : `line ${line + 1} ok`));
  lines[10] = "NullReferenceException at Start";
  await sendFile(report, "log_files", "log_file[file]", "Player.log", lines.join("\n"));
  await sendFile(report, "screenshots", "screenshot[image]", "wall.png", PNG);
  await sendFile(report, "video_clips", "video_clip[video]", "fall.webm", await readFile(new URL("files/clip.webm", import.meta.url)));

  const { context, page } = await ownersWindow();
  await page.goto(at("/issues"));
  await page.getByRole("link", { name: "Fell through the castle wall" }).click();
  await page.getByRole("heading", { name: "Fell through the castle wall" }).waitFor();
  await page.getByText("Jump at the wall", { exact: true }).waitFor();
  await page.getByText("Radeon 7800").waitFor();

  const picture = page.getByAltText("Screenshot wall.png", { exact: true });
  await picture.scrollIntoViewIfNeeded();
  await picture.evaluate((image) => image.decode());
  assert.equal(await picture.evaluate((image) => image.naturalWidth), 4);
  await page.getByRole("button", { name: "Show wall.png large" }).click();
  await page.getByAltText("Screenshot wall.png, full size").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  const width = await page.getByLabel("Video fall.webm").evaluate((video) => new Promise((resolve, reject) => {
    video.addEventListener("error", () => reject(new Error(video.error.message)));
    if (video.readyState > 0) resolve(video.videoWidth);
    video.addEventListener("loadedmetadata", () => resolve(video.videoWidth));
  }));
  assert.equal(width, 64, "the video's metadata were read");

  await choose(page, "Status", "In progress");
  await choose(page, "Priority", "Critical");
  await choose(page, "Assigned to", "Owner");
  await page.getByLabel("Due date").fill("2027-01-31");
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Choose tags" }).click();
  await page.getByLabel("Physics").check();
  await page.getByRole("button", { name: "Save tags" }).click();
  await page.getByText("Saved.").waitFor();
  const kept = (await api(server, "GET", at(`/issues/g-${report.id}.json`))).body;
  assert.deepEqual(
    [kept.status, kept.priority, kept.assigned_to.name, kept.due_date, kept.tag_ids],
    ["in_progress", "critical", "Owner", "2027-01-31", [tag]],
  );
  await page.getByText(/changed the status from Open to In progress/).waitFor();
  await page.getByText(/changed the assignment to Owner/).waitFor();

  await page.getByLabel("Comment", { exact: true }).fill("Seen here too.");
  await page.getByRole("button", { name: "Add comment" }).click();
  const comment = page.getByRole("article").filter({ hasText: "Seen here too." });
  await comment.getByRole("button", { name: "Edit" }).click();
  await page.locator("[popover]:popover-open").getByLabel("Comment").fill("Seen on every map.");
  await page.getByRole("button", { name: "Save", exact: true }).and(page.locator(".primary")).click();
  await page.getByText("Seen on every map.", { exact: true }).and(page.locator("div")).waitFor();
  await page.getByText(", edited").waitFor();
  await isAccessible(page, "A report");
  await page.getByRole("article").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete comment", exact: true }).click();
  await page.getByText("Deleted.").waitFor();
  assert.equal(await page.getByRole("article").count(), 0);

  await page.getByRole("link", { name: "Player.log", exact: true }).click();
  await page.getByText("Lines 1 to 2,000").waitFor();
  await page.getByLabel("Find in this log").fill("nullref");
  await page.getByText("1 line on this page").waitFor();
  await page.getByRole("button", { name: "Find in the whole file" }).click();
  await page.getByText("NullReferenceException at Wall").waitFor();
  await isAccessible(page, "A log");
  await page.getByRole("link", { name: "Line 2201" }).click();
  await page.getByText("Lines 2,181 to 2,500").waitFor();
  assert.ok(page.url().endsWith("#L2201"), page.url());
  await closeWindow(context);
});

test("lists are filtered by their address, searched, and paged", async () => {
  await fileReport(server, "issues", { title: "Lift stuck between floors", description: "Lift", priority: "low" });
  const urgent = await fileReport(server, "issues", { title: "Lift crushes the player", description: "Lift", priority: "critical" });
  const { context, page } = await ownersWindow();
  await page.goto(at("/issues?priority=low"));
  await page.getByRole("link", { name: "Lift stuck between floors" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Lift crushes the player" }).count(), 0);
  await page.getByLabel("Priority").selectOption({ label: "Critical" });
  await page.getByRole("link", { name: "Lift crushes the player" }).waitFor();
  assert.match(page.url(), /priority=critical/);

  // The search follows what is stored, a moment later.
  await page.goto(at("/issues"));
  let found = 0;
  while (found < 2) {
    await page.goto(at("/issues?query=lift"));
    found = await page.getByRole("link", { name: /^Lift / }).count();
  }
  assert.equal(await page.getByRole("link", { name: /castle/ }).count(), 0);
  await page.getByLabel("Priority").selectOption({ label: "Low" });
  await page.getByRole("link", { name: "Lift stuck between floors" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Lift crushes the player" }).count(), 0);
  await isAccessible(page, "A list that was searched");

  await page.goto(at("/issues?query=qwertzuiop"));
  await page.getByRole("heading", { name: "Nothing found" }).waitFor();
  await page.goto(at("/issues?created_after=soon"));
  await page.getByText("These filters cannot be read").waitFor();
  await page.goto(at("/issues?per_page=1"));
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByText(/^Page 2 of \d+$/).waitFor();
  assert.match(page.url(), /per%5Fpage=1/);
  await page.goto(at(`/issues?query=%23${urgent.scoped_id}`));
  await page.getByRole("heading", { name: "Lift crushes the player" }).waitFor();
  await closeWindow(context);
});

test("many reports change their status at once", async () => {
  for (const name of ["one", "two", "three"]) {
    await fileReport(server, "tickets", { title: `Ticket ${name}`, description: "Help", reporter_email: "p@example.org" });
  }
  const { context, page } = await ownersWindow();
  await page.goto(at("/tickets"));
  await page.getByLabel("Select all on this page").check();
  await page.getByText("3 selected").waitFor();
  await page.getByLabel("Select #1", { exact: true }).uncheck();
  await page.getByLabel("New status of those selected").selectOption({ label: "Resolved" });
  await isAccessible(page, "A list with some selected");
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByText("2 tickets were changed.").waitFor();
  await page.goto(at("/tickets?status=resolved"));
  assert.equal(await page.getByRole("listitem").filter({ hasText: "Ticket" }).count(), 2);
  await closeWindow(context);
});

test("a list stands in another order, which its address says", async () => {
  const path = `/projects/${server.project}/issues`;
  for (const [title, priority] of [["Sorted low", "low"], ["Sorted critical", "critical"], ["Sorted high", "high"]]) {
    await fileReport(server, "issues", { title, description: "Sorted" }).then(({ id }) => api(server, "PATCH", `${path}/g-${id}.json`, { priority }));
  }
  const { context, page } = await ownersWindow();
  const titles = async () => {
    const all = await page.locator(".report .title").allTextContents();
    return all.filter((title) => title.startsWith("Sorted"));
  };
  await page.goto(at("/issues?per_page=100"));
  assert.deepEqual(await titles(), ["Sorted high", "Sorted critical", "Sorted low"]);
  for (const [label, name, wanted] of [
    ["Most urgent first", "priority", ["Sorted critical", "Sorted high", "Sorted low"]],
    ["Oldest first", "oldest", ["Sorted low", "Sorted critical", "Sorted high"]],
  ]) {
    await page.goto(at("/issues"));
    await page.getByLabel("Order").selectOption({ label });
    await page.waitForURL((url) => url.searchParams.get("sort") === name);
    assert.equal(new URL(page.url()).searchParams.size, 1, page.url());
    await page.goto(at(`/issues?per_page=100&sort=${name}`));
    assert.equal(await page.getByLabel("Order").inputValue(), name);
    assert.deepEqual(await titles(), wanted);
  }
  await page.goto(at("/issues?sort=sideways"));
  await page.getByText(/These filters cannot be read: sort must be one of newest/).waitFor();
  await page.goto(at("/issues?query=Sorted"));
  assert.equal(await page.getByLabel("Order").count(), 0, "what a search found has an order of its own");
  await closeWindow(context);
});

test("on a narrow page the first report is not far below, and everything of a row has its place", async () => {
  const tag = await api(server, "POST", `/projects/${server.project}/issue_tags.json`, { name: "Narrow", color: "#12897b" });
  const me = (await api(server, "GET", "/profiles/me.json")).body;
  const full = await fileReport(server, "issues", { title: "A title that is long enough to need a second line on a telephone", description: "Long" });
  await api(server, "PATCH", `/projects/${server.project}/issues/g-${full.id}.json`, { assigned_to_id: me.id, tag_ids: [tag.body.id] });
  await api(server, "POST", `/projects/${server.project}/issues/g-${full.id}/comments.json`, { comment: { body: "Seen it." } });
  await fileReport(server, "issues", { title: "Short", description: "Short" });
  const { context, page } = await ownersWindow();
  await page.goto(at("/issues"));
  await page.getByLabel("Status", { exact: true }).waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByLabel("Status", { exact: true }).waitFor({ state: "hidden" });
  const top = async (locator) => (await locator.boundingBox()).y;
  const far = await top(page.locator(".report").first()) - await top(page.locator("main"));
  assert.ok(far < 200, `the first report begins ${far} pixels below the head of the page`);
  for (const part of [".id", ".state", ".title"]) {
    const lefts = await page.locator(`.report ${part}`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
    assert.equal(new Set(lefts).size, 1, `${part} stands at ${lefts}`);
  }
  for (const part of [".age", ".who"]) {
    const rights = await page.locator(`.report ${part}`).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right));
    assert.equal(new Set(rights).size, 1, `${part} ends at ${rights}`);
  }
  await page.getByText("Filters", { exact: true }).click();
  await page.getByLabel("Status", { exact: true }).selectOption({ label: "Open" });
  await page.getByText("Filters: 1", { exact: true }).waitFor();
  await page.goto(at(`/issues/${full.scoped_id}`));
  const edges = await page.locator(".comment header").evaluate((head) => [head, head.querySelector(".danger")].map((one) => one.getBoundingClientRect().right));
  assert.equal(edges[0], edges[1], "a comment's buttons stand at the right of its head");
  await closeWindow(context);
});

test("many bug reports are assigned and tagged at once, and keep the tags that they have", async () => {
  const path = `/projects/${server.project}`;
  const tags = [];
  for (const name of ["Batch one", "Batch two"]) tags.push((await api(server, "POST", `${path}/issue_tags.json`, { name, color: "#12897b" })).body.id);
  const made = [];
  for (const name of ["left", "right"]) made.push(await fileReport(server, "issues", { title: `Lamp on the ${name} is out`, description: "No light" }));
  await api(server, "PATCH", `${path}/issues/g-${made[0].id}.json`, { tag_ids: [tags[0]], status: "in_progress" });
  const read = async ({ id }) => (await api(server, "GET", `${path}/issues/g-${id}.json`)).body;
  const me = (await api(server, "GET", "/profiles/me.json")).body;
  const { context, page } = await ownersWindow();
  const change = async (label, choice) => {
    await page.goto(at("/issues"));
    for (const { scoped_id: number } of made) await page.getByLabel(`Select #${number}`, { exact: true }).check();
    if (label) await page.getByLabel(label).selectOption(choice);
    await page.getByRole("button", { name: "Change" }).click();
  };
  await change("Tag to add to those selected", { label: "Batch two" });
  await page.getByText("2 bug reports were changed.").waitFor();
  assert.deepEqual((await read(made[0])).tag_ids, tags, "it has the tag beside its own");
  assert.deepEqual((await read(made[1])).tag_ids, [tags[1]]);
  assert.equal((await read(made[0])).status, "in_progress", "what was not chosen stays");
  await change("Assign those selected to", String(me.id));
  await page.getByText("2 bug reports were changed.").waitFor();
  assert.equal((await read(made[1])).assigned_to.id, me.id);
  await change("Assign those selected to", "nobody");
  await page.getByText("2 bug reports were changed.").waitFor();
  assert.equal((await read(made[1])).assigned_to?.id ?? null, null);
  await change();
  await page.getByText(/blank where nothing else is to change/).waitFor();
  await closeWindow(context);
});

test("suggestions are voted for, and a ticket's answer says that it goes to the player", async () => {
  await fileReport(server, "feature_requests", { title: "A photo mode", description: "Please" });
  const { context, page } = await ownersWindow();
  await page.goto(at("/feature_requests"));
  await page.getByRole("link", { name: "A photo mode" }).click();
  await page.getByText("0 votes").waitFor();
  await page.getByRole("button", { name: "Vote" }).click();
  await page.getByText("1 vote").waitFor();
  await page.getByRole("button", { name: "Take my vote back" }).click();
  await page.getByText("0 votes").waitFor();
  await isAccessible(page, "A suggestion");
  await page.goto(at("/tickets"));
  await page.getByRole("link", { name: "Ticket one" }).click();
  await page.getByText("This is an answer to the player").waitFor();
  await page.getByLabel("Answer").fill("Try the new version.");
  await page.getByRole("button", { name: "Send answer" }).click();
  await page.getByText("Try the new version.").first().waitFor();
  await isAccessible(page, "A ticket");
  await closeWindow(context);
});

test("the search at the top looks through what the page is about", async () => {
  const fields = { title: "Blue lamp", description: "A lamp that is blue." };
  const suggestion = await fileReport(server, "feature_requests", fields);
  const ticket = await fileReport(server, "tickets", { ...fields, reporter_email: "jo@studio.example" });
  const { context, page } = await ownersWindow();
  for (const [place, list, label] of [
    [`/feature_requests/${suggestion.scoped_id}`, "/feature_requests", "Search suggestions"],
    [`/tickets/${ticket.scoped_id}`, "/tickets", "Search tickets"],
    ["/releases", "/issues", "Search bug reports"],
  ]) {
    await page.goto(at(place));
    const search = page.getByRole("banner").getByLabel(label);
    assert.equal(await search.getAttribute("placeholder"), label);
    await search.fill("lamp");
    await search.press("Enter");
    await page.waitForURL((address) => address.pathname === at(list) && address.searchParams.get("query") === "lamp");
  }
  await closeWindow(context);
});

test("a duplicate is named by its number, and a wrong number is told", async () => {
  const original = await fileReport(server, "issues", { title: "Door is red", description: "Red" });
  const copy = await fileReport(server, "issues", { title: "Door is crimson", description: "Crimson" });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${copy.scoped_id}`));
  await page.getByLabel("Duplicate of").fill("#99999");
  await page.getByLabel("Duplicate of").press("Enter");
  await page.getByText("There is no bug report #99999.").waitFor();
  assert.equal(await page.getByLabel("Duplicate of").inputValue(), "#99999");
  await page.getByLabel("Duplicate of").fill("the red door");
  await page.getByLabel("Duplicate of").press("Enter");
  await page.getByText("Give the number of another bug report, such as #12.").waitFor();
  assert.equal(await page.getByLabel("Duplicate of").inputValue(), "the red door");
  await page.getByLabel("Duplicate of").fill(`#${original.scoped_id}`);
  await page.getByLabel("Duplicate of").press("Enter");
  await page.getByRole("link", { name: `#${original.scoped_id} Door is red` }).first().waitFor();
  await page.goto(at(`/issues/${original.scoped_id}`));
  await page.getByText("1 report is the same").waitFor();
  await closeWindow(context);
});

test("the form for a new report is filled in by its address, and takes files", async () => {
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/new?title=${encodeURIComponent("Shop <b>closed</b>")}&description=The+shop+is+closed.`));
  assert.equal(await page.getByLabel("Title").inputValue(), "Shop <b>closed</b>");
  await isAccessible(page, "New Bug Report");
  await page.getByLabel("Steps to reproduce").fill("Go to the shop");
  const file = (name, mimeType, buffer) => ({ name, mimeType, buffer });
  await page.getByLabel("Screenshots").setInputFiles(file("no.png", "image/png", Buffer.from("no picture")));
  await page.getByRole("button", { name: "Create Bug Report" }).click();
  await page.getByText(/must be pictures, and one is text\/plain/).waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Description" }).inputValue(), "The shop is closed.");
  await page.getByLabel("Screenshots").setInputFiles(file("shop.png", "image/png", PNG));
  await page.getByLabel("Log files").setInputFiles(file("shop.log", "text/plain", Buffer.from("closed\n")));
  await page.getByRole("button", { name: "Create Bug Report" }).click();
  await page.getByRole("heading", { name: "Shop <b>closed</b>" }).waitFor();
  await page.getByText("Created.").waitFor();
  await page.getByAltText("Screenshot shop.png", { exact: true }).waitFor();
  await page.getByRole("link", { name: "shop.log", exact: true }).waitFor();
  await closeWindow(context);
});

test("a form with files and no token stores nothing", async () => {
  const { context, page } = await ownersWindow();
  await page.goto(at("/issues/new"));
  await page.getByLabel("Title").fill("Never stored");
  await page.getByLabel("Log files").setInputFiles({ name: "a.log", mimeType: "text/plain", buffer: Buffer.from("a") });
  await page.locator("main input[name=form_token]").evaluate((input) => input.remove());
  await page.getByRole("button", { name: "Create Bug Report" }).click();
  await page.getByText("This form is out of date.").waitFor();
  await page.goto(at("/issues"));
  assert.equal(await page.getByText("Never stored").count(), 0);
  await closeWindow(context);
});

test("the dashboard counts, and says which limits were used up", async () => {
  const settings = { name: "Demo <i>build</i>", can_create_bug_report: true, bug_reports_per_day: 1 };
  const token = (await api(server, "POST", at("/auth_tokens.json"), settings)).body.token;
  await fileReport(server, "issues", { title: "Only one a day", description: "One" }, { Authorization: `FormUser ${token}` });
  const { context, page } = await ownersWindow();
  await page.goto(at(""));
  await page.getByText("The daily limit of token “Demo <i>build</i>” (1 bug report from one address) was used up today").waitFor();
  await page.getByRole("heading", { name: "Reports of the last 30 days" }).waitFor();
  await page.getByRole("link", { name: "Only one a day" }).waitFor();
  await isAccessible(page, "Dashboard");
  await page.getByRole("region", { name: "Open bug reports by priority" }).getByRole("link", { name: "Critical" }).click();
  await page.getByRole("link", { name: "Lift crushes the player" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Only one a day" }).count(), 0);
  await closeWindow(context);
});

test("testers see what is theirs to see and no more", async () => {
  await api(server, "POST", at("/custom_fields.json"), { name: "Verdict", tester_viewable: false, tester_settable: true });
  await api(server, "POST", at("/custom_fields.json"), { name: "Level", tester_viewable: true, tester_settable: true });
  const report = await fileReport(server, "issues", {
    title: "For testers too",
    description: "Some",
    custom_fields: { verdict: "cheater", level: "Castle" },
    user: { email: "secret@example.org" },
  });
  await sendFile(report, "log_files", "log_file[file]", "open.log", "open");
  const secret = await api(server, "POST", at(`/issues/g-${report.id}/log_files.json`), {
    log_file: { contents: "secret", name: "secret.log", developer_private: true },
  });
  assert.equal(secret.status, 201, JSON.stringify(secret.body));
  const seen = async (person) => {
    const context = await openWindow(server);
    const page = await context.newPage();
    await signIn(page, person);
    await page.goto(at(`/issues/${report.scoped_id}`));
    await page.getByRole("heading", { name: "For testers too" }).waitFor();
    return { context, page, text: await page.locator("main").innerText() };
  };
  const owner = await seen(server);
  const hidden = ["cheater", "secret@example.org", "secret.log"];
  const open = ["Castle", "open.log"];
  for (const part of [...hidden, ...open]) assert.ok(owner.text.includes(part), `the owner sees ${part}`);
  await closeWindow(owner.context);
  const member = await seen(tester);
  for (const part of hidden) assert.ok(!member.text.includes(part), `a tester sees ${part}`);
  for (const part of open) assert.ok(member.text.includes(part), `a tester does not see ${part}`);
  assert.equal(await member.page.getByLabel("Status").count(), 0, "testers change no status");
  await isAccessible(member.page, "A report for a tester");
  await member.page.goto(at(`/issues/${report.scoped_id}/log_files/${secret.body.id}/view`));
  await member.page.getByRole("heading", { name: "Nothing here" }).waitFor();
  await member.page.goto(at("/issues"));
  assert.equal(await member.page.getByLabel("New status of those selected").count(), 0);
  await member.page.goto(at(""));
  assert.equal(await member.page.getByText("The daily limit").count(), 0);
  await closeWindow(member.context);
});

test("a search in a log finds what lies far into a line, and marks it", async () => {
  const report = await fileReport(server, "issues", { title: "One long line", description: "x" });
  const long = "x".repeat(200_000);
  await sendFile(report, "log_files", "log_file[file]", "long.log", `short\n${long} <b>NullReference</b> ${long}\nshort again\n`);
  const [file] = (await api(server, "GET", at(`/issues/g-${report.id}/log_files.json`))).body;
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}/log_files/${file.id}/view`));
  await page.getByLabel("Find in this log").fill("nullref");
  await page.getByRole("button", { name: "Find in the whole file" }).click();
  assert.equal(await page.locator("mark").innerText(), "NullRef");
  const line = await page.locator(".log code").innerText();
  assert.ok(line.startsWith("… xxx") && line.includes("<b>NullReference</b> xxx") && line.length < 1100, line);
  await page.getByRole("link", { name: "Line 2", exact: true }).waitFor();
  await isAccessible(page, "A find in a long line");
  await closeWindow(context);
});
