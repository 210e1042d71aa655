// What members write on the pages of reports: texts that are changed, comments with files, and new suggestions and tickets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, closeWindow, end, fileReport, isAccessible } from "./harness.mjs";
import { at, openWorkplace, ownersWindow, server } from "./workplace.mjs";

before(openWorkplace);
after(end);

const kinds = [
  { folder: "issues", prefix: "g-", one: "bug report" },
  { folder: "feature_requests", prefix: "fr-", one: "suggestion" },
  { folder: "tickets", prefix: "t-", one: "ticket" },
];

const kept = async ({ folder, prefix }, report) => (await api(server, "GET", at(`/${folder}/${prefix}${report.id}.json`))).body;

async function change({ folder, prefix }, report, fields) {
  const changed = await api(server, "PATCH", at(`/${folder}/${prefix}${report.id}.json`), fields);
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
}

const description = (page) => page.getByRole("textbox", { name: "Description" });
const title = (page) => page.getByRole("textbox", { name: "Title" });
const save = (page) => page.getByRole("button", { name: "Save", exact: true }).click();

for (const kind of kinds) {
  test(`the texts of a ${kind.one} are changed, and what is wrong with them is told`, async () => {
    const report = await fileReport(server, kind.folder, {
      title: "The dor is stuk",
      description: "\nIt does not open.\nNot at all.",
      reporter_email: "player@example.org",
    });
    const { context, page } = await ownersWindow();
    await page.goto(at(`/${kind.folder}/${report.scoped_id}`));
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByRole("heading", { name: `Edit ${kind.one}` }).waitFor();
    assert.equal(await title(page).inputValue(), "The dor is stuk");
    assert.equal(await description(page).inputValue(), "\nIt does not open.\nNot at all.");
    await isAccessible(page, `Edit ${kind.one}`);
    await title(page).fill("   ");
    await description(page).fill("It does not open.\n<b>Never</b>.");
    await save(page);
    await page.getByText("Title can't be blank.").waitFor();
    assert.equal(await description(page).inputValue(), "It does not open.\n<b>Never</b>.", "what was written is still there");
    await title(page).fill("The door is stuck");
    await save(page);
    await page.getByRole("heading", { name: "The door is stuck" }).waitFor();
    await page.getByText("Saved.").waitFor();
    const found = await kept(kind, report);
    assert.deepEqual([found.title, found.description], ["The door is stuck", "It does not open.\n<b>Never</b>."]);
    await closeWindow(context);
  });
}

test("a form that is sent as it was shown changes nothing", async () => {
  const report = await fileReport(server, "issues", { title: "Two lines", description: "One\nTwo\r\nThree", unformatted_steps_to_reproduce: "Go\nStay" });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}/edit`));
  await save(page);
  await page.getByText("Saved.").waitFor();
  await page.getByText("Nothing was changed yet.").waitFor();
  assert.equal((await kept(kinds[0], report)).description, "One\nTwo\r\nThree");
  await closeWindow(context);
});

test("whoever writes over what somebody else has just changed is shown both", async () => {
  const report = await fileReport(server, "issues", { title: "Lamp", description: "It flickers." });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}/edit`));
  // A change of something else is none of the text.
  await change(kinds[0], report, { description: "It flickers <i>at night</i>.", status: "in_progress" });
  await description(page).fill("It flickers in the cellar.");
  await save(page);
  await page.getByText("Somebody else changed this bug report while you wrote.").waitFor();
  assert.equal(await description(page).inputValue(), "It flickers in the cellar.");
  const theirs = page.getByRole("region", { name: "The description as it is now" });
  assert.equal(await theirs.locator(".text").innerText(), "It flickers <i>at night</i>.");
  assert.equal(await page.getByRole("region", { name: "The title as it is now" }).count(), 0);
  assert.equal((await kept(kinds[0], report)).description, "It flickers <i>at night</i>.", "nothing was saved");
  await isAccessible(page, "A conflict");
  await description(page).fill("It flickers in the cellar at night.");
  await save(page);
  await page.getByText("Saved.").waitFor();
  assert.equal((await kept(kinds[0], report)).description, "It flickers in the cellar at night.");
  await closeWindow(context);
});

