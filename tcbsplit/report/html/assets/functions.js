// SPDX-License-Identifier: MIT
// The table of functions: only the rows that are seen are elements of the document.
"use strict";
(() => {
  const HEIGHT = 28;  // of a row in pixels, as in parts.css
  const MARGIN = 8;  // rows beyond what is seen
  const RAN = ["", "ran", "never"];
  const columns = [
    ["function", (f) => f.name], ["class", (f) => f.klass], ["component", (f) => f.part],
    ["file", (f) => f.path], ["lines", (f) => f.lines], ["bytes", (f) => f.bytes],
    ["cc", (f) => f.complexity], ["traces", (f) => f.ran],
  ];
  const numeric = new Set(["lines", "bytes", "cc"]);
  const get = (id) => document.getElementById(id);
  const [grid, head, scroll, space] = ["table", "head", "scroll", "space"].map(get);
  const [search, klass, component, ran] = ["search", "class", "component", "ran"].map(get);
  let order = { at: 4, down: true };
  let shown = tcb.functions;
  let active = 0;  // position in shown
  let chosen = -1;  // number of a function

  columns.forEach(([title], at) => {
    const cell = tcb.element("div", { role: "columnheader", class: numeric.has(title) ? "number" : "" });
    const button = tcb.element("button", { type: "button", tabindex: -1 }, title);
    button.addEventListener("click", () => {
      order = { at, down: order.at === at ? !order.down : numeric.has(title) };
      refresh();
    });
    cell.append(button);
    head.append(cell);
  });

  function refresh() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = tcb.functions.filter((f) =>
      (!klass.value || f.klass === klass.value) && (!component.value || f.part === component.value) &&
      (!ran.value || f.ran === Number(ran.value)) && words.every((w) => f.text.includes(w)));
    const key = columns[order.at][1];
    const sign = order.down ? -1 : 1;
    shown.sort((a, b) => {
      const x = key(a), y = key(b);
      return (x < y ? -sign : x > y ? sign : a.number - b.number);
    });
    [...head.children].forEach((cell, at) => {
      if (at === order.at) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const total = (field) => shown.reduce((sum, f) => sum + Math.max(0, f[field]), 0);
    get("count").textContent =
      `${shown.length} of ${tcb.functions.length} functions, ${total("lines")} lines` +
      (tcb.functions.some((f) => f.bytes >= 0) ? `, ${total("bytes")} bytes` : "");
    grid.setAttribute("aria-rowcount", shown.length + 1);
    space.style.height = `${shown.length * HEIGHT}px`;
    active = Math.min(active, Math.max(0, shown.length - 1));
    scroll.scrollTop = 0;
    active = 0;
    draw();
  }

  function rowOf(f, at) {
    const cells = columns.map(([title, value]) => {
      let text = value(f);
      if (title === "bytes" && text < 0) text = "";
      if (title === "traces") text = RAN[f.ran];
      const kind = title === "class" ? `${f.klass}-text` : numeric.has(title) ? "number" : "";
      return tcb.element("div", { role: "gridcell", class: kind, title: title === "function" ? f.id : text }, String(text));
    });
    const classes = [at === active ? "active" : "", f.number === chosen ? "chosen" : ""];
    return tcb.element("div", {
      role: "row", id: `row-${at}`, "aria-rowindex": at + 2, "data-at": at,
      "aria-selected": f.number === chosen, class: classes.join(" ").trim(),
      style: `top: ${at * HEIGHT}px`,
    }, ...cells);
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / HEIGHT) - MARGIN);
    const count = Math.ceil(scroll.clientHeight / HEIGHT) + 2 * MARGIN;
    space.replaceChildren(...shown.slice(first, first + count).map((f, i) => rowOf(f, first + i)));
    if (shown.length) grid.setAttribute("aria-activedescendant", `row-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function move(to) {
    active = Math.max(0, Math.min(shown.length - 1, to));
    const top = active * HEIGHT;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top + HEIGHT > scroll.scrollTop + scroll.clientHeight) {
      scroll.scrollTop = top + HEIGHT - scroll.clientHeight;
    }
    draw();
  }

  const open = (f) => { location.hash = tcb.address("f", f.id); };
  const page = () => Math.max(1, Math.floor(scroll.clientHeight / HEIGHT) - 1);
  const keys = {
    ArrowDown: () => move(active + 1), ArrowUp: () => move(active - 1),
    PageDown: () => move(active + page()), PageUp: () => move(active - page()),
    Home: () => move(0), End: () => move(shown.length - 1),
    Enter: () => shown.length && open(shown[active]), "/": () => search.focus(),
  };
  grid.addEventListener("keydown", (event) => {
    if (event.target === grid && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); grid.focus(); }
  });
  space.addEventListener("click", (event) => {
    const row = event.target.closest("[role=row]");
    if (row) { move(Number(row.dataset.at)); open(shown[active]); }
  });
  scroll.addEventListener("scroll", draw, { passive: true });
  search.addEventListener("input", refresh);
  for (const filter of [klass, component, ran]) filter.addEventListener("change", refresh);

  // Mark a function as the chosen one, and bring its row into view if the filters show it.
  tcb.choose = (f) => {
    chosen = f ? f.number : -1;
    const at = f ? shown.indexOf(f) : -1;
    if (at >= 0) move(at);
    else draw();
  };
  tcb.back = () => grid.focus();
  refresh();
})();
