// Sends reports: at once, and again whenever there may be a connection. A report has one Idempotency-Key for all of its
// attempts, so an answer that was lost on the way makes no second report.

const REQUEST_TIME_MAX = 60_000;
const WAIT_MIN = 2_000;
const WAIT_MAX = 300_000;
const DAY = 86_400_000;

// What came of an attempt: { done }, { later } with milliseconds, or { refused } with the server's words.
const later = (after) => ({ later: after });
const refused = (text, rest) => ({ refused: text, ...rest });

class Sender {
  constructor(options, queue, texts) {
    Object.assign(this, { options, queue, texts, failures: 0, underWay: new Set() });
    this.onOnline = () => this.flush();
    addEventListener("online", this.onOnline);
  }

  end() {
    this.ended = true;
    removeEventListener("online", this.onOnline);
    clearTimeout(this.timer);
  }

  // Sends what waits, in order, until there is no connection. What got an answer that is none, such as a proxy's, waits on
  // and holds up no other.
  async flush() {
    clearTimeout(this.timer);
    let pause;
    for (const entry of this.queue.all()) {
      if (this.ended) return;
      if (entry.refused || entry.notBefore > Date.now()) continue;
      const outcome = await this.send(entry);
      if (outcome.later !== undefined) {
        if (!outcome.answered) return this.wait(outcome.later);
        pause = Math.max(pause || 0, outcome.later);
      }
      if (outcome.refused !== undefined) this.putAside(entry, outcome);
    }
    if (pause !== undefined) return this.wait(pause);
    this.failures = 0;
    const next = Math.min(...this.queue.all().map((entry) => (entry.refused ? Infinity : entry.notBefore || 0)));
    if (next < Infinity) this.wait(next - Date.now());
  }

  // A limit ends by itself; anything else is for the person to read when they open the widget again.
  putAside(entry, outcome) {
    this.queue.put(outcome.after === undefined
      ? { ...entry, refused: outcome.refused }
      : { ...entry, notBefore: Date.now() + outcome.after });
  }

