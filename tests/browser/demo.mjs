// A project as it may be some weeks into a playtest, filled over the API alone.

import assert from "node:assert/strict";
import { api, canSetClock, openWindow, restartServer, startServer } from "./harness.mjs";

const BUGS = [
  ["Player falls through the floor near the fountain", "high", "in_progress", "In level 3, jumping onto the rim of the fountain and letting go of the stick drops the player below the map. The camera stays above.", "Load level 3\nJump onto the rim of the fountain\nLet go of the stick"],
  ["Crash when the inventory is opened during a cutscene", "critical", "open", "The game closes without a word when the inventory is opened while Mira speaks. Happens every time.", "Start a new game\nTalk to Mira\nPress I while she speaks"],
  ["The lift stops between the floors", "medium", "open", "The lift in the tower stops halfway and the doors stay shut. Reloading the last save helps.", "Call the lift on the second floor\nLeave it at once"],
  ["Subtitles are cut off in German", "low", "open", "Long lines end in the middle of a word at 1280x720.", ""],
  ["Frame rate drops to 20 in the harbour at night", "high", "open", "With fog on high, the frame rate drops from 60 to 20 whenever the lighthouse is in view.", ""],
  ["Save from version 1.3 cannot be loaded", "critical", "needs_more_info", "The list shows the save, but loading it leads back to the menu.", ""],
  ["Footsteps are silent on wooden bridges", "low", "resolved", "Stone and grass are fine. Wood makes no sound, whatever the shoes.", ""],
  ["Controller is not recognised after sleep", "medium", "open", "After the handheld sleeps, only touch works until the game is restarted.", ""],
  ["The merchant sells the same sword twice", "medium", "closed", "Buying the sword and coming back the next day offers it again, and the second one cannot be dropped.", ""],
  ["Quest marker points behind the wall", "low", "open", "The marker of \"The lost bell\" is on the other side of the city wall, where nobody can go.", ""],
  ["Water flickers at the edge of the screen", "low", "open", "Only with the integrated graphics chip, and only while the camera turns.", ""],
  ["Ada's dialogue repeats for ever", "high", "in_progress", "After choosing \"Tell me more\" twice, the dialogue begins again and cannot be left.", "Talk to Ada\nChoose \"Tell me more\" twice"],
];

/// What players of the playtest send, more than one address may in a day.
const SENT = [
  "Texture is missing on the bakery", "Music stops after the first boss", "Rain falls inside the chapel", "The map opens behind the menu",
  "Arrow keys scroll the inventory twice", "Loading takes a minute after the bridge", "Merchant stands in the fountain",
  "The horse walks sideways uphill", "Sound of the sea is heard in the mine", "Autosave icon never goes away", "Night falls in one step",
];

const IDEAS = [
  ["Let us rename horses", "Every stable in the game asks for a name except ours.", "approved"],
  ["A colour-blind mode for the map", "Red and green banners look the same to me.", "in_progress"],
  ["Keep the radio on when leaving the car", "It is such a good soundtrack.", "pending"],
  ["Photo mode", "With a free camera and no interface.", "pending"],
  ["Shorter tutorial for those who know it", "A button to skip is enough.", "completed"],
];

const TICKETS = [
  ["I cannot sign in on my second machine", "It says that the device limit is reached, but I own one device only.", "open"],
  ["My founder's pack is missing", "I bought it on the first day. The order number is 20114.", "in_progress"],
  ["How do I move my save to the new build?", "The old one is on another disk.", "resolved"],
];

/// How many of the bugs came on each of the last days.
const BUGS_A_DAY = 3;

/// A picture that could be from the game: a moon over hills.
async function picture(server) {
  const context = await openWindow(server, { viewport: { width: 960, height: 540 } });
  const page = await context.newPage();
  await page.setContent(`<style>body{margin:0;height:540px;background:linear-gradient(#0b1030,#3b3f7a 55%,#d98a5f 78%,#1a2318 78.5%,#0b100c);overflow:hidden}
    i{position:absolute;border-radius:50%}</style><i style="left:640px;top:70px;width:110px;height:110px;background:#fdf3d0;box-shadow:0 0 80px #fdf3d0aa"></i>
    <i style="left:-80px;top:360px;width:620px;height:420px;background:#18261d"></i><i style="left:380px;top:400px;width:760px;height:420px;background:#0f1a14"></i>`);
  const bytes = await page.screenshot();
  await context.close();
  return bytes;
}

