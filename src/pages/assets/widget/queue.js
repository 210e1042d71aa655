// Reports that are under way, kept in the browser until the server has said that it has them. Each is an item of its own
// in localStorage, so that two tabs cannot overwrite each other's.

const WAITING_MAX = 20;

class Queue {
  constructor(server, project) {
    this.prefix = `bugle-widget|${server}|${project}|`;
    // For pages that may not store anything.
    this.memory = new Map();
  }

  // Whether the report outlives the page ("kept"), does not ("here"), or is one too many ("full").
  put(entry) {
    const others = this.all().filter((other) => other.key !== entry.key);
    if (others.length >= WAITING_MAX) return "full";
    if (this.store(entry)) {
      // Or an older copy of it would be taken for it.
      this.memory.delete(entry.key);
      return "kept";
    }
    // The picture is most of it.
    if (entry.picture && this.store({ ...entry, picture: undefined })) {
      this.memory.set(entry.key, entry);
      return "kept";
    }
    this.memory.set(entry.key, entry);
    return "here";
  }

  store(entry) {
    try {
      localStorage.setItem(this.prefix + entry.key, JSON.stringify(entry));
      return true;
    } catch {
      return false;
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(this.prefix + key);
    } catch { /* Then nothing was stored. */ }
  }

  // Oldest first.
  all() {
    const found = new Map();
    try {
      for (let at = 0; at < localStorage.length; at += 1) {
        const name = localStorage.key(at);
        if (name.startsWith(this.prefix)) {
          const entry = read(localStorage.getItem(name));
          if (entry) found.set(entry.key, entry);
        }
      }
    } catch { /* The page may not store. */ }
    for (const [key, entry] of this.memory) found.set(key, entry);
    return [...found.values()].sort((one, other) => one.at - other.at);
  }
}

function read(text) {
  try {
    const entry = JSON.parse(text);
    return typeof entry.key === "string" && typeof entry.body === "string" ? entry : undefined;
  } catch {
    return undefined;
  }
}

function newKey() {
  // Not randomUUID, which pages without TLS do not have.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
