// The button, the dialog and its form. All that others wrote, the server's errors too, is put in as text.

const KINDS = {
  bug: { folder: "issues", wrapper: "issue" },
  suggestion: { folder: "feature_requests", wrapper: "feature_request" },
  support: { folder: "tickets", wrapper: "ticket" },
};

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(attribute, "");
    else if (value !== undefined && value !== false) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

class View {
  constructor(options, texts, language) {
    Object.assign(this, { options, texts });
    this.host = element("div", {
      id: "bugle-widget", lang: language, "data-theme": options.theme, "data-position": options.position,
    });
    const root = this.host.attachShadow({ mode: "open" });
    dress(root);
    this.launch = element("button", { type: "button", class: "launch", part: "button", "aria-haspopup": "dialog" }, texts.launch);
    this.dialog = element("dialog", { part: "dialog", "aria-labelledby": "heading" });
    this.buildForm();
    this.end = element("div", { class: "end", hidden: true });
    this.dialog.append(this.form, this.end);
    this.dialog.addEventListener("keydown", (event) => this.keepFocus(event));
    root.append(this.launch, this.dialog);
    document.body.append(this.host);
  }

  buildForm() {
    const { texts } = this;
    this.close = element("button", { type: "button", class: "close", "aria-label": texts.close }, "×");
    this.kept = element("div", { class: "alert", hidden: true });
    this.title = this.field("title", texts.title, element("input", { id: "title", maxlength: 255 }), true);
    this.description = this.field("description", "", element("textarea", { id: "description", rows: 5, maxlength: 20000, "aria-required": "true" }));
    this.steps = this.field("steps", texts.steps, element("textarea", { id: "steps", rows: 3, maxlength: 20000 }), true);
    this.email = this.field("email", texts.email, element("input", { id: "email", type: "email", autocomplete: "email", maxlength: 254 }), true);
    this.email.append(element("span", { class: "faint", id: "email-why" }, texts.emailWhy));
    this.wantsPicture = element("input", { type: "checkbox", id: "picture" });
    this.preview = element("div", { hidden: true });
    this.pictureBox = element("div", { hidden: true },
      element("label", { class: "check" }, this.wantsPicture, texts.picture), this.preview);
    this.wantsPicture.addEventListener("change", () => { this.preview.hidden = !this.wantsPicture.checked; });
    this.alert = element("p", { class: "alert", role: "alert", hidden: true });
    this.status = element("p", { role: "status" });
    this.send = element("button", { class: "primary", part: "send" }, texts.send);
    this.form = element("form", { novalidate: true },
      element("header", {}, element("h2", { id: "heading", part: "heading" }, texts.heading), this.close),
      this.kept, this.kindChoice(), this.title, this.description, this.steps, this.email, this.pictureBox, this.alert,
      element("footer", {}, this.status, this.send));
    this.showKind();
  }

  field(name, label, control, isOptional = false) {
    const words = element("span", { class: "words" }, label);
    const problem = element("span", { class: "problem", id: `${name}-problem`, hidden: true });
    const mark = element("span", { class: "faint", hidden: !isOptional }, ` ${this.texts.optional}`);
    const made = element("div", { class: "field", part: "field" },
      element("label", { for: name }, words, mark), control, problem);
    return Object.assign(made, { control, problem, words, mark });
  }

  kindChoice() {
    const { texts, options: { enabledTypes } } = this;
    const radio = (kind, index) => element("label", {},
      element("input", { type: "radio", name: "kind", value: kind, checked: index === 0 }), texts[kind]);
    this.kinds = element("fieldset", { hidden: enabledTypes.length < 2 },
      element("legend", {}, texts.kinds), ...enabledTypes.map(radio));
    this.kinds.addEventListener("change", () => this.showKind());
    return this.kinds;
  }

  get kind() {
    return this.kinds.querySelector(":checked").value;
  }

