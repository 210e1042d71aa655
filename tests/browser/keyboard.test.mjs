// Lists and reports for whoever uses the keys alone: what has the focus is seen, comes in the order of the page, has a name
// of its own, and nothing is sent before it was meant.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, closeWindow, end, fileReport, openWindow, signIn, startServer } from "./harness.mjs";

let server;
let context;
let page;
before(async () => {
  server = await startServer();
  for (const title of ["One", "Two", "Three"]) await fileReport(server, "issues", { title, description: "Text", priority: "low" });
  await api(server, "POST", at("/issue_tags.json"), { name: "Physics", color: "#B7630C" });
  for (const body of ["First", "Second"]) await api(server, "POST", at("/issues/1/comments.json"), { body });
  context = await openWindow(server);
  page = await context.newPage();
  await signIn(page, server);
});
after(async () => {
  await closeWindow(context);
  await end();
});

const at = (part) => `/projects/${server.project}${part}`;

/// What has the focus: its name for those who hear the page, whether it is seen, and where it is.
const focused = () => page.evaluate(() => {
  const element = document.activeElement;
  if (element === document.body) return undefined;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const labels = [...(element.labels ?? [])].map((label) => label.firstChild.textContent.trim() || label.textContent.trim());
  return {
    name: (element.getAttribute("aria-label") || labels.join(" ") || element.innerText || "").trim().replaceAll("\n", " "),
    tag: element.localName,
    isMarked: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    isSeen: box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0 && box.top < innerHeight,
    isInMain: element.closest("main") !== null,
    isDate: element.type === "date",
  };
});

/// All that the tabulator leads to.
async function walk(address) {
  await page.goto(address);
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await focused();
    if (!stop) return stops;
    // A field of a date has several stops, the last of which is a button of the browser's own.
    if (!stop.isDate) stops.push(stop);
    assert.ok(stops.length < 200, "the tabulator comes to no end");
  }
}

for (const part of ["/issues", "/issues/1", "/issues/1/edit", "/feature_requests/new"]) {
  test(`every stop of ${part} is seen, has a name of its own, and the content is near`, async () => {
    const stops = await walk(at(part));
    for (const stop of stops) assert.ok(stop.name && stop.isMarked && stop.isSeen, JSON.stringify(stop));
    const buttons = stops.filter((stop) => stop.isInMain && stop.tag === "button").map((stop) => stop.name);
    assert.deepEqual(buttons.filter((name, place) => buttons.indexOf(name) !== place), [], "buttons that sound alike");
    assert.equal(stops[0].name, "Skip to content");
    await page.goto(at(part));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const first = stops.find((stop) => stop.isInMain);
    assert.deepEqual(await focused(), first, "the first stop behind the link is the first of the content");
  });
}

test("the arrows go through a select's choices, and its form is sent when that is meant", async () => {
  await page.goto(at("/issues/1"));
  const status = page.getByRole("combobox", { name: "Status" });
  await status.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await status.inputValue(), "needs_more_info");
  assert.equal((await api(server, "GET", at("/issues/1.json"))).body.status, "open", "nothing was sent on the way");
  await page.getByRole("button", { name: "Save status" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Saved.").waitFor();
  assert.equal((await api(server, "GET", at("/issues/1.json"))).body.status, "needs_more_info");
  await page.waitForFunction(() => document.activeElement.name === "status");

  await page.goto(at("/issues"));
  await page.getByRole("combobox", { name: "Priority" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForURL(/priority=high/);
});

test("a date is typed to its end before it is sent", async () => {
  await page.goto(at("/issues/1"));
  await page.getByLabel("Due date").focus();
  await page.keyboard.type("01312027");
  assert.equal((await api(server, "GET", at("/issues/1.json"))).body.due_date, null, "nothing was sent on the way");
  await page.keyboard.press("Enter");
  await page.getByText("Saved.").waitFor();
  assert.equal((await api(server, "GET", at("/issues/1.json"))).body.due_date, "2027-01-31");
});

test("a choice by the mouse is sent at once", async () => {
  await page.goto(at("/issues/2"));
  await page.getByRole("combobox", { name: "Status" }).selectOption({ label: "Resolved" });
  await page.getByText("Saved.").waitFor();
});

test("what opens has the focus, and gives it back", async () => {
  await page.goto(at("/issues/1"));
  const edit = page.getByRole("article").first().getByRole("button", { name: "Edit comment 1 of Owner" });
  await edit.focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.localName === "textarea" && document.activeElement.closest(":popover-open"));
  await page.keyboard.press("Escape");
  assert.ok(await edit.evaluate((button) => button === document.activeElement), "closing gives the focus back");
  await page.getByRole("article").first().getByRole("button", { name: "Delete comment 1 of Owner" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.textContent === "Cancel");
  await page.keyboard.press("Enter");
  assert.equal((await api(server, "GET", at("/issues/1/comments.json"))).body.comments.length, 2, "the first Enter deletes nothing");
});

test("the lines of a log can be passed over", async () => {
  const contents = "a line\n".repeat(2100);
  const sent = await api(server, "POST", at("/issues/3/log_files.json"), { log_file: { contents, name: "long.log" } });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  await page.goto(at(`/issues/3/log_files/${sent.body.id}/view`));
  await page.getByRole("button", { name: "Find in the whole file" }).focus();
  await page.keyboard.press("Tab");
  assert.equal((await focused()).name, "Skip the lines");
  assert.ok((await focused()).isSeen);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal((await focused()).name, "Later lines");
});
