// SPDX-License-Identifier: MIT
// One function: the chain that holds it in the TCB, dominators, and the data that it touches.
"use strict";
(() => {
  const { element, link, data, details, functions } = tcb;
  const panel = document.getElementById("detail");
  const around = panel.parentElement;
  const ROOT = -1;
  const SHOWN = 12;  // names of a list

  function source(file, line) {
    const lines = details().sources[file];
    if (!lines || !(line in lines)) return null;
    const pre = element("pre", { class: "source" });
    for (let n = line - 2; n <= line + 2; n += 1) {
      if (n in lines) {
        const text = `${String(n).padStart(5)}  ${lines[n]}`;
        pre.append(n === line ? element("span", { class: "here" }, text) : `${text}\n`);
      }
    }
    return pre;
  }

  // The steps from a root to a function: the edge by which the phase first reached each.
  function steps(f, phase) {
    const found = [];
    let at = f;
    while (at.arrivals[phase] >= 0) {
      const edge = details().edges[at.arrivals[phase]];
      found.unshift(edge);
      if (edge.caller < 0 || found.length > functions.length) break;
      at = functions[edge.caller];
    }
    return { root: at, found };
  }

  function chain(f, phase) {
    const { root, found } = steps(f, phase);
    const why = details().roots[root.number];
    const list = element("ol", { class: "chain" },
      element("li", {}, link(root), why ? ` root, assumed: ${why}` : " root",
        source(root.file, root.line)));
    for (const edge of found) {
      const place = edge.file < 0 ? "the configuration" : `${data.files[edge.file]}:${edge.line}`;
      list.append(element("li", {}, "→ ", link(functions[edge.callee]),
        element("br"), element("small", {}, `${place}: ${edge.kind}, ${edge.confidence}: ${edge.rule}`),
        edge.file < 0 ? null : source(edge.file, edge.line)));
    }
    return list;
  }

  function names(numbers) {
    if (!numbers.length) return ["nobody"];
    const shown = numbers.slice(0, SHOWN).flatMap((n) => [link(functions[n]), " "]);
    return numbers.length > SHOWN ? [...shown, `and ${numbers.length - SHOWN} more`] : shown;
  }

  function dominators(f) {
    const found = [];
    for (let at = f.dominator; at >= 0; at = functions[at].dominator) found.push(at);
    return found;
  }

  function data_of(f) {
    return f.uses.map((n) => {
      const v = details().variables[n];
      const marks = [v.handed ? "handed over" : "", v.secret ? "secret" : ""].filter(Boolean);
      return element("li", {}, element("code", {}, v.id),
        ` (${[`${v.size} bytes`, ...marks].join(", ")}) read by `, ...names(v.readers),
        "; written by ", ...names(v.writers));
    });
  }

  function part(title, ...content) {
    return content.length ? [element("h4", {}, title), ...content] : [];
  }

  function show(f) {
    const size = f.bytes < 0 ? "" : `, ${f.bytes} bytes`;
    const where = { "": "in neither tree", t: "thin", g: "guest", tg: "thin and guest", gt: "thin and guest" };
    const chains = data.phases.flatMap((phase, at) =>
      (f.arrivals[at] >= ROOT ? part(`Why it is there at ${phase}`, chain(f, at)) : []));
    const close = element("button", { type: "button" }, "Close");
    close.addEventListener("click", hide);
    const list = (items) => (items.length ? [element("ul", {}, ...items)] : []);
    panel.replaceChildren(
      element("h3", {}, element("code", {}, f.id)),
      element("p", {}, element("b", { class: `${f.klass}-text` }, f.klass),
        ` in ${f.part}; ${f.path}:${f.line}; ${f.lines} lines${size}; complexity ${f.complexity}; ` +
        `after the split: ${where[f.sides]}${f.retired ? ", erased before the target runs" : ""}` + ["", "; ran in traces", "; never ran in traces"][f.ran]),
      close,
      ...(chains.length ? chains : [element("p", {}, "No root reaches it."), source(f.file, f.line) || ""]),
      ...(dominators(f).length ? part("Leaves the TCB with any of", element("p", {}, ...names(dominators(f)))) : []),
      ...part("Held off by", ...list(f.held.map((n) => element("li", {}, details().cuts[n])))),
      ...part("Data that it mentions", ...list(data_of(f))));
    around.classList.add("open");
    tcb.choose(f);
    panel.scrollTop = 0;
    document.getElementById("functions").scrollIntoView();
    panel.focus({ preventScroll: true });
  }

  function hide() {
    around.classList.remove("open");
    panel.replaceChildren(element("p", {}, "Choose a function: its chain into the TCB is shown here."));
    history.replaceState(null, "", "#functions");
    tcb.choose(null);
    tcb.back();
  }

  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  tcb.routes.set("f", (name) => {
    const f = tcb.byId.get(name) || functions.find((g) => g.id.endsWith(`:${name}`));
    if (f) show(f);
    else panel.replaceChildren(element("p", {}, `No function ${name}.`));
  });
})();