test("two who change different texts do not disturb each other", async () => {
  const report = await fileReport(server, "issues", { title: "Chair", description: "It wobbles." });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}/edit`));
  await change(kinds[0], report, { title: "Red chair" });
  await description(page).fill("It wobbles a lot.");
  await save(page);
  await page.getByText("Saved.").waitFor();
  const found = await kept(kinds[0], report);
  assert.deepEqual([found.title, found.description], ["Red chair", "It wobbles a lot."]);
  await closeWindow(context);
});

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNgYPiPhIjhAgB50gf5oTrqcwAAAABJRU5ErkJggg==",
  "base64",
);
const file = (name, mimeType, buffer) => ({ name, mimeType, buffer });

for (const kind of kinds) {
  test(`a comment under a ${kind.one} brings a file`, async () => {
    const report = await fileReport(server, kind.folder, { title: "To be talked about", description: "Text", reporter_email: "player@example.org" });
    const { context, page } = await ownersWindow();
    await page.goto(at(`/${kind.folder}/${report.scoped_id}`));
    const box = page.getByRole("textbox", { name: kind.folder === "tickets" ? "Answer" : "Comment", exact: true });
    const send = page.getByRole("button", { name: kind.folder === "tickets" ? "Send answer" : "Add comment" });
    await box.fill("See the picture.");
    await page.getByLabel("File").setInputFiles(file("wall.png", "image/png", PNG));
    await send.click();
    const comment = page.getByRole("article").filter({ hasText: "See the picture." });
    const picture = comment.getByAltText("Picture wall.png");
    await picture.scrollIntoViewIfNeeded();
    await picture.evaluate((image) => image.decode());
    assert.equal(await picture.evaluate((image) => image.naturalWidth), 4);
    await box.fill("And the log.");
    await page.getByLabel("File").setInputFiles(file("<b>save</b>.log", "text/plain", Buffer.from("a line")));
    await send.click();
    const logged = page.getByRole("article").filter({ hasText: "And the log." });
    await logged.getByRole("link", { name: "b>.log", exact: true }).waitFor();
    assert.equal(await logged.getByRole("img").count(), 0);
    const told = (await api(server, "GET", at(`/${kind.folder}/${kind.prefix}${report.id}/comments.json`))).body.comments;
    assert.deepEqual(told.map((one) => [one.body, one.file.filename, one.file.size_bytes]), [["See the picture.", "wall.png", PNG.length], ["And the log.", "b>.log", 6]]);
    await isAccessible(page, "Comments with files");
    await box.fill("Nothing came along.");
    await send.click();
    await page.getByRole("article").filter({ hasText: "Nothing came along." }).waitFor();
    await closeWindow(context);
  });
}

test("a file that is too large keeps what was written, and stores nothing", async () => {
  const report = await fileReport(server, "issues", { title: "Large", description: "Text" });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}`));
  await page.getByRole("textbox", { name: "Comment", exact: true }).fill("Much came along.");
  // More than a test hands over at once, so the page makes it.
  await page.getByLabel("File").evaluate((input) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array((64 << 20) + 1)], "large.bin"));
    input.files = files.files;
  });
  await page.getByRole("button", { name: "Add comment" }).click();
  await page.getByText("File is larger than 67108864 bytes.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Comment", exact: true }).inputValue(), "Much came along.");
  assert.equal((await api(server, "GET", at(`/issues/g-${report.id}/comments.json`))).body.comments.length, 0);
  await closeWindow(context);
});

test("a member writes a suggestion, with pictures", async () => {
  const { context, page } = await ownersWindow();
  await page.goto(at("/feature_requests?sort=all"));
  await page.getByRole("link", { name: "New Suggestion" }).click();
  await page.getByRole("heading", { name: "New Suggestion" }).waitFor();
  await isAccessible(page, "New Suggestion");
  await title(page).fill("A <i>photo</i> mode");
  await description(page).fill("To show others what I have built.");
  await page.getByLabel("Pictures").setInputFiles(file("no.png", "image/png", Buffer.from("no picture")));
  await page.getByRole("button", { name: "Create Suggestion" }).click();
  await page.getByText(/must be pictures, and one is text\/plain/).waitFor();
  assert.equal(await title(page).inputValue(), "A <i>photo</i> mode", "what was written is still there");
  await page.getByLabel("Pictures").setInputFiles(file("mode.png", "image/png", PNG));
  await page.getByRole("button", { name: "Create Suggestion" }).click();
  await page.getByRole("heading", { name: "A <i>photo</i> mode" }).waitFor();
  await page.getByText("Created.").waitFor();
  await page.getByAltText("Screenshot mode.png", { exact: true }).waitFor();
  await closeWindow(context);
});

test("a member writes a ticket for a player", async () => {
  const { context, page } = await ownersWindow();
  await page.goto(at("/tickets"));
  await page.getByRole("link", { name: "New Ticket" }).click();
  await page.getByRole("heading", { name: "New Ticket" }).waitFor();
  await isAccessible(page, "New Ticket");
  await description(page).fill("Ada wrote in the forum that her save is gone.");
  await page.getByLabel("The player’s e-mail address").fill("ada..b@example.org");
  await page.getByRole("button", { name: "Create Ticket" }).click();
  await page.getByText("E-mail address is not an e-mail address.").waitFor();
  assert.equal(await description(page).inputValue(), "Ada wrote in the forum that her save is gone.");
  await page.getByLabel("The player’s e-mail address").fill("ada@example.org");
  await page.getByRole("button", { name: "Create Ticket" }).click();
  await page.getByRole("heading", { name: "Ada wrote in the forum that her save is gone" }).waitFor();
  await page.getByLabel("Contact").getByText("ada@example.org").waitFor();
  await closeWindow(context);
});

test("an empty list leads to the form for the first of its kind", async () => {
  const made = await api(server, "POST", "/projects.json", { name: "Nothing yet" });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { context, page } = await ownersWindow();
  for (const [kind, heading] of kinds.map((kind, place) => [kind, ["Bug Report", "Suggestion", "Ticket"][place]])) {
    await page.goto(`/projects/${made.body.id}/${kind.folder}`);
    await page.getByRole("link", { name: `Write the first ${kind.one}` }).click();
    await page.getByRole("heading", { name: `New ${heading}` }).waitFor();
  }
  await closeWindow(context);
});
