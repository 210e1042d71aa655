// What pages do better with a script. Each works without it, but for the copy button, which then is not there.

"use strict";

// Copies what an element with an id holds: <button data-copy="id">.
function offerCopying(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = "value" in source ? source.value : source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      say(button, "Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      say(button, "Press Ctrl+C");
    }
  });
}

function say(button, text) {
  const before = button.dataset.text || button.textContent;
  button.dataset.text = before;
  button.textContent = text;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => { button.textContent = before; }, 2000);
}

// Moments are written in UTC. The title says them in the reader's own zone as well.
function localTime(element) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const own = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  element.title = `${own} your time, ${element.title}`;
}

// A filter that changes sends its form: <form data-send-on-change>. Its button is for readers without scripts, and for
// whoever uses the keys: these lead over values that are not meant, and half of a date is a date too.
function sendOnChange(form) {
  const buttons = [...form.querySelectorAll("button[data-without-script]")];
  buttons.forEach((button) => { button.hidden = true; });
  let byKeys = false;
  form.addEventListener("pointerdown", () => { byKeys = false; });
  form.addEventListener("keydown", (event) => {
    byKeys = true;
    const isWaiting = buttons.some((button) => !button.hidden);
    if (event.key !== "Enter" || !isWaiting || !event.target.matches("select")) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("change", (event) => {
    if (!event.target.matches("select, input[type=checkbox], input[type=date]")) return;
    if (byKeys && buttons.length > 0) buttons.forEach((button) => { button.hidden = false; });
    else form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    if (byKeys) keepPlace(form);
  });
}

// The page comes back after a form that was sent by keys: the field that was changed then has the focus again.
const PLACE = "bugle-place";

function keepPlace(form) {
  const active = document.activeElement;
  const field = active?.name && form.contains(active) ? active : form.querySelector("select, input:not([type=hidden])");
  if (field) sessionStorage.setItem(PLACE, JSON.stringify([location.pathname, field.name]));
}

function findPlace() {
  const [path, name] = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  sessionStorage.removeItem(PLACE);
  if (path !== location.pathname) return;
  document.querySelector(`form[data-send-on-change] [name="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

// What has just been done is told once: a reload, or whoever is sent the address, is not told again.
function tellOnce() {
  const address = new URL(location.href);
  if (!address.searchParams.has("notice")) return;
  address.searchParams.delete("notice");
  history.replaceState(history.state, "", address);
}

// On a narrow page the places of a project stand in lines that scroll: the one that is open comes into sight.
function showPlace(here) {
  const line = here.parentElement;
  line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

// How long a form is not sent a second time: longer than a double click, shorter than the patience of whoever has
// stopped it and tries again.
const SENT_FOR = 8000;

// A double click sends a form once. A page that comes back from the browser's memory may send it anew.
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  setTimeout(() => { delete form.dataset.sent; }, SENT_FOR);
}

// Checks all boxes of the group that a button stands in, or none: <button data-check="all">.
function checkTogether(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = button.closest("fieldset").querySelectorAll("input[type=checkbox]");
    boxes.forEach((box) => { box.checked = button.dataset.check === "all"; });
  });
}

function forgetWhatWasSent() {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
}

// What somebody has half written is not for whoever signs in next.
function forgetDrafts() {
  sessionStorage.clear();
}

tellOnce();
document.querySelector("form[action='/sign_out']")?.addEventListener("submit", forgetDrafts);
document.querySelectorAll(".side a[aria-current]").forEach(showPlace);
document.addEventListener("submit", sendOnce);
addEventListener("pageshow", forgetWhatWasSent);
document.querySelectorAll("button[data-copy]").forEach(offerCopying);
document.querySelectorAll("button[data-check]").forEach(checkTogether);
document.querySelectorAll("time[datetime]").forEach(localTime);
document.querySelectorAll("form[data-send-on-change]").forEach(sendOnChange);
findPlace();