  showKind() {
    this.description.words.textContent = this.texts.describe[this.kind];
    this.steps.hidden = this.kind !== "bug";
    this.title.hidden = this.kind === "support";
    this.showEmail();
    if (this.picture) this.pictureBox.hidden = this.kind !== "bug";
    this.tell("");
  }

  // Help needs an address to answer to, unless the page's server says whose it is.
  get needsEmail() {
    return this.options.requireEmail
      || (this.kind === "support" && !this.isVouchedFor && !this.options.submissionToken);
  }

  showEmail() {
    this.email.hidden = this.isVouchedFor || (this.options.showEmailField === false && !this.needsEmail);
    this.email.mark.hidden = this.needsEmail;
    this.email.control.setAttribute("aria-required", String(this.needsEmail));
    this.email.control.setAttribute("aria-describedby", "email-why email-problem");
  }

  // Tab goes round within the dialog, and not on to the browser's own buttons.
  keepFocus(event) {
    if (event.key !== "Tab") return;
    const all = [...this.dialog.querySelectorAll("button, input, textarea")];
    const open = all.filter((one) => !one.disabled && one.getClientRects().length && !(one.type === "radio" && !one.checked));
    const end = event.shiftKey ? open[0] : open[open.length - 1];
    if (!open.length || this.host.shadowRoot.activeElement !== end) return;
    event.preventDefault();
    (event.shiftKey ? open[open.length - 1] : open[0]).focus();
  }

  tell(problem) {
    this.alert.textContent = problem;
    this.alert.hidden = !problem;
  }

  busy(isBusy) {
    this.send.disabled = isBusy;
    this.form.setAttribute("aria-busy", String(isBusy));
    this.status.textContent = isBusy ? this.texts.sending : "";
  }

  offerPicture(picture) {
    this.picture = picture;
    this.wantsPicture.checked = false;
    this.preview.hidden = true;
    this.preview.replaceChildren();
    this.pictureBox.hidden = !picture || this.kind !== "bug";
    if (!picture) return;
    picture.canvas.className = "preview";
    picture.canvas.setAttribute("role", "img");
    picture.canvas.setAttribute("aria-label", this.texts.picture);
    this.preview.append(picture.canvas);
  }

  // What is wrong with the fields stands beside them; the first of them gets the focus.
  check() {
    const wrong = [];
    const check = (field, problem) => {
      field.problem.textContent = problem;
      field.problem.hidden = !problem;
      field.control.setAttribute("aria-invalid", String(Boolean(problem)));
      if (field !== this.email) field.control.setAttribute("aria-describedby", field.problem.id);
      if (problem) wrong.push(field);
    };
    check(this.description, this.description.control.value.trim() ? "" : this.texts.blank);
    const email = this.email.control;
    const isGood = email.value.trim() ? email.checkValidity() : !this.needsEmail;
    check(this.email, this.email.hidden || isGood ? "" : this.texts.badEmail);
    if (wrong.length) wrong[0].control.focus();
    return wrong.length === 0;
  }

  // The form makes room for what came of it.
  conclude(heading, text, actions) {
    const title = element("h2", { tabindex: "-1", id: "end-heading" }, heading);
    const buttons = actions.map(([words, action], index) => {
      const button = element("button", { type: "button", class: index === actions.length - 1 ? "primary" : "" }, words);
      button.addEventListener("click", action);
      return button;
    });
    this.end.replaceChildren(title, element("p", { role: "status" }, text), element("footer", {}, ...buttons));
    this.form.hidden = true;
    this.end.hidden = false;
    this.dialog.setAttribute("aria-labelledby", "end-heading");
    title.focus();
  }

  showForm() {
    this.form.hidden = false;
    this.end.hidden = true;
    this.dialog.setAttribute("aria-labelledby", "heading");
  }

  clear() {
    for (const field of [this.title, this.description, this.steps]) field.control.value = "";
    this.offerPicture(undefined);
    this.tell("");
  }
}
