// The page of the sample sheet: keeps what is typed, works without signal, sends when there is one.
// Without this script the form is sent as any other.
"use strict";

import { cameraScanner } from "./camera.js";
import { compacted, documentOf, SheetForm } from "./form.js";
import { signaturePad } from "./pad.js";
import { offenders, Queue, SENT } from "./queue.js";
import { newId, ownerOf, Store } from "./store.js";

const DRAFT_MILLISECONDS = 300;
const AGAIN_MILLISECONDS = 30_000;

const at = (id) => document.getElementById(id);
const form = at("sheet");
const words = JSON.parse(form.dataset.words);
const store = new Store(ownerOf(form.dataset.owner));
const sheet = new SheetForm(form, words);
const pad = signaturePad(at("pad"), form.elements.signature);

function told(message, link = "") {
  at("told").textContent = message;
  at("told-link").hidden = !link;
}

const queue = new Queue(
  store,
  {
    section: at("queue"),
    list: at("queue-list"),
    item: at("queue-item"),
    count: at("queue-count"),
    send: at("queue-send"),
  },
  words,
  { told, mend },
);

let id = newId();

function mend(each) {
  id = each.id;
  sheet.fill(each.held);
  const field = each.problem && sheet.mark(each.problem.field, each.problem.detail);
  if (each.problem && !field) told(each.problem.detail);
  (field || form).scrollIntoView({ block: "center" });
  if (field) field.focus({ preventScroll: true });
}

function takenSeals() {
  const others = store.read().queue.filter((each) => each.id !== id && each.sheet);
  return others.flatMap((each) => each.sheet.portions.map((portion) => portion.seal_number));
}

// Earlier samples that make this one doubtful, and codes that cannot be read: said at once where there is a signal.
async function askAhead() {
  const { codes, taken_at, seed_lot } = documentOf(sheet.values());
  at("duplicates").hidden = true;
  if (!codes.length || !navigator.onLine) return;
  const answer = await fetch("/desk/sheets/duplicates", {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ codes, taken_on: taken_at.slice(0, 10), crop: seed_lot ? seed_lot.crop : "" }),
  }).catch(() => null);
  if (answer === null || !/json/.test(answer.headers.get("Content-Type") || "")) return;
  const said = await answer.json();
  if (form.elements.codes.value.trim() !== codes.join("\n")) return;
  if (answer.ok) {
    const lines = said.lines.map((line) => Object.assign(document.createElement("li"), { textContent: line }));
    at("duplicates-list").replaceChildren(...lines);
    at("duplicates").hidden = !lines.length;
  } else sheet.say(form.elements.codes, [said.detail, ...offenders(said)].join(" "));
}

// What the browser cannot know by itself: a signature is drawn or said to be on paper.
function checkSignature() {
  const held = sheet.values();
  const isMissing = held.acknowledgement === "signed" && !held.signature && !held.on_paper;
  form.elements.on_paper.setCustomValidity(isMissing ? words.unsigned : "");
}

function showParts() {
  const isSigned = sheet.values().acknowledgement !== "refused";
  at("signed-part").hidden = !isSigned;
  at("refused-part").hidden = isSigned;
  form.elements.signed_by.required = isSigned;
  form.elements.refusal_reason.required = !isSigned;
  checkSignature();
}

function save(event) {
  event.preventDefault();
  sheet.tidyCodes();
  sheet.checkSeals(takenSeals());
  checkSignature();
  if (!form.reportValidity()) return;
  clearTimeout(timer);
  timer = 0;
  const held = compacted(sheet.values());
  queue.add({ id, held, sheet: documentOf(held) });
  store.update((kept) => {
    kept.habits = sheet.habits();
  });
  id = newId();
  sheet.renew(store.read().habits);
  at("duplicates").hidden = true;
  told(words.saved);
  at("queue").scrollIntoView({ block: "start" });
  queue.send();
}

let timer = 0;
function keepDraft() {
  if (!timer) return;
  clearTimeout(timer);
  timer = 0;
  store.update((kept) => {
    kept.draft = { id, held: sheet.values() };
  });
}
window.addEventListener("pagehide", keepDraft);
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(keepDraft, DRAFT_MILLISECONDS);
  sheet.checkSeals(takenSeals());
  showParts();
});
form.addEventListener("filled", () => {
  pad.show();
  showParts();
});
form.addEventListener("submit", save);
form.elements.codes.addEventListener("change", () => {
  sheet.tidyCodes();
  sheet.say(form.elements.codes, "");
  askAhead();
});
for (const name of ["taken_at", "seed_lot.crop"]) form.elements[name].addEventListener("change", askAhead);
at("pad-clear").addEventListener("click", () => pad.clear());
for (const button of document.querySelectorAll("[data-add]")) {
  button.addEventListener("click", () => sheet.addRow(button.dataset.add));
}
at("queue-send").addEventListener("click", () => queue.send());
window.addEventListener("online", () => queue.send());
document.addEventListener("visibilitychange", () => (document.hidden ? keepDraft() : queue.send()));
setInterval(() => navigator.onLine && queue.send(), AGAIN_MILLISECONDS);

const showSignal = () => {
  at("offline").hidden = navigator.onLine;
};
window.addEventListener("online", showSignal);
window.addEventListener("offline", showSignal);

// What was accepted and shown need not stay.
store.drop((each) => each.state !== SENT);
const { draft, habits } = store.read();
if (draft) {
  id = draft.id;
  sheet.fill(draft.held);
  told(words.draft);
} else if (!form.dataset.answered) {
  sheet.renew(habits);
}
document.documentElement.classList.add("has-script");
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
const others = store.waitingOfOthers();
at("others").textContent = others ? words.others.replace("%", String(others)) : "";
showSignal();
showParts();
queue.show();
queue.send();
cameraScanner(
  {
    start: at("camera-start"),
    stop: at("camera-stop"),
    panel: at("camera"),
    video: at("camera-video"),
    refused: at("camera-refused"),
  },
  (text) => sheet.addCode(text),
);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/desk/sheets/worker.js");
