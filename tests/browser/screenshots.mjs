// Takes pictures of the main pages, light and dark, of a project that it fills over the API:
//
//     node tests/browser/screenshots.mjs docs/images
//
// `cargo xtask screenshots` builds the server first. `pngquant` makes them smaller where it is installed, and
// with `faketime` the charts have some weeks to show.

import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { demo, startWithWeeks } from "./demo.mjs";
import { end, openWindow, signIn } from "./harness.mjs";

const SIZE = { width: 1280, height: 800 };

/// Every page with its address and the picture's name. `open` needs nobody signed in; `before` does something on it.
function pages(project, issue) {
  const at = (part) => `/projects/${project}${part}`;
  return [
    { name: "projects", address: "/projects" },
    { name: "dashboard", address: at("") },
    { name: "issues", address: at("/issues") },
    { name: "issue", address: at(`/issues/${issue}`) },
    { name: "suggestions", address: at("/feature_requests") },
    { name: "tickets", address: at("/tickets") },
    { name: "api-tokens", address: at("/auth_tokens") },
    { name: "token-usage", address: at("/auth_tokens/1/usage") },
    { name: "personal-tokens", address: "/personal_access_tokens" },
    { name: "members", address: at("/members") },
    { name: "webhooks", address: at("/webhooks") },
    { name: "documentation", address: "/docs", open: true },
    { name: "report-form", address: at("/report"), open: true },
    { name: "widget", address: "/docs/web", open: true, before: openWidget },
  ];
}

/// The widget stands in pages of others; here it is put into one of ours.
async function openWidget(page, server) {
  await page.addScriptTag({ url: `${server.url}/widget.js` });
  await page.evaluate(({ projectId, authToken }) => {
    globalThis.BugleWidget.init({ projectId, authToken });
    globalThis.BugleWidget.open();
  }, { projectId: server.project, authToken: server.projectToken });
  await page.getByLabel("What went wrong?").fill("The lift stops between the floors, and the doors stay shut.");
}

async function take(server, { issue }, folder, colorScheme) {
  const options = { viewport: SIZE, colorScheme, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" };
  const visitor = await openWindow(server, options);
  const owner = await openWindow(server, options);
  const [open, own] = [await visitor.newPage(), await owner.newPage()];
  await signIn(own, server);
  const missing = [];
  for (const shown of pages(server.project, issue)) {
    const page = shown.open ? open : own;
    const answer = await page.goto(shown.address, { waitUntil: "networkidle" });
    const type = answer.headers()["content-type"] ?? "";
    if (answer.status() !== 200 || !type.startsWith("text/html")) {
      missing.push(`${shown.name} (${shown.address}): ${answer.status()} ${type}`);
      continue;
    }
    await shown.before?.(page, server);
    const path = join(folder, `${shown.name}-${colorScheme}.png`);
    await page.screenshot({ path, animations: "disabled", caret: "hide" });
    spawnSync("pngquant", ["--force", "--skip-if-larger", "--output", path, path]);
  }
  await visitor.close();
  await owner.close();
  return missing;
}

const folder = resolve(process.argv[2] ?? "docs/images");
try {
  await mkdir(folder, { recursive: true });
  const server = await startWithWeeks();
  const filled = await demo(server);
  const missing = await take(server, filled, folder, "light");
  await take(server, filled, folder, "dark");
  if (missing.length) {
    console.error(`There is no such page:\n  ${missing.join("\n  ")}`);
    process.exitCode = 1;
  }
} finally {
  await end();
}
