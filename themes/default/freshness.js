// The freshness page: marks what is overdue today, and shows one owner's pages alone.
"use strict";
(function () {
  const words = $WORDS.fresh;
  const rows = [...document.querySelectorAll(".fresh tbody tr")];
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;

  for (const due of document.querySelectorAll(".fresh .due")) {
    if (due.dateTime >= today) continue;
    const word = document.createElement("strong");
    word.className = "late";
    word.textContent = words.overdue;
    due.after(" ", word);
  }

  const filter = document.querySelector(".filter");
  const label = document.createElement("label");
  const select = document.createElement("select");
  select.append(new Option(filter.dataset.all, ""));
  for (const owner of filter.querySelectorAll("data")) select.append(new Option(owner.textContent, owner.value));
  select.addEventListener("change", () => {
    const shown = rows.filter((row) => {
      row.hidden = select.value !== "" && row.dataset.owner !== select.value;
      return !row.hidden;
    });
    document.getElementById("said").textContent = window.$rb.fill(words.shown, { shown: shown.length, all: rows.length });
  });
  label.append(`${filter.dataset.label} `, select);
  filter.append(label);
})();
