// Counts the different codes in a scan field while they are scanned. Without this the page works; it counts when sent.
"use strict";

for (const field of document.querySelectorAll("textarea[data-count]")) {
  const shown = document.querySelector(`[data-count-of="${field.id}"]`);
  const count = () => {
    const codes = new Set(field.value.split("\n").map((line) => line.trim()).filter(Boolean));
    shown.textContent = codes.size ? field.dataset.count.replace("%", codes.size.toLocaleString("en")) : "";
  };
  field.addEventListener("input", count);
  count();
}
