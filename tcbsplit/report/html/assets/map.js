// SPDX-License-Identifier: MIT
// The treemap of the source: folders, files and functions, two levels at a time.
"use strict";
(() => {
  const { element, address, functions, data, colour } = tcb;
  const get = (id) => document.getElementById(id);
  const [picture, path, list, area, search] =
    ["map-picture", "map-path", "map-list", "map-area", "map-search"].map(get);
  const DEPTH = 2;  // levels below the folder that is shown
  const SMALL = 0.0004;  // share of the picture below which the parts of something are not drawn

  // The tree: a node for each folder and file; functions are its leaves.
  function node(name, whole) { return { name, path: whole, children: new Map(), functions: [] }; }
  const top = node("all", "");
  for (const f of functions) {
    let at = top;
    let whole = "";
    for (const name of f.path.split("/").filter(Boolean)) {
      whole = whole ? `${whole}/${name}` : name;
      if (!at.children.has(name)) at.children.set(name, node(name, whole));
      at = at.children.get(name);
    }
    at.functions.push(f);
  }
  let measure = "lines";
  const sizeOf = (f) => Math.max(0, f[measure]);

  // Sum sizes, by class, of everything below a node.
  function sum(at) {
    at.size = 0;
    at.kinds = data.classes.map(() => 0);
    for (const child of at.children.values()) {
      sum(child);
      at.size += child.size;
      child.kinds.forEach((n, kind) => { at.kinds[kind] += n; });
    }
    for (const f of at.functions) { at.size += sizeOf(f); at.kinds[f.kind] += sizeOf(f); }
  }
  const mostly = (at) => data.classes[at.kinds.indexOf(Math.max(...at.kinds))];

  let shown = top;
  let found = null;  // functions that the search finds; null: nothing is searched

  function tiles() {
    const all = { ids: [], labels: [], parents: [], values: [], colours: [], inks: [], targets: [] };
    const colours = Object.fromEntries([...data.classes, "wash", "paper", "ink"].map((c) => [c, colour(c)]));
    function add(id, label, parent, value, klass, hit, target) {
      all.ids.push(id); all.labels.push(escape(label)); all.parents.push(parent); all.values.push(value);
      all.targets.push(target);
      all.colours.push(hit && parent ? colours[klass] : colours.wash);
      all.inks.push(hit && parent ? colours.paper : colours.ink);
    }
    function hits(at) {
      return !found || at.functions.some((f) => found.has(f)) || [...at.children.values()].some(hits);
    }
    function walk(at, parent, depth) {
      const id = `d:${at.path}`;
      add(id, at === shown ? at.path || "all" : at.name, parent, at.size, mostly(at), hits(at), { folder: at });
      if (depth === 0 || at.size < shown.size * SMALL) return;
      for (const child of at.children.values()) if (child.size) walk(child, id, depth - 1);
      for (const f of at.functions) {
        if (sizeOf(f)) add(`f:${f.id}`, f.name, id, sizeOf(f), f.klass, !found || found.has(f), { f });
      }
    }
    walk(shown, "", DEPTH);
    return all;
  }
  // The library reads a few tags in its labels; nothing of the source is meant as one.
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  let targets = [];
  function draw() {
    trail();
    if (typeof Plotly === "undefined") return;
    const all = tiles();
    targets = all.targets;
    Plotly.react(picture, [{
      type: "treemap", ids: all.ids, labels: all.labels, parents: all.parents, values: all.values,
      branchvalues: "total", textfont: { color: all.inks }, marker: { colors: all.colours, line: { width: 1, color: colour("paper") } },
      textinfo: "label+value", hovertemplate: `%{label}: %{value} ${measure}<extra></extra>`,
      pathbar: { visible: false }, tiling: { pad: 2 }, sort: true,
    }], {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: colour("paper"),
      font: { family: "system-ui, sans-serif", size: 13 },
    }, { displayModeBar: false, responsive: true }).then(() => {
      picture.removeAllListeners("plotly_treemapclick");
      picture.on("plotly_treemapclick", (event) => {
        enter(targets[event.points[0].pointNumber]);
        return false;
      });
      picture.dataset.drawn = shown.path;
      performance.mark("map drawn");
    });
  }

  function enter(target) {
    if (target.f) location.hash = address("f", target.f.id);
    else location.hash = address("map", target.folder === shown ? above(shown) : target.folder.path);
  }
  const above = (at) => at.path.split("/").slice(0, -1).join("/");

  function trail() {
    const parts = shown.path.split("/").filter(Boolean);
    const links = parts.map((name, at) =>
      element("a", { href: address("map", parts.slice(0, at + 1).join("/")) }, name));
    path.replaceChildren(element("a", { href: address("map", "") }, "all"),
      ...links.flatMap((l) => [" / ", l]));
    const entries = [...shown.children.values()].map((c) => [c.size, address("map", c.path), c.name, mostly(c)]);
    entries.push(...shown.functions.map((f) => [sizeOf(f), address("f", f.id), f.id, f.klass]));
    entries.sort((a, b) => b[0] - a[0]);
    list.replaceChildren(...entries.map(([size, href, name, klass]) =>
      element("li", {}, element("a", { href }, name), ` ${size} ${measure}, ${klass}`)));
  }

  tcb.routes.set("map", (name) => {
    shown = name.split("/").filter(Boolean).reduce((at, part) => (at && at.children.get(part)) || top, top);
    draw();
    get("map").scrollIntoView();
  });
  area.addEventListener("change", () => { measure = area.value; sum(top); draw(); });
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const word = search.value.trim().toLowerCase();
      found = word ? new Set(functions.filter((f) => f.text.includes(word))) : null;
      draw();
    }, 150);
  });
  tcb.changed.push(draw);
  sum(top);
  trail();
  // The library stands at the end of the document: everything else is there before it is read.
  addEventListener("load", draw);
})();
