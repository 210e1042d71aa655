// What a page calls: BugleWidget, which BetaHub's pages know as BetaHubWidget, and the attributes of the script's own tag.

const script = document.currentScript;
const home = script && script.src ? new URL(".", script.src).href.replace(/\/$/, "") : location.origin;

const DEFAULTS = {
  apiBaseUrl: home, enabledTypes: ["bug", "suggestion", "support"], theme: "auto", position: "bottom-right",
  customFields: {}, submissionTokenMethod: "POST", submissionTokenFallback: "block",
};

function withDefaults(given) {
  const options = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== null && value !== "") options[name] = value;
  }
  // A copy, because updateCustomFields changes it.
  options.customFields = { ...options.customFields };
  options.apiBaseUrl = String(options.apiBaseUrl).replace(/\/+$/, "");
  options.enabledTypes = Object.keys(KINDS).filter((kind) => options.enabledTypes.includes(kind));
  if (!options.enabledTypes.length) options.enabledTypes = DEFAULTS.enabledTypes;
  if (!options.projectId || !options.authToken) throw new Error("BugleWidget.init needs projectId and authToken");
  return options;
}

class Widget {
  constructor(options) {
    const { language, texts } = textsFor(options.locale);
    Object.assign(this, { options, texts });
    this.queue = new Queue(options.apiBaseUrl, options.projectId);
    this.sender = new Sender(options, this.queue, texts);
    this.view = new View(options, texts, language);
    const { view } = this;
    view.email.control.value = options.userEmail || "";
    view.launch.addEventListener("click", () => this.open());
    view.close.addEventListener("click", () => this.close());
    view.dialog.addEventListener("close", () => this.call("onClose"));
    view.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.sender.flush();
  }

  // A mistake in the page's own function must not keep the widget from working.
  call(name) {
    try {
      if (typeof this.options[name] === "function") this.options[name]();
    } catch (error) {
      console.error(error);
    }
  }

  async open() {
    const { view } = this;
    if (view.dialog.open) return;
    if (!view.end.hidden) view.showForm();
    view.dialog.showModal();
    view.description.control.focus();
    this.call("onOpen");
    this.showRefused();
    this.sender.prepare().then((answer) => {
      view.isVouchedFor = Boolean(answer.token && answer.email);
      view.showEmail();
    });
    view.offerPicture(await takePicture(this.options.canvas));
  }

  close() {
    this.view.dialog.close();
  }

  // A report that was kept and that the server then did not take: its words are back in the form.
  showRefused() {
    const { view, texts } = this;
    const entry = this.queue.all().find((waiting) => waiting.refused);
    view.kept.hidden = !entry;
    if (!entry) return;
    const fields = new URLSearchParams(entry.body);
    const { wrapper } = KINDS[entry.kind];
    const choice = view.kinds.querySelector(`[value="${entry.kind}"]`);
    if (choice) choice.checked = true;
    view.title.control.value = fields.get(`${wrapper}[title]`) || "";
    view.description.control.value = fields.get(`${wrapper}[description]`) || "";
    view.steps.control.value = fields.get(`${wrapper}[unformatted_steps_to_reproduce]`) || "";
    view.showKind();
    const discard = element("button", { type: "button" }, texts.discard);
    discard.addEventListener("click", () => {
      this.queue.remove(entry.key);
      view.clear();
      view.kept.hidden = true;
      view.description.control.focus();
    });
    view.kept.replaceChildren(element("p", {}, `${texts.refused} ${entry.refused}`), discard);
    this.takenBack = entry.key;
  }

  bodyOf(kind) {
    const { view, options } = this;
    const { wrapper } = KINDS[kind];
    const fields = new URLSearchParams();
    const add = (name, value) => {
      if (value !== undefined && value !== null && value !== "") fields.append(`${wrapper}[${name}]`, String(value));
    };
    if (kind !== "support") add("title", view.title.control.value.trim());
    add("description", view.description.control.value.trim());
    if (kind === "bug") add("unformatted_steps_to_reproduce", view.steps.control.value.trim());
    add("source", "bugle-widget");
    add("release_label", options.releaseLabel);
    for (const [name, value] of Object.entries(options.customFields)) {
      if (Array.isArray(value)) value.forEach((one) => add(`custom_fields][${name}][`, one));
      else add(`custom_fields][${name}`, value);
    }
    const email = this.email();
    if (kind === "support") add("reporter_email", email);
    else if (email) fields.append("user[email]", email);
    return fields.toString();
  }

  email() {
    return this.view.isVouchedFor ? "" : this.view.email.control.value.trim();
  }

  // The same words as in an attempt that failed are the same report: it keeps its key.
  entryOf(kind) {
    const body = this.bodyOf(kind);
    const isSame = this.last && this.last.body === body && this.last.kind === kind;
    this.last = {
      key: isSame ? this.last.key : newKey(), at: Date.now(), kind, body,
      token: this.options.authToken, jwt: this.options.submissionToken, email: this.email() || undefined,
      picture: kind === "bug" && this.view.wantsPicture.checked && this.view.picture ? this.view.picture.text : undefined,
    };
    return this.last;
  }

  async submit() {
    const { view } = this;
    if (view.send.disabled) return;
    view.tell("");
    if (!view.check()) return;
    if (this.takenBack) this.queue.remove(this.takenBack);
    this.takenBack = undefined;
    view.kept.hidden = true;
    const entry = this.entryOf(view.kind);
    const place = this.queue.put(entry);
    view.busy(true);
    const outcome = await this.sender.send(entry);
    view.busy(false);
    this.conclude(entry, outcome, place);
  }

  conclude(entry, outcome, place) {
    const { view, texts } = this;
    if (outcome.done) {
      this.last = undefined;
      const number = outcome.done.scoped_id;
      const said = number ? texts.sentAs.replace("{}", number) : texts.sent;
      this.finish(texts.thanks, outcome.pictureLost ? `${said} ${texts.pictureLost}` : said);
    } else if (outcome.refused !== undefined) {
      this.queue.remove(entry.key);
      view.tell(outcome.refused);
    } else if (place === "full") {
      view.tell(texts.full);
    } else {
      this.last = undefined;
      this.sender.wait(outcome.later);
      this.finish(texts.kept, place === "kept" ? texts.keptWhy : texts.keptHere);
    }
  }

  finish(heading, text) {
    const { view, texts } = this;
    view.clear();
    view.conclude(heading, text, [
      [texts.again, () => {
        view.showForm();
        view.description.control.focus();
      }],
      [texts.close, () => this.close()],
    ]);
  }

  end() {
    this.sender.end();
    this.view.host.remove();
  }
}

let widget;
let waiting = [];

// Calls that come before the page has a body are done once it has.
function soon(action) {
  if (widget) action();
  else waiting.push(action);
}

const api = {
  init(given = {}) {
    const options = withDefaults(given);
    const begin = () => {
      if (widget) widget.end();
      widget = new Widget(options);
      for (const action of waiting.splice(0)) action();
    };
    if (document.body) begin();
    else document.addEventListener("DOMContentLoaded", begin, { once: true });
  },
  open: () => soon(() => widget.open()),
  close: () => soon(() => widget.close()),
  updateCustomFields: (fields) => soon(() => Object.assign(widget.options.customFields, fields)),
};

if (!window.BugleWidget) {
  window.BugleWidget = api;
  window.BetaHubWidget = api;
  const given = script ? script.dataset : {};
  if (given.project && given.token) {
    api.init({
      projectId: given.project, authToken: given.token, theme: given.theme, position: given.position, locale: given.locale,
      canvas: given.canvas, releaseLabel: given.release,
    });
  }
}
