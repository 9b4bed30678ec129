// SPDX-License-Identifier: MIT
// The data of the page, its colour scheme, and where its address leads.
"use strict";
const tcb = (() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  // The order of fields in the rows of model/page.py.
  const fields = ["id", "file", "line", "endLine", "kind", "lines", "bytes", "complexity",
    "component", "dominator", "arrivals", "uses", "held", "ran", "sides", "retired"];
  const functions = data.functions.map((row, number) => {
    const f = { number };
    fields.forEach((name, at) => { f[name] = row[at]; });
    f.name = f.id.slice(f.id.lastIndexOf(":") + 1);
    f.path = data.files[f.file];
    f.klass = data.classes[f.kind];
    f.part = data.components[f.component];
    f.text = `${f.id}\n${f.path}`.toLowerCase();
    return f;
  });
  // What is shown of one function only: read when the first is opened.
  let more = null;
  function details() {
    if (more === null) {
      more = read("details");
      more.edges = more.edges.map(([caller, callee, kind, confidence, file, line, rule]) =>
        ({ caller, callee, kind, confidence, file, line, rule }));
      more.variables = more.variables.map(([id, size, readers, writers, handed, secret]) =>
        ({ id, size, readers, writers, handed, secret }));
    }
    return more;
  }
  const byId = new Map(functions.map((f) => [f.id, f]));

  // An element with attributes and children; text is never parsed as markup.
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((c) => c !== null && c !== undefined));
    return made;
  }

  const address = (kind, name) => `#${kind}/${encodeURIComponent(name)}`;
  const link = (f) => element("a", { href: address("f", f.id) }, element("code", {}, f.id));

  const routes = new Map();  // kind of address -> what shows it
  function follow() {
    const [, kind, name] = /^#(\w+)\/(.*)$/.exec(location.hash) || [];
    if (kind && routes.has(kind)) {
      let text = name;
      try { text = decodeURIComponent(name); } catch { /* as it is */ }
      routes.get(kind)(text);
    }
  }

  const root = document.documentElement;
  function scheme(wanted) { root.dataset.scheme = wanted; }
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  scheme(preferred.matches ? "dark" : "light");
  preferred.addEventListener("change", () => scheme(preferred.matches ? "dark" : "light"));
  document.getElementById("scheme").addEventListener("click", () =>
    scheme(root.dataset.scheme === "dark" ? "light" : "dark"));
  addEventListener("hashchange", follow);
  addEventListener("DOMContentLoaded", follow);
  return { data, details, functions, byId, element, address, link, routes };
})();