/// How many reports came on each day of the weeks before: bugs, suggestions, tickets. The first day is the longest ago.
const WEEKS = [[2, 1, 0], [5, 0, 1], [9, 2, 0], [6, 1, 1], [3, 0, 0], [1, 1, 0], [4, 0, 1], [7, 2, 1], [11, 3, 2], [8, 1, 0], [5, 2, 1], [2, 0, 0], [6, 1, 2], [9, 2, 1]];

/// The same of the days between them and today.
const LAST_DAYS = [[4, 1, 1], [7, 2, 0], [5, 1, 1]];

/// A server with the data of some weeks, on the last of them, where `faketime` can set its clock back; otherwise with none.
export async function startWithWeeks() {
  if (!canSetClock()) return startServer();
  const ago = (day) => WEEKS.length - day + LAST_DAYS.length;
  const server = await startServer([], ago(0));
  for (const [day, counts] of WEEKS.entries()) {
    if (day) await restartServer(server, ago(day));
    await oneDay(server, day, counts);
  }
  return server;
}

/// Goes on to one of the last days, or to today. What the game sent by itself is there before what people wrote.
async function goOn(server, ask, ago) {
  if (canSetClock()) await restartServer(server, ago);
  if (!ago) await use(server, ask, `/projects/${server.project}`);
  else if (canSetClock()) await oneDay(server, WEEKS.length + LAST_DAYS.length - ago, LAST_DAYS[LAST_DAYS.length - ago]);
}

async function oneDay(server, day, [bugs, suggestions, tickets]) {
  const project = `/projects/${server.project}`;
  const game = { Authorization: `FormUser ${server.projectToken}`, "BetaHub-Project-ID": server.project, "User-Agent": "Moonfall/1.4.0" };
  const build = `build 1.4.0-${day + 1}`;
  for (let at = 0; at < bugs; at += 1) {
    const title = `${SENT[(day * 3 + at) % SENT.length]}, ${build}`;
    const made = await api(server, "POST", `${project}/issues.json`, { title, description: "Seen while playing the tower.", priority: "low" }, game);
    // Most of what is old has been looked at.
    if (made.status === 201 && (day + at) % 5) {
      await api(server, "PATCH", `${project}/issues/g-${made.body.id}.json`, { status: at % 2 ? "resolved" : "closed" });
    }
  }
  for (let at = 0; at < suggestions; at += 1) {
    await api(server, "POST", `${project}/feature_requests.json`, { title: `More to do in the harbour, ${build}`, description: "It is so quiet there." }, game);
  }
  for (let at = 0; at < tickets; at += 1) {
    await api(server, "POST", `${project}/tickets.json`, { title: `Question on ${build}`, description: "Where do I find it?", reporter_email: "player@example.com" }, game);
  }
}

