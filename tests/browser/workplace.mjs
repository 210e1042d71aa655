// A server whose owner has signed in, and whose project has a token without a limit that tests would use up.

import assert from "node:assert/strict";
import { api, closeWindow, openWindow, signIn, startServer } from "./harness.mjs";

export let server;
/// The owner's cookies: signing in has tests of its own, and takes its time on purpose.
let signedIn;

export async function openWorkplace() {
  server = await startServer();
  const settings = { name: "Tests", can_create_bug_report: true, bug_reports_per_day: 1000, can_create_feature_request: true, feature_requests_per_day: 1000, can_create_support_ticket: true, support_tickets_per_day: 1000 };
  server.projectToken = (await api(server, "POST", at("/auth_tokens.json"), settings)).body.token;
  const context = await openWindow(server);
  await signIn(await context.newPage(), server);
  signedIn = await context.storageState();
  await closeWindow(context);
}

/// A window in which the owner has signed in, and a page of it.
export async function ownersWindow() {
  const context = await openWindow(server, { storageState: signedIn });
  return { context, page: await context.newPage() };
}

/// An address of the project.
export const at = (part) => `/projects/${server.project}${part}`;

/// Sends a file of a report as a game does.
export async function sendFile(report, folder, field, name, bytes) {
  const form = new FormData();
  form.set(field, new Blob([bytes]), name);
  const sent = await fetch(`${server.url}${at(`/issues/g-${report.id}/${folder}`)}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${report.token}`, Accept: "application/json" },
    body: form,
  });
  assert.equal(sent.status, 201, await sent.text());
}
