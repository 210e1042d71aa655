// Signing in and out, and that no form is taken without its token.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeWindow, end, isAccessible, openWindow, ownersWindow, signIn, startServer } from "./harness.mjs";

let server;
before(async () => { server = await startServer(); });
after(end);

test("somebody who is sent to sign in comes back to where they wanted to go", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto("/projects/new");
  await isAccessible(page, "Sign in");
  await page.getByLabel("E-mail address").fill(server.email);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The e-mail address or the password is wrong.").waitFor();
  assert.equal(await page.getByLabel("E-mail address").inputValue(), server.email);
  await page.getByLabel("Password").fill(server.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "New Project" }).waitFor();
  await isAccessible(page, "New Project");
  await closeWindow(context);
});

test("whoever signs out is out", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto("/projects");
  await isAccessible(page, "All Projects");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await isAccessible(page, "The account's menu");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  await page.goto("/projects");
  await page.getByRole("heading", { name: "Sign in to Bugle" }).waitFor();
  await closeWindow(context);
});

test("a new project is there at once, and what is wrong with one stands beside its field", async () => {
  const { context, page } = await ownersWindow(server);
  await page.goto("/projects");
  await page.getByRole("link", { name: "New Project" }).click();
  // The browser itself would refuse an empty name.
  await page.getByLabel("Name").fill(" ");
  await page.getByRole("button", { name: "Create Project" }).click();
  await page.getByText("Name can't be blank.").waitFor();
  await page.getByLabel("Name").fill("Moonfall <b>2</b>");
  await page.getByRole("button", { name: "Create Project" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  await page.goto("/projects");
  await page.getByRole("heading", { name: "Moonfall <b>2</b>" }).waitFor();
  await closeWindow(context);
});

test("no other address is led to after signing in", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await page.goto("/sign_in?return_to=//127.0.0.2/");
  await page.getByLabel("E-mail address").fill(server.email);
  await page.getByLabel("Password").fill(server.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Set up Bugle" }).waitFor();
  assert.equal(new URL(page.url()).host, new URL(server.url).host);
  await closeWindow(context);
});

test("a form without its token, or with that of another session, is refused", async () => {
  const { context, page } = await ownersWindow(server);
  const other = await openWindow(server);
  const otherPage = await other.newPage();
  await signIn(otherPage, server);
  await otherPage.goto("/projects/new");
  const foreign = await otherPage.locator("main input[name=form_token]").inputValue();
  for (const token of [undefined, "", foreign]) {
    await page.goto("/projects/new");
    await page.getByLabel("Name").fill("Never made");
    await page.locator("main input[name=form_token]").evaluate((input, value) => {
      if (value === undefined) input.remove();
      else input.value = value;
    }, token);
    await page.getByRole("button", { name: "Create Project" }).click();
    await page.getByText("This form is out of date.").waitFor();
  }
  await page.goto("/projects");
  assert.equal(await page.getByText("Never made").count(), 0);
  await closeWindow(context);
  await closeWindow(other);
});
