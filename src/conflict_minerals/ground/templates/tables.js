"use strict";
// Search and sort for long tables. A page reads as well without it; it asks for nothing outside.
for (const scroll of document.querySelectorAll(".scroll.long")) {
  const table = scroll.querySelector("table"), body = table.tBodies[0], rows = [...body.rows];
  const texts = rows.map(row => row.textContent.toLowerCase());
  const cut = scroll.nextElementSibling?.matches(".cut") ? " " + scroll.nextElementSibling.textContent : "";
  const tools = document.createElement("p"), label = document.createElement("label");
  const search = document.createElement("input"), said = document.createElement("span");
  tools.className = "tools";
  search.type = "search";
  search.setAttribute("aria-label", "Search this table: " + table.caption.textContent);
  said.setAttribute("role", "status");
  label.append("Search this table: ", search);
  tools.append(label, " ", said);
  scroll.before(tools);
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every(word => texts[at].includes(word));
      shown += !row.hidden;
    });
    said.textContent = words.length ? `${shown} of ${rows.length} rows.${cut}` : "";
  };
  search.addEventListener("input", show);
  addEventListener("hashchange", () => { search.value = ""; show(); });
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button"), number = head.classList.contains("number");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const value = row => row.cells[column].textContent;
    const amount = row => parseFloat(value(row).replaceAll(",", "")) || 0;
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      const order = [...rows], turn = was === "ascending" ? -1 : 1;
      if (was !== "descending") {
        order.sort((a, b) => turn * (number ? amount(a) - amount(b)
          : value(a).localeCompare(value(b), "en", {numeric: true})));
        head.setAttribute("aria-sort", turn > 0 ? "ascending" : "descending");
      }
      body.append(...order);
    });
  });
}
