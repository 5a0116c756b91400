// Who signs out leaves nothing of their sample sheets on this phone; those not sent yet are asked about first.
"use strict";

const KEPT = "suiyuan.sheets";
// The page that checks labels stays: it and its data say nothing of anybody (static/offline/).
const SHELLS = "suiyuan-sheets";
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(KEPT));

for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
  form.addEventListener("submit", (event) => {
    const kept = keys().filter((key) => key.startsWith(`${KEPT}.`));
    const queues = kept.map((key) => JSON.parse(localStorage.getItem(key)).queue || []);
    const unsent = queues.flat().filter((each) => each.state !== "sent").length;
    if (unsent && !window.confirm(form.dataset.unsent.replace("%", String(unsent)))) {
      event.preventDefault();
      return;
    }
    for (const key of keys()) localStorage.removeItem(key);
    if ("caches" in window) caches.keys().then((names) => names.filter((name) => name.startsWith(SHELLS)).forEach((name) => caches.delete(name)));
  });
}