  wait(atLeast = 0) {
    if (this.ended) return;
    this.failures += 1;
    const doubled = Math.min(WAIT_MIN * 2 ** (this.failures - 1), WAIT_MAX) * (0.75 + Math.random() / 2);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), Math.min(Math.max(doubled, atLeast), DAY));
  }

  async send(entry) {
    if (this.underWay.has(entry.key)) return {};
    this.underWay.add(entry.key);
    try {
      const outcome = await this.attempt(entry);
      if (outcome.done) {
        this.queue.remove(entry.key);
        const detail = { kind: entry.kind, id: outcome.done.id, url: outcome.done.url };
        dispatchEvent(new CustomEvent("bugle:sent", { detail }));
      }
      return outcome;
    } finally {
      this.underWay.delete(entry.key);
    }
  }

  async attempt(entry) {
    if (!entry.created) {
      const outcome = await this.create(entry);
      if (!outcome.done) return outcome;
      entry.created = outcome.done;
      if (entry.picture) this.queue.put(entry);
    }
    const pictureLost = entry.picture ? await this.addPicture(entry) : false;
    if (pictureLost && pictureLost.later !== undefined) return pictureLost;
    return { done: entry.created, pictureLost: Boolean(pictureLost) };
  }

  async create(entry, isSecond = false) {
    const credentials = await this.credentials(entry);
    if (!credentials.header) return credentials;
    const { folder, wrapper } = KINDS[entry.kind];
    const outcome = await this.post(`${folder}.json`, entry.body, {
      "Authorization": credentials.header,
      "Content-Type": "application/x-www-form-urlencoded",
      "Idempotency-Key": entry.key,
    });
    if (outcome.done && credentials.isOwn) this.spent = entry.jwt;
    if (outcome.status !== 403 || outcome.after !== undefined || isSecond) return outcome;
    // What a refusal did not store may be sent anew under the same key.
    const label = `${wrapper}[release_label]`;
    const fields = new URLSearchParams(entry.body);
    if (fields.has(label) && outcome.refused.includes("permission to create releases")) {
      fields.delete(label);
      return this.create(Object.assign(entry, { body: fields.toString() }), true);
    }
    if (credentials.isFetched) {
      this.fetched = undefined;
      return this.create(entry, true);
    }
    if (entry.token !== this.options.authToken) {
      return this.create(Object.assign(entry, { token: this.options.authToken }), true);
    }
    return outcome;
  }

  // Who reports: what the page's server vouches for, or the address that is known.
  async credentials(entry) {
    const { submissionTokenUrl, submissionTokenFallback } = this.options;
    const plain = `FormUser ${entry.token}`;
    if (submissionTokenUrl) {
      const answer = this.fetched || await this.fetchToken();
      if (answer.token) {
        this.fetched = undefined;
        return { header: `${plain},${answer.token}`, isFetched: true };
      }
      if (answer.later !== undefined) return answer;
      if (submissionTokenFallback !== "allow") return refused(this.texts.blocked);
    } else if (entry.jwt && entry.jwt !== this.spent) {
      return { header: `${plain},${entry.jwt}`, isOwn: true };
    } else if (entry.jwt && submissionTokenFallback !== "allow") {
      return refused(this.texts.blocked);
    }
    const isPlain = /^[\x21-\x2b\x2d-\x7e]+$/.test(entry.email || "");
    return { header: isPlain ? `${plain},email:${entry.email}` : plain };
  }

  // Asks the page's own server to vouch for whoever it has signed in: { token, email }, { later } or nothing.
  async fetchToken() {
    const { submissionTokenUrl, submissionTokenMethod } = this.options;
    try {
      const answer = await fetch(submissionTokenUrl, {
        method: submissionTokenMethod || "POST", credentials: "include",
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(REQUEST_TIME_MAX),
      });
      if (answer.status >= 500) return later(0);
      const said = answer.ok ? await answer.json() : {};
      return typeof said.token === "string" ? said : {};
    } catch (error) {
      return error instanceof SyntaxError ? {} : later(0);
    }
  }

  // Says ahead of the first report whether the page's server vouches for somebody.
  async prepare() {
    if (!this.options.submissionTokenUrl) return {};
    const answer = await this.fetchToken();
    this.fetched = answer.token ? answer : undefined;
    return answer;
  }

  async addPicture(entry) {
    const form = new FormData();
    form.append("screenshot[image]", blobOf(entry.picture), "screenshot.png");
    const outcome = await this.post(`issues/g-${entry.created.id}/screenshots.json`, form, {
      "Authorization": `Bearer ${entry.created.token}`,
      "Idempotency-Key": `${entry.key}-picture`,
    });
    return outcome.done ? false : outcome;
  }

  async post(path, body, headers) {
    const { apiBaseUrl, projectId } = this.options;
    let answer;
    let said;
    try {
      answer = await fetch(`${apiBaseUrl}/projects/${encodeURIComponent(projectId)}/${path}`, {
        method: "POST", body, credentials: "omit", signal: AbortSignal.timeout(REQUEST_TIME_MAX),
        headers: { "Accept": "application/json", "BetaHub-Project-ID": projectId, ...headers },
      });
      said = await answer.json();
    } catch {
      // An answer that is no JSON is not this server's: a proxy's that cannot reach it, or a hotel's sign-in.
      return { ...later(0), answered: Boolean(answer) };
    }
    if (answer.ok) return { done: said };
    const wait = Number(answer.headers.get("Retry-After")) * 1000;
    const after = wait > 0 ? wait : undefined;
    if (answer.status >= 500 || [408, 425, 429].includes(answer.status)) return { ...later(after || 0), answered: true };
    return refused(String(said.error || this.texts.wrong), { after, status: answer.status });
  }
}