/// Fills the server's project, until today, and tells which report has files and comments.
export async function demo(server) {
  const project = `/projects/${server.project}`;
  const ask = async (method, path, body, headers) => {
    const answer = await api(server, method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await ask("PATCH", "/profiles/me.json", { name: "Mara Lindqvist" });
  await ask("PATCH", `${project}.json`, { name: "Moonfall", description: "Playtest of the second act", anonymous_reports: true });
  for (const [name, description] of [["Harbour Lights", "Closed alpha"], ["Tin Soldiers", "Console port"]]) {
    await ask("POST", "/projects.json", { name, description });
  }
  for (const label of ["1.3.0", "1.4.0", "1.4.1"]) await ask("POST", `${project}/releases.json`, { release: { label, summary: `Playtest build ${label}` } });
  const tags = [];
  for (const [name, color] of [["Graphics", "#7c5cff"], ["Quests", "#12897b"], ["Performance", "#b7630c"], ["Controls", "#c2185b"]]) {
    tags.push((await ask("POST", `${project}/issue_tags.json`, { name, color })).id);
  }
  await ask("POST", `${project}/custom_fields.json`, { name: "Platform", field_type: "select", options: ["PC", "Deck", "Console"] });
  const me = await ask("GET", "/profiles/me.json");
  let shown;
  for (const [at, [title, priority, status, description, steps]] of [...BUGS.entries()].reverse()) {
    if (at % BUGS_A_DAY === BUGS_A_DAY - 1) await goOn(server, ask, Math.floor(at / BUGS_A_DAY));
    const made = await ask("POST", `${project}/issues.json`, {
      title, priority, description, unformatted_steps_to_reproduce: steps, source: "in-game",
      custom_fields: { platform: ["PC", "Deck", "Console"][at % 3] }, extras: { device: { value: at % 3 ? "Ryzen 5, 16 GB" : "Steam Deck" } },
    });
    await ask("PATCH", `${project}/issues/g-${made.id}.json`, {
      status, tag_ids: [tags[at % tags.length]], ...(at % 3 === 0 && { assigned_to_id: me.id }),
    });
    if (at === 0) {
      shown = made.scoped_id;
      await furnish(server, ask, `${project}/issues/g-${made.id}`);
    }
  }
  for (const [title, description, status] of IDEAS) {
    const { id } = await ask("POST", `${project}/feature_requests.json`, { feature_request: { title, description } });
    await ask("PATCH", `${project}/feature_requests/fr-${id}.json`, { status });
    if (status !== "pending") await ask("POST", `${project}/feature_requests/fr-${id}/vote.json`);
  }
  for (const [title, description, status] of TICKETS) {
    const { id } = await ask("POST", `${project}/tickets.json`, { ticket: { title, description, reporter_email: "player@example.com" } });
    await ask("PATCH", `${project}/tickets/t-${id}.json`, { status });
  }
  await ask("POST", `${project}/webhooks.json`, { url: "https://hooks.studio.example/bugle", description: "The studio's chat", events: ["issue.created", "ticket.created"] });
  return { issue: shown };
}

/// Files and comments of a report.
async function furnish(server, ask, issue) {
  const form = new FormData();
  form.append("screenshot[image]", new Blob([await picture(server)], { type: "image/png" }), "fountain.png");
  const sent = await fetch(`${server.url}${issue}/screenshots`, {
    method: "POST", body: form, headers: { Authorization: `Bearer ${server.personalToken}` },
  });
  assert.equal(sent.status, 201, await sent.text());
  const lines = Array.from({ length: 60 }, (_, at) => `[00:0${at % 10}] ${at % 7 === 3 ? "WARN physics: contact lost" : "INFO  streaming: cell loaded"} ${at}`);
  await ask("POST", `${issue}/log_files`, { log_file: { name: "Player.log", contents: lines.join("\n") } });
  for (const body of ["Seen on the Deck as well, with the newest build.", "The collider of the rim has a hole since 1.4.0. A fix is on its way."]) {
    await ask("POST", `${issue}/comments.json`, { comment: { body } });
  }
}

/// Reports with project tokens, some of them over the limit.
async function use(server, ask, project) {
  await ask("POST", `${project}/auth_tokens.json`, { name: "Nightly build", bug_reports_per_day: 50, can_create_release: true });
  await ask("POST", `${project}/auth_tokens.json`, { name: "Web demo", can_create_support_ticket: false, bug_reports_per_day: 3 });
  for (const title of SENT) {
    await api(server, "POST", `${project}/issues.json`, { title, description: "Seen in the playtest of this week.", priority: "low" }, {
      Authorization: `FormUser ${server.projectToken}`, "BetaHub-Project-ID": server.project, "User-Agent": "Moonfall/1.4.1",
    });
  }
  await ask("POST", "/personal_access_tokens.json", { name: "Dashboard of the studio", scopes: ["read"] });
}
