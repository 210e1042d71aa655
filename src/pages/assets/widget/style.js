// The widget's look. A page sets --bugle-accent and the like on #bugle-widget, or styles its parts.

const STYLE = `
:host {
  all: initial;
  color-scheme: light;
  --accent: var(--bugle-accent, #4353d0);
  --accent-ink: var(--bugle-accent-ink, #ffffff);
  --paper: var(--bugle-paper, #ffffff);
  --ink: var(--bugle-ink, #1b1f29);
  --faint: var(--bugle-faint, #5b6273);
  --line: var(--bugle-line, #c3c8d2);
  --bad: var(--bugle-bad, #b3261e);
  --radius: var(--bugle-radius, 10px);
  font: 15px/1.5 var(--bugle-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  color: var(--ink);
}
:host([data-theme="dark"]) { color-scheme: dark; ${dark()} }
@media (prefers-color-scheme: dark) { :host([data-theme="auto"]) { color-scheme: dark; ${dark()} } }
* { box-sizing: border-box; font: inherit; }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button { cursor: pointer; padding: 7px 14px; border: 1px solid var(--line); border-radius: 7px; background: var(--paper); color: var(--ink); font-weight: 500; }
button:disabled { opacity: 0.6; cursor: default; }
.primary, .launch { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.launch {
  position: fixed; z-index: var(--bugle-layer, 2147483000); inset: auto 20px 20px auto; padding: 9px 18px;
  border-radius: 99px; box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
}
:host([data-position*="left"]) .launch { inset: auto auto 20px 20px; }
:host([data-position^="top"]) .launch { inset: 20px 20px auto auto; }
:host([data-position="top-left"]) .launch { inset: 20px auto auto 20px; }
:host([data-position="none"]) .launch { display: none; }
dialog {
  width: min(440px, calc(100vw - 24px)); max-height: calc(100vh - 24px); padding: 0; overflow: auto;
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); color: var(--ink);
  box-shadow: 0 16px 48px rgb(0 0 0 / 30%);
}
dialog::backdrop { background: rgb(0 0 0 / 45%); }
form, .end { display: grid; gap: 14px; padding: 0 18px; }
header { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 14px 0 10px; background: var(--paper); }
.end > h2 { padding-top: 18px; outline: none; }
h2 { margin: 0; font-size: 18px; font-weight: 600; line-height: 1.3; }
p { margin: 0; overflow-wrap: anywhere; }
.close { padding: 2px 9px; border-color: transparent; background: none; color: var(--faint); font-size: 20px; line-height: 1.3; }
fieldset { display: flex; gap: 0; margin: 0; padding: 3px; border: 1px solid var(--line); border-radius: 8px; }
legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
fieldset label { flex: 1; padding: 4px 8px; border-radius: 6px; text-align: center; cursor: pointer; }
fieldset input { position: absolute; opacity: 0; pointer-events: none; }
fieldset label:has(:checked) { background: var(--accent); color: var(--accent-ink); }
fieldset label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.field { display: grid; gap: 4px; font-weight: 500; }
.field span { font-weight: 400; }
.faint { color: var(--faint); font-size: 13px; }
.field input, textarea {
  width: 100%; padding: 7px 10px; border: 1px solid var(--line); border-radius: 7px; background: var(--paper); color: var(--ink);
}
textarea { resize: vertical; min-height: 4.5em; }
[aria-invalid="true"] { border-color: var(--bad) !important; }
.problem, .alert { color: var(--bad); }
.alert { padding: 8px 12px; border: 1px solid var(--bad); border-radius: 7px; overflow-wrap: anywhere; }
.alert button { margin-top: 6px; padding: 3px 10px; }
.check { display: flex; gap: 8px; align-items: center; }
.check input { accent-color: var(--accent); }
.preview { display: block; max-width: 100%; max-height: 120px; margin-top: 6px; border: 1px solid var(--line); border-radius: 6px; }
footer { position: sticky; bottom: 0; display: flex; justify-content: flex-end; align-items: center; gap: 10px; padding: 10px 0 14px; background: var(--paper); }
footer p { margin-right: auto; color: var(--faint); }
`;

function dark() {
  return `
  --accent: var(--bugle-accent, #9aa5ff); --accent-ink: var(--bugle-accent-ink, #10132b); --paper: var(--bugle-paper, #1a1d25);
  --ink: var(--bugle-ink, #e7e9ef); --faint: var(--bugle-faint, #a0a7b8); --line: var(--bugle-line, #454c5c);
  --bad: var(--bugle-bad, #ff938c);`;
}

// A sheet that is made by a script is not an inline style, so that the strictest policy of a page lets it through.
function dress(root) {
  if (!("adoptedStyleSheets" in root)) {
    root.append(element("style", {}, STYLE));
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
}
