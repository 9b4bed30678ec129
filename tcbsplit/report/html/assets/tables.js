// SPDX-License-Identifier: MIT
// Tables that are sorted by their headings, buttons that copy, boots that open by their address.
"use strict";
(() => {
  const value = (row, at) => {
    const text = row.cells[at].textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const button = tcb.element("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].filter((r) => !r.classList.contains("total"));
        rows.sort((x, y) => compare(value(x, at), value(y, at)) * (down ? -1 : 1));
        body.prepend(...rows);
      });
    });
  }
  for (const button of document.querySelectorAll("button.copy")) {
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.text);
        button.textContent = "Copied";
      } catch {  // a page from a file may not be allowed to: select the text instead
        getSelection().selectAllChildren(button.previousElementSibling);
        button.textContent = "Selected";
      }
    });
  }
  tcb.routes.set("boot", (number) => {
    const boot = document.getElementById(`boot/${number}`);
    if (boot) {
      boot.open = true;
      boot.scrollIntoView();
      boot.querySelector("summary").focus();
    }
  });
})();
