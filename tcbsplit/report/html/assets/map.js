// SPDX-License-Identifier: MIT
// The treemap of the source: folders, files and functions, two levels at a time.
"use strict";
(() => {
  const { element, address, functions, data } = tcb;
  const get = (id) => document.getElementById(id);
  const [picture, path, list, area, search] =
    ["map-picture", "map-path", "map-list", "map-area", "map-search"].map(get);
  // As in report/html/map.py, which draws the first picture.
  const HEIGHT = 540, HEAD = 20, PAD = 2, SMALL = 8, CHARACTER = 7.5, FEWEST = 4;  // pixels
  const DEPTH = 2;  // levels below the folder that is shown
  const MOST = 300;  // parts of a folder; the smallest of more are drawn together
  const PAPER = [680, 360];  // of a sheet: pixels between its margins, and what is left beside other parts

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

  function hits(at) {
    return !found || at.functions.some((f) => found.has(f)) || [...at.children.values()].some(hits);
  }

  // What is in a folder, the largest first: [size, name, class, found, address, node or null].
  function parts(at) {
    const all = [];
    for (const c of at.children.values()) {
      if (c.size) all.push([c.size, c.name, mostly(c), hits(c), address("map", c.path), c]);
    }
    for (const f of at.functions) {
      if (sizeOf(f)) all.push([sizeOf(f), f.name, f.klass, !found || found.has(f), address("f", f.id), null]);
    }
    const order = (a, b) => b[0] - a[0] || (a[1] < b[1] ? -1 : 1);
    all.sort(order);
    const rest = all.splice(MOST);
    if (rest.length) {
      const size = rest.reduce((sum, r) => sum + r[0], 0);
      all.push([size, `${rest.length} more`, rest[0][2], rest.some((r) => r[3]), null, null]);
      all.sort(order);
    }
    return all;
  }

  // Squarified treemaps (Bruls, Huizing and van Wijk, 2000): rows along the shorter side, as long
  // as that makes their rectangles more like squares.
  function divided(sizes, x, y, width, height) {
    const places = [];
    const scale = (width * height) / sizes.reduce((sum, size) => sum + size, 0);
    const areas = sizes.map((size) => size * scale);
    const worst = (sum, first, last, side) =>
      Math.max((side * side * first) / (sum * sum), (sum * sum) / (side * side * last));
    for (let begin = 0; begin < areas.length;) {
      const side = Math.min(width, height);
      let end = begin + 1;
      let sum = areas[begin];
      while (end < areas.length && worst(sum, areas[begin], areas[end - 1], side) >=
          worst(sum + areas[end], areas[begin], areas[end], side)) {
        sum += areas[end];
        end += 1;
      }
      const across = width >= height;  // a column at the left, else a row at the top
      const depth = side > 0 ? sum / side : 0;
      for (let at = begin, offset = 0; at < end; at += 1) {
        const length = depth > 0 ? areas[at] / depth : 0;
        places.push(across ? [x, y + offset, depth, length] : [x + offset, y, length, depth]);
        offset += length;
      }
      if (across) { x += depth; width -= depth; } else { y += depth; height -= depth; }
      begin = end;
    }
    return places;
  }

  function drawing(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function shortened(name, width, height) {
    const room = Math.trunc((width - 6) / CHARACTER);
    if (height < HEAD - 4 || (room < FEWEST && room < name.length)) return "";
    return name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  }

  function tile([size, name, klass, hit, href], [x, y, width, height]) {
    const off = hit ? "" : " off";
    const box = drawing("rect", { class: `tile ${klass}${off}`, x, y, width, height },
      drawing("title", {}, `${name}: ${size} ${measure}, ${klass}`));
    const label = shortened(name, width, height);
    const text = label ? [drawing("text", { class: `tile-name${off}`, x: x + 4, y: y + 15 }, label)] : [];
    return href === null ? drawing("g", {}, box, ...text)
      : drawing("a", { href, tabindex: -1 }, box, ...text);
  }

  function* tiles(part, place, depth) {
    yield tile(part, place);
    const [x, y, width, height] = place;
    const inner = [x + PAD, y + HEAD, width - 2 * PAD, height - HEAD - PAD];
    if (!part[5] || !depth || Math.min(width, height) < SMALL || inner[2] <= 0 || inner[3] <= 0) return;
    const below = parts(part[5]);
    const places = divided(below.map((p) => p[0]), ...inner);
    for (let at = 0; at < below.length; at += 1) yield* tiles(below[at], places[at], depth - 1);
  }

  function draw(width = Math.max(320, picture.clientWidth), height = HEIGHT) {
    trail();
    const whole = [shown.size, shown.name, mostly(shown), hits(shown), address("map", above(shown)), shown];
    const all = shown.size ? [...tiles(whole, [0, 0, width, height], DEPTH)]
      : [drawing("text", { class: "tile-name off", x: 8, y: 24 }, `No ${measure} are known.`)];
    picture.replaceChildren(drawing("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%" }, ...all));
    picture.dataset.drawn = shown.path;
    performance.mark("map drawn");
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
  let drawn = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(drawn);
    drawn = requestAnimationFrame(() => draw());
  });
  addEventListener("beforeprint", () => draw(...PAPER));
  addEventListener("afterprint", () => draw());
  sum(top);
  draw();
})();
