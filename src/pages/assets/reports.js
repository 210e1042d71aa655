// What lists of reports and logs do better with a script.

"use strict";

// A box that selects all reports of a page, and says how many are selected: <form data-bulk>.
function offerSelectingAll(form) {
  const boxes = [...form.querySelectorAll("input[name='numbers[]']")];
  const offer = form.querySelector("[data-select-all]");
  const told = form.querySelector("[data-selected]");
  const all = offer.querySelector("input");
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    told.textContent = count > 0 ? `${count} selected` : "";
    form.classList.toggle("has-selected", count > 0);
  };
  offer.hidden = false;
  form.classList.add("with-script");
  all.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    tell();
  });
  form.addEventListener("change", tell);
  // What was selected before a browser went back is still selected.
  window.addEventListener("pageshow", tell);
  tell();
}

// Marks what is looked for in the lines that are there, while it is typed; Enter goes from one to the next.
function findInLog(form) {
  const input = form.querySelector("input[type=search]");
  const told = form.querySelector("[data-found]");
  const lines = [...document.querySelectorAll(".log li")];
  if (lines.length === 0) return;
  const texts = lines.map((line) => line.querySelector("code").textContent.toLowerCase());
  let hits = [];
  let current = -1;
  const mark = () => {
    const words = input.value.trim().toLowerCase();
    hits = words ? lines.filter((_, place) => texts[place].includes(words)) : [];
    current = -1;
    lines.forEach((line) => line.classList.remove("hit", "here"));
    hits.forEach((line) => line.classList.add("hit"));
    const page = hits.length === 1 ? "1 line on this page" : `${hits.length} lines on this page`;
    told.textContent = words ? page : "";
  };
  const goOn = () => {
    hits[current]?.classList.remove("here");
    current = (current + 1) % hits.length;
    hits[current].classList.add("here");
    hits[current].scrollIntoView({ block: "center" });
    told.textContent = `Line ${current + 1} of ${hits.length} on this page`;
  };
  input.addEventListener("input", mark);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || hits.length === 0) return;
    event.preventDefault();
    goOn();
  });
  if (input.value.trim()) {
    const said = told.textContent;
    mark();
    told.textContent = said;
  }
}

// An address names only the filters that are set.
function keepAddressShort(form) {
  form.addEventListener("formdata", ({ formData }) => {
    [...formData.keys()].filter((key) => !formData.get(key)).forEach((key) => formData.delete(key));
  });
}

// Filters stand open where there is room for them: <details data-open-if-wide>.
function openIfWide(fold) {
  const isWide = matchMedia("(min-width: 48.0625rem)");
  const follow = () => { fold.open = isWide.matches; };
  isWide.addEventListener("change", follow);
  follow();
}

// A half-written comment, and how far somebody has scrolled, outlive a change of status: <form data-keep-draft>.
function keepDraft(form) {
  const text = form.querySelector("textarea");
  const [draft, place] = [`draft ${location.pathname}`, `place ${location.pathname}`];
  // A comment that has arrived leads here. One that was refused, since somebody had to sign in first, does not.
  if (location.hash.startsWith("#comment-")) sessionStorage.removeItem(draft);
  document.querySelectorAll("form[data-send-on-change]").forEach((other) => {
    other.addEventListener("submit", () => sessionStorage.setItem(place, scrollY));
  });
  window.addEventListener("pagehide", () => {
    if (text.value.trim()) sessionStorage.setItem(draft, text.value);
    else sessionStorage.removeItem(draft);
  });
  if (!text.value) text.value = sessionStorage.getItem(draft) ?? "";
  const before = sessionStorage.getItem(place);
  sessionStorage.removeItem(place);
  if (before !== null && !location.hash) scrollTo({ top: Number(before), behavior: "instant" });
}

document.querySelectorAll("form[data-keep-draft]").forEach(keepDraft);
document.querySelectorAll("details[data-open-if-wide]").forEach(openIfWide);
document.querySelectorAll("form[data-short-address]").forEach(keepAddressShort);
document.querySelectorAll("form[data-bulk]").forEach(offerSelectingAll);
document.querySelectorAll("form[data-find-in-log]").forEach(findInLog);
