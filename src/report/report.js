"use strict";
// Tables are sorted by the column whose heading is pressed: numbers by their exact values, texts as people sort them, and
// what is missing stays at the end.
for (const table of document.querySelectorAll("figure.table table")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.firstElementChild.onclick = () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const numeric = heading.classList.contains("number");
      const value = row => {
        const cell = row.cells[column];
        return numeric ? (cell.dataset.value === undefined ? null : Number(cell.dataset.value.replace("inf", "Infinity"))) : cell.textContent === "–" ? null : cell.textContent;
      };
      const rows = [...table.tBodies[0].rows].map(row => [value(row), row]);
      const compare = (a, b) => (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      rows.sort(([a], [b]) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : (down ? -1 : 1) * compare(a, b)));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    };
  });
}
