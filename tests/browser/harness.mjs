// What the browser tests share: a server of their own on a free port, a browser, and the checks that every page passes.
//
// The server is the debug build; BUGLE_BINARY names another one. Nothing waits by the clock: Playwright waits for what
// a page shows, and the harness for what the server prints.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.BUGLE_BINARY ?? join(here, "../../target/debug/bugle");
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const started = { processes: [], folders: [], browser: undefined };

/// A server on an empty data directory, with what its first start printed. With `ago`, its clock is that many days behind.
export async function startServer(options = [], ago = 0) {
  const folder = await mkdtemp(join(tmpdir(), "bugle-browser-"));
  started.folders.push(folder);
  const { process, printed, log } = await run(folder, options, ago, /File a first report:[^]*-d '.*'/);
  const said = (label) => {
    const found = printed.match(new RegExp(`${label} +(\\S+)`));
    assert.ok(found, `the first start says no "${label}":\n${printed}`);
    return found[1];
  };
  return {
    url: said("Web address"),
    email: said("Owner e-mail"),
    password: said("Owner password"),
    project: said("Project"),
    projectToken: said("Project token"),
    personalToken: said("Personal token"),
    folder,
    process,
    log,
  };
}

/// Stops a server and starts it again on its data, with its clock `ago` days behind.
export async function restartServer(server, ago = 0) {
  server.process.removeAllListeners("exit");
  const ended = once(server.process, "exit");
  server.process.kill("SIGTERM");
  await ended;
  const { process, printed, log } = await run(server.folder, [], ago, /listening on \S+/);
  Object.assign(server, { process, log, url: printed.match(/listening on (\S+)/)[1] });
}

/// Whether `faketime` can set a server's clock back.
export const canSetClock = () => clock(1) !== undefined;

/// What makes a program that is started with it see a clock that is `ago` days behind. `faketime` itself would stand
/// between us and the program, and not hand signals on.
function clock(ago) {
  const said = spawnSync("faketime", ["-f", `-${ago}d`, "env"], { encoding: "utf8" });
  const library = said.stdout?.match(/^LD_PRELOAD=(.+)$/m);
  return library ? { LD_PRELOAD: library[1], FAKETIME: `-${ago}d`, FAKETIME_DONT_FAKE_MONOTONIC: "1" } : undefined;
}

/// Runs the server until it has printed what is waited for.
async function run(folder, options, ago, wanted) {
  const process = spawn(binary, ["serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: folder,
    env: { ...env, ...(ago ? clock(ago) : {}) },
  });
  started.processes.push(process);
  let log = "";
  process.stderr.on("data", (piece) => { log += piece; });
  let printed = "";
  await new Promise((resolve, reject) => {
    process.stdout.on("data", (piece) => {
      printed += piece;
      if (wanted.test(printed)) resolve();
    });
    process.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${printed}\n${log}`)));
    process.on("error", reject);
  });
  return { process, printed, log: () => log };
}

async function browser() {
  started.browser ??= await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return started.browser;
}

/// A window of its own, in which nobody has signed in. What a page writes to the console as an error, such as a script
/// or a style that its policy refuses, fails the test that closes it.
export async function openWindow(server, options = {}) {
  const context = await (await browser()).newContext({ baseURL: server.url, ...options });
  context.faults = [];
  context.on("page", (page) => {
    page.on("pageerror", (error) => context.faults.push(`${page.url()}: ${error}`));
    page.on("console", (message) => {
      // That an answer was a refusal is no fault of the page.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        context.faults.push(`${page.url()}: ${message.text()}`);
      }
    });
  });
  context.setDefaultTimeout(15_000);
  return context;
}

/// Signs in by the form.
export async function signIn(page, { email, password }) {
  await page.goto("/sign_in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /^Account of/ }).waitFor();
}

/// A window of the owner's, signed in, and its page.
export async function ownersWindow(server, options) {
  const context = await openWindow(server, options);
  const page = await context.newPage();
  await signIn(page, server);
  return { context, page };
}

/// Closes a window, and fails if one of its pages was at fault.
export async function closeWindow(context) {
  const faults = context.faults;
  await context.close();
  assert.deepEqual(faults, [], "pages wrote errors to the console");
}

/// Checks a page with axe-core in light and dark, and that at 360 pixels it does not scroll sideways.
export async function isAccessible(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // Not by a script in the page, which the page's policy would rightly refuse.
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const told = found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join("\n    ")}`);
    assert.deepEqual(told, [], `${name} (${colorScheme}), ${page.url()}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} pixels too wide at 360`);
  // Documents' tables are read; of the others one comes for what stands at the right.
  const hidden = await page.evaluate(() => [...document.querySelectorAll(".table")]
    .filter((table) => !table.closest(".prose, .chart") && table.scrollWidth > table.clientWidth)
    .map((table) => table.textContent.trim().slice(0, 40)));
  assert.deepEqual(hidden, [], `${name}: tables that have to be scrolled sideways at 360`);
  await page.setViewportSize(size);
}

/// Asks the API with the owner's token, or with other headers.
export async function api(server, method, path, body, headers = { Authorization: `Bearer ${server.personalToken}` }) {
  const answer = await fetch(server.url + path, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json().catch(() => undefined), headers: answer.headers };
}

/// Files a report as a game does.
export async function fileReport(server, folder, fields, headers = {}) {
  const sent = await api(server, "POST", `/projects/${server.project}/${folder}.json`, fields, {
    Authorization: `FormUser ${server.projectToken}`,
    "BetaHub-Project-ID": server.project,
    ...headers,
  });
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  return sent.body;
}

/// Ends what was started here: for `after`.
export async function end() {
  await started.browser?.close();
  for (const process of started.processes) {
    process.removeAllListeners("exit");
    process.kill("SIGKILL");
  }
  for (const folder of started.folders) await rm(folder, { recursive: true, force: true });
}
