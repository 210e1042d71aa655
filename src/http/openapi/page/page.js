// Shows /openapi.json. Everything is put together from text nodes, so nothing of the document is taken for markup.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];

// An element with children: elements, texts, lists of both, or nothing.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// `code` and **strong** of a line.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`") && part.length > 2) return make("code", null, part.slice(1, -1));
    if (part.startsWith("**")) return make("strong", null, part.slice(2, -2));
    return part;
  });
}

const paragraphs = (text) => (text || "").trim().split(/\n{2,}/).filter(Boolean).map((part) => make("p", null, inline(part)));

function start(api) {
  const look = (reference) => reference.slice(2).split("/").reduce((found, key) => found[key], api);
  const resolve = (schema) => (schema && schema.$ref ? { ...look(schema.$ref), name: schema.$ref.split("/").pop() } : schema || {});

  // What a value looks like, in a few words.
  function words(raw) {
    const schema = resolve(raw);
    // A blank value goes without saying.
    const either = (schema.oneOf || schema.anyOf || []).filter((part) => part.maxLength !== 0);
    if (either.length && !schema.properties) return [...new Set(either.map(words))].join(" or ");
    if ("const" in schema) return JSON.stringify(schema.const);
    const types = [].concat(schema.type || []);
    if (types.includes("array")) {
      const list = schema.items ? `list of ${words(schema.items)}` : "list";
      return [list, ...types.filter((type) => type !== "array")].join(" or ");
    }
    let text = types.join(" or ") || (schema.allOf ? "object" : "anything");
    if (types.length > 1 && types.includes("boolean") && schema.enum) text = "true or false";
    else if (schema.enum) text = schema.enum.filter((value) => value !== null && value !== "").join(", ");
    else if (types.includes("integer") && types.includes("string") && !types.includes("boolean")) text = "integer";
    else if (types.length > 2 && types.includes("string")) text = "text";
    else if (types.length === 2 && types[1] === "null") text = `${types[0]} or null`;
    if (schema.format && !/^int/.test(schema.format)) text += `, ${schema.format}`;
    if (schema.maxLength) text += `, at most ${schema.maxLength} characters`;
    if (schema.maxItems) text += `, at most ${schema.maxItems}`;
    if (Number.isSafeInteger(schema.minimum) && Number.isSafeInteger(schema.maximum) && schema.maximum < 2 ** 40)
      text += `, ${schema.minimum} to ${schema.maximum}`;
    return text;
  }

  // The fields of an object, with those of the objects inside it.
  function rows(raw, depth, seen) {
    const schema = resolve(raw);
    if (schema.name && seen.includes(schema.name)) return [];
    const known = schema.name ? [...seen, schema.name] : seen;
    const parts = (schema.allOf || []).flatMap((part) => rows(part, depth, known));
    const fields = Object.entries(schema.properties || {}).flatMap(([name, field]) => {
      const inner = resolve((resolve(field).oneOf || []).find((part) => part.$ref) || field);
      const of = [].concat(inner.type || []).includes("array") ? inner.items : inner;
      const must = (schema.required || []).includes(name);
      const title = make("td", null, make("span", { class: "nested" }, "· ".repeat(depth) + name));
      const type = make("td", null, words(field), must && depth === 0 ? make("span", { class: "required" }, " required") : null);
      return [make("tr", null, title, type, make("td", null, inline(resolve(field).description || ""))), ...(depth < 2 ? rows(of, depth + 1, known) : [])];
    });
    return [...parts, ...fields];
  }

  function shape(schema) {
    const list = resolve(schema).type === "array";
    const fields = rows(list ? resolve(schema).items : schema, 0, []);
    if (!fields.length) return [];
    return [list ? make("p", null, "A list of:") : null, make("table", null, fields)];
  }

  const json = (value) => make("pre", null, make("code", null, JSON.stringify(value, null, 2)));

  function curl(path, method, operation, body) {
    const scheme = (operation.security || []).flatMap(Object.keys)[0];
    const token = { personalToken: "Bearer $PAT", projectToken: "FormUser $TKN", updateToken: "Bearer $UPDATE" }[scheme];
    const address = path.replace("{project}", "$PROJECT").replace(/\{(\w+)\}/g, (whole, name) => {
      const parameter = (operation.parameters || []).find((each) => each.name === name && each.in === "path");
      return parameter ? String(parameter.example) : whole;
    });
    const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"$URL${address}"`];
    if (token) lines.push(`  -H "Authorization: ${token}"`);
    if (body) lines.push("  -H 'Content-Type: application/json'", `  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
    return make("pre", null, make("code", null, lines.join(" \\\n")));
  }

  function parameterRows(parameters) {
    return parameters.map((parameter) =>
      make("tr", null,
        make("td", null, parameter.name),
        make("td", null, words(parameter.schema), `, in the ${parameter.in}`, parameter.required ? make("span", { class: "required" }, " required") : null),
        make("td", null, inline(parameter.description || ""))));
  }

  function answers(operation) {
    const all = Object.entries(operation.responses).map(([status, raw]) => [status, resolve(raw)]);
    const good = all.filter(([status]) => status < 400).map(([status, answer]) => {
      const [type, content] = Object.entries(answer.content || {})[0] || [];
      const headers = Object.keys(answer.headers || {});
      return [
        make("p", null, make("strong", null, status), " ", inline(answer.description || ""), type && type !== "application/json" ? ` (${type})` : "",
          headers.length ? [", with ", headers.map((name, index) => [index ? ", " : "", make("code", null, name)])] : null),
        content && content.example !== undefined ? json(content.example) : null,
        content ? make("details", null, make("summary", null, "Fields"), shape(content.schema)) : null,
      ];
    });
    const bad = all.filter(([status]) => status >= 400);
    return [good, make("details", null, make("summary", null, `Refusals: ${bad.map(([status]) => status).join(", ")}`),
      make("table", null, bad.map(([status, answer]) => make("tr", null, make("td", null, status), make("td", null, inline(answer.description))))))];
  }

  function article(path, methods, item) {
    const operation = item[methods[0]];
    const bodies = Object.entries((operation.requestBody || {}).content || {});
    const example = bodies.map(([, body]) => body.example).find((value) => value !== undefined);
    const parameters = operation.parameters || [];
    return make("article", { id: operation.operationId },
      make("header", null,
        make("h3", null, operation.summary),
        make("div", { class: "address" }, methods.map((method) => [make("span", { class: `method ${method}` }, method.toUpperCase()), " "]), path)),
      make("div", { class: "content" },
        paragraphs(operation.description),
        parameters.length ? [make("h4", null, "Parameters"), make("table", null, parameterRows(parameters))] : null,
        bodies.map(([type, body]) => [make("h4", null, type === "application/json" ? "Body" : `Body, ${type}`), shape(body.schema)]),
        make("h4", null, "Request"), curl(path, methods[0], operation, example),
        make("h4", null, "Answer"), answers(operation)));
  }

  // Operations of one name are told apart by what their addresses do not share: "Add a file", of issues or of suggestions.
  function apart(path, summary, paths) {
    const parts = (of) => of.replace(/\.json$/, "").split("/").filter((part) => part && !part.startsWith("{"));
    const others = paths.filter(([other, item]) => other !== path && METHODS.some((method) => item[method]?.summary === summary));
    if (others.length === 0) return null;
    const own = parts(path).filter((part) => !others.every(([other]) => parts(other).includes(part)));
    return own.length ? make("small", null, own.join(", ").replaceAll("_", " ")) : null;
  }

  const main = document.getElementById("main");
  const links = document.getElementById("links");
  main.append(make("h1", null, `${api.info.title}: the API`),
    make("p", null, api.info.summary, " The document behind this page is ", make("a", { href: "/openapi.json" }, "/openapi.json"), "."),
    ...paragraphs(api.info.description));
  const entries = [];
  for (const tag of api.tags) {
    const section = make("section", null, make("h2", null, tag.name), make("p", null, tag.description));
    const group = make("div", null, make("h2", null, tag.name));
    const paths = Object.entries(api.paths).filter(([, item]) => METHODS.some((method) => item[method] && item[method].tags.includes(tag.name)));
    for (const [path, item] of paths) {
      // PATCH and PUT are one thing with two names.
      const found = METHODS.filter((method) => item[method] && !(method === "put" && item.patch));
      for (const method of found) {
        const methods = method === "patch" && item.put ? ["patch", "put"] : [method];
        const shown = article(path, methods, item);
        const link = make("a", { href: `#${item[method].operationId}` },
          make("span", { class: `method ${method}` }, method.toUpperCase()), make("span", null, item[method].summary, " ", apart(path, item[method].summary, paths)));
        section.append(shown);
        group.append(link);
        entries.push({ shown, link, text: `${methods.join(" ")} ${path} ${item[method].summary} ${tag.name}`.toLowerCase() });
      }
    }
    main.append(section);
    links.append(group);
  }

  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { shown, link, text } of entries) shown.hidden = link.hidden = !wanted.every((word) => text.includes(word));
    for (const group of [...links.children, ...main.querySelectorAll("section")])
      group.hidden = ![...group.children].some((child) => /^(A|ARTICLE)$/.test(child.tagName) && !child.hidden);
  });
  // The browser looked for the place before there was one.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(start)
  .catch((error) => document.getElementById("main").append(make("p", null, `The document cannot be shown: ${error.message}`)));
