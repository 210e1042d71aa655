// What somebody has written to run on a page of whoever reads it is shown as text, wherever it came from.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, closeWindow, end, fileReport } from "./harness.mjs";
import { at, openWorkplace, ownersWindow, sendFile, server } from "./workplace.mjs";

const SCRIPT = "<script>document.title = 'taken over'</script><img src=x onerror=\"document.title='taken over'\">";

before(openWorkplace);
after(end);

/// Opens a page, and checks that what was written to run there is shown, and has not run.
async function showsAsText(page, address, text = SCRIPT) {
  await page.goto(address);
  const shown = await page.locator("main").innerText();
  assert.ok(shown.includes(text), `${address} shows ${text}:\n${shown}`);
  assert.equal(await page.locator("main script:not([src]), main img[src='x']").count(), 0, `${address} has no such element`);
  assert.ok(!(await page.title()).startsWith("taken over"), address);
}

for (const [what, fields, part] of [
  ["a title", { title: `T ${SCRIPT}`, description: "x" }, ""],
  ["a description", { title: "Described", description: SCRIPT }, ""],
  ["a step", { title: "Stepped", description: "x", unformatted_steps_to_reproduce: SCRIPT }, ""],
  ["an extra", { title: "Extra", description: "x", extras: { [SCRIPT.slice(0, 40)]: SCRIPT } }, ""],
  ["a source", { title: "Sourced", description: "x", source: SCRIPT }, ""],
]) {
  test(`a script in ${what} is shown as text`, async () => {
    const report = await fileReport(server, "issues", fields);
    const { context, page } = await ownersWindow();
    await showsAsText(page, at(`/issues/${report.scoped_id}${part}`));
    if (what === "a title") {
      await showsAsText(page, at("/issues"));
      await showsAsText(page, at(""));
      await showsAsText(page, at(`/issues/${report.scoped_id}/history`));
    }
    await closeWindow(context);
  });
}

test("a script in a file's name is shown as text", async () => {
  const report = await fileReport(server, "issues", { title: "Named", description: "x" });
  // Without a slash, behind which a file's name begins.
  const name = "<img src=x onerror=alert(1)>.log";
  await sendFile(report, "log_files", "log_file[file]", name, "a");
  const [file] = (await api(server, "GET", at(`/issues/g-${report.id}/log_files.json`))).body;
  const { context, page } = await ownersWindow();
  await showsAsText(page, at(`/issues/${report.scoped_id}`), file.filename);
  await showsAsText(page, at(`/issues/${report.scoped_id}/log_files/${file.id}/view`), file.filename);
  assert.ok(file.filename.includes("<img"), file.filename);
  await closeWindow(context);
});

test("a script in a log's line, and in what is looked for, is shown as text", async () => {
  const report = await fileReport(server, "issues", { title: "Logged", description: "x" });
  await sendFile(report, "log_files", "log_file[file]", "a.log", `before\n${SCRIPT}\n`);
  const [file] = (await api(server, "GET", at(`/issues/g-${report.id}/log_files.json`))).body;
  const { context, page } = await ownersWindow();
  await showsAsText(page, at(`/issues/${report.scoped_id}/log_files/${file.id}/view`));
  await showsAsText(page, at(`/issues/${report.scoped_id}/log_files/${file.id}/view?find=${encodeURIComponent(SCRIPT)}`));
  await showsAsText(page, at(`/issues/${report.scoped_id}/log_files/${file.id}/view?find=${encodeURIComponent("<b>nothing</b>")}`), "<b>nothing</b>");
  await closeWindow(context);
});

test("a script in an e-mail address is shown as text", async () => {
  const email = "\"<script>x</script>\"@example.org";
  const report = await fileReport(server, "issues", { title: "Mailed", description: "x", user: { email } });
  const { context, page } = await ownersWindow();
  await showsAsText(page, at(`/issues/${report.scoped_id}`), email);
  await closeWindow(context);
});

test("a script in a comment is shown as text, and in its form again", async () => {
  const report = await fileReport(server, "issues", { title: "Commented", description: "x" });
  const { context, page } = await ownersWindow();
  await page.goto(at(`/issues/${report.scoped_id}`));
  await page.getByLabel("Comment", { exact: true }).fill(`</textarea>${SCRIPT}`);
  await page.getByRole("button", { name: "Add comment" }).click();
  await page.getByRole("article").waitFor();
  await showsAsText(page, at(`/issues/${report.scoped_id}`), `</textarea>${SCRIPT}`);
  await closeWindow(context);
});
