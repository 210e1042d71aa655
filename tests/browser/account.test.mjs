// A person's account: the first set-up, the profile, and coming in by an invitation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, closeWindow, end, isAccessible, openWindow, ownersWindow, signIn, startServer } from "./harness.mjs";

let server;
before(async () => { server = await startServer(); });
after(end);

/// What the owner signs in with, once they have set their account up.
const owner = { email: "grace@studio.example", password: "a better password" };

test("the first sign-in leads to the set-up, which is then gone", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, server);
  await page.getByRole("heading", { name: "Set up Bugle" }).waitFor();
  await isAccessible(page, "Set up");
  const other = await openWindow(server);
  const otherPage = await other.newPage();
  await signIn(otherPage, server);

  await page.getByLabel("Your name").fill("Grace <i>Hopper</i>");
  await page.getByLabel("Your e-mail address").fill("grace@studio");
  await page.getByLabel("New password").fill("a better password");
  await page.getByLabel("Name of your first project").fill(" ");
  await page.getByRole("button", { name: "Finish Set-up" }).click();
  await page.getByText("Name of your first project can't be blank.").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Grace <i>Hopper</i>");
  await page.getByLabel("Your e-mail address").fill(owner.email);
  await page.getByLabel("New password").fill(owner.password);
  await page.getByLabel("Name of your first project").fill("Moonfall <script>alert(1)</script>");
  await page.getByRole("button", { name: "Finish Set-up" }).click();
  await page.getByRole("heading", { name: "No report yet" }).waitFor();
  await page.getByRole("link", { name: "Moonfall <script>alert(1)</script>" }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/projects/${server.project}`);

  const gone = await page.goto("/setup");
  assert.equal(gone.status(), 404);
  await otherPage.goto("/projects");
  await otherPage.getByRole("heading", { name: "Sign in to Bugle" }).waitFor();
  const old = await api(server, "POST", "/session.json", { email: server.email, password: server.password }, {});
  assert.equal(old.status, 401, "the printed password");
  await closeWindow(other);
  await closeWindow(context);
});

test("the picture at the top leads to the profile, where name and password are changed", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  const second = await openWindow(server);
  const secondPage = await second.newPage();
  await signIn(secondPage, owner);

  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("link", { name: "Profile & Account" }).click();
  await page.getByRole("heading", { name: "Profile & Account" }).waitFor();
  assert.equal(await page.getByLabel(/^Name/).inputValue(), "Grace <i>Hopper</i>");
  await isAccessible(page, "Profile & Account");
  await page.getByRole("heading", { name: "API Access" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Manage API Tokens" }).getAttribute("href"), "/personal_access_tokens");
  await page.getByRole("link", { name: "Moonfall" }).waitFor();

  await page.getByLabel(/^Name/).fill("  ");
  await page.getByRole("button", { name: "Save Profile" }).click();
  await page.getByText("Name can't be blank.").waitFor();
  await page.getByLabel(/^Name/).fill("Grace Hopper");
  await page.getByRole("button", { name: "Save Profile" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Account of Grace Hopper" }).getByText("GH").waitFor();

  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("yet another password");
  await page.getByRole("button", { name: "Change Password" }).click();
  await page.getByText("Current password is wrong.").waitFor();
  await page.getByLabel("Current password").fill(owner.password);
  owner.password = "yet another password";
  await page.getByLabel("New password").fill(owner.password);
  await page.getByRole("button", { name: "Change Password" }).click();
  await page.getByText("Saved.").waitFor();
  await secondPage.goto("/profiles/me");
  await secondPage.getByRole("heading", { name: "Sign in to Bugle" }).waitFor();
  await closeWindow(second);
  await closeWindow(context);
});

/// The link that an owner makes for a role.
async function invite(page, role) {
  await page.goto(`/projects/${server.project}/members`);
  await page.locator("form", { hasText: "Invite by a link" }).getByRole("combobox").selectOption(role);
  await page.getByRole("button", { name: "Create Link" }).click();
  await page.getByRole("heading", { name: `The link for one ${role}` }).waitFor();
  return page.locator("#link").textContent();
}

test("somebody without an account comes in by a link, which is shown once and used once", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  await page.goto(`/projects/${server.project}/members`);
  await isAccessible(page, "Members");
  const link = await invite(page, "developer");
  await isAccessible(page, "Members with a new link");
  await page.reload();
  await page.getByText("The link was shown once").waitFor();
  assert.equal(await page.getByText(link).count(), 0);

  const guest = await openWindow(server);
  const guestPage = await guest.newPage();
  await guestPage.goto(link);
  await guestPage.getByRole("heading", { name: "You are invited to Moonfall <script>alert(1)</script>" }).waitFor();
  await isAccessible(guestPage, "Invitation");
  await guestPage.getByLabel("Your name").fill("Ada <b>L</b>");
  await guestPage.getByLabel("E-mail address").fill(owner.email);
  await guestPage.getByLabel("Password").fill("ten letters at least");
  await guestPage.getByRole("button", { name: "Create Account and Join" }).click();
  await guestPage.getByText("E-mail address has already been taken.").waitFor();
  await guestPage.getByLabel("E-mail address").fill("ada@studio.example");
  await guestPage.getByLabel("Password").fill("ten letters at least");
  await guestPage.getByRole("button", { name: "Create Account and Join" }).click();
  await guestPage.getByRole("heading", { name: "Dashboard" }).waitFor();
  await guestPage.getByRole("button", { name: "Account of Ada <b>L</b>" }).waitFor();

  await page.goto(`/projects/${server.project}/members`);
  await page.getByRole("rowheader", { name: "Ada <b>L</b>" }).waitFor();
  const late = await openWindow(server);
  const latePage = await late.newPage();
  const answer = await latePage.goto(link);
  assert.equal(answer.status(), 410);
  await latePage.getByRole("heading", { name: "This invitation has been used" }).waitFor();
  await isAccessible(latePage, "A used invitation");
  await closeWindow(late);
  await closeWindow(guest);
  await closeWindow(context);
});

test("somebody with an account signs in, accepts with one click, and is then given another role and removed", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  const made = await api(server, "POST", "/projects.json", { name: "Second game" });
  assert.equal(made.status, 201);
  await page.goto(`/projects/${made.body.id}/members`);
  await page.getByRole("button", { name: "Create Link" }).click();
  const link = await page.locator("#link").textContent();

  const guest = await openWindow(server);
  const guestPage = await guest.newPage();
  await guestPage.goto(link);
  await guestPage.getByRole("link", { name: "Sign in to accept" }).click();
  await guestPage.getByLabel("E-mail address").fill("ada@studio.example");
  await guestPage.getByLabel("Password").fill("ten letters at least");
  await guestPage.getByRole("button", { name: "Sign in" }).click();
  await guestPage.getByRole("button", { name: "Accept Invitation" }).waitFor();
  await isAccessible(guestPage, "Invitation to accept");
  await guestPage.getByRole("button", { name: "Accept Invitation" }).click();
  await guestPage.getByRole("heading", { name: "Dashboard" }).waitFor();

  await page.goto(`/projects/${made.body.id}/members`);
  await page.getByLabel("Role of Ada <b>L</b>").selectOption("developer");
  await page.getByRole("row", { name: /Ada/ }).getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal(await page.getByLabel("Role of Ada <b>L</b>").inputValue(), "developer");
  await page.getByLabel("Role of Grace Hopper").selectOption("tester");
  await page.getByRole("row", { name: /^Grace/ }).getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("Role is that of the last owner").waitFor();
  await page.getByRole("row", { name: /Ada/ }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "Remove Ada <b>L</b>?" }).waitFor();
  await isAccessible(page, "The question before a member is removed");
  await page.getByRole("button", { name: "Remove Member" }).click();
  await page.getByText("Removed.").waitFor();
  assert.equal(await page.getByText("ada@studio.example").count(), 0);
  const refused = await guestPage.goto(`/projects/${made.body.id}`);
  assert.equal(refused.status(), 403);

  await page.getByLabel("E-mail address").fill("ada@studio.example");
  await page.getByRole("button", { name: "Add Member" }).click();
  await page.getByRole("heading", { name: "Add Ada <b>L</b>?" }).waitFor();
  await page.getByText("Joined by Grace Hopper’s link into Moonfall").waitFor();
  await isAccessible(page, "Adding somebody whose address nobody vouches for");
  await page.getByRole("button", { name: "Add as tester" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByText("joined by Grace Hopper’s link, address not verified").waitFor();
  await isAccessible(page, "Members, one of them by a link");
  await closeWindow(guest);
  await closeWindow(context);
});

test("a form that is out of date is shown again, and sent by a second click", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  await page.goto("/projects/new");
  await page.getByLabel(/^Name/).fill("Third game");
  await page.getByLabel(/^Description/).fill("Two lines,\n<b>both</b> kept.");
  await context.clearCookies();
  const other = await context.newPage();
  await signIn(other, owner);
  await page.getByRole("button", { name: "Create Project" }).click();
  await page.getByRole("heading", { name: "Send it again?" }).waitFor();
  await page.getByText("<b>both</b> kept.").first().waitFor();
  await isAccessible(page, "A form that is out of date");
  await page.getByRole("button", { name: "Send Again" }).click();
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  const all = await api(server, "GET", "/projects.json");
  const third = all.body.projects.filter((project) => project.name === "Third game");
  assert.equal(third.length, 1);
  assert.equal(third[0].description.replaceAll("\r", ""), "Two lines,\n<b>both</b> kept.");
  await closeWindow(context);
});

test("an address is changed on the profile with the password", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  await page.goto("/profiles/me");
  await page.getByLabel(/^New e-mail address/).fill("hopper@studio.example");
  await page.getByLabel(/^Your password/).fill("a guess");
  await page.getByRole("button", { name: "Change Address" }).click();
  await page.getByText("Your password is wrong.").waitFor();
  await isAccessible(page, "Profile with a wrong password");
  await page.getByLabel(/^Your password/).fill(owner.password);
  owner.email = "hopper@studio.example";
  await page.getByRole("button", { name: "Change Address" }).click();
  await page.getByText("Saved.").waitFor();
  const second = await openWindow(server);
  await signIn(await second.newPage(), owner);
  await closeWindow(second);
  await closeWindow(context);
});

test("a link that was withdrawn, and one that is none, say so", async () => {
  const context = await openWindow(server);
  const page = await context.newPage();
  await signIn(page, owner);
  const link = await invite(page, "tester");
  await page.getByRole("button", { name: "Withdraw" }).first().click();
  await page.getByText("Withdrawn: the link is refused from now on.").waitFor();
  await page.goto(link);
  await page.getByRole("heading", { name: "This invitation was withdrawn" }).waitFor();
  const none = await page.goto("/invitations/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
  assert.equal(none.status(), 404);
  await page.getByRole("heading", { name: "This is no invitation" }).waitFor();
  await closeWindow(context);
});

test("the set-up can be skipped, and is then gone", async () => {
  const fresh = await startServer();
  const { context, page } = await ownersWindow(fresh);
  await page.getByRole("button", { name: "Skip Set-up" }).click();
  await page.getByRole("heading", { name: "No report yet" }).waitFor();
  const gone = await page.goto("/setup");
  assert.equal(gone.status(), 404);
  const again = await openWindow(fresh);
  const againPage = await again.newPage();
  await signIn(againPage, fresh);
  await againPage.getByRole("heading", { name: "All Projects" }).waitFor();
  await closeWindow(again);
  await closeWindow(context);
});
