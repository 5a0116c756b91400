// The page that judges signed labels without signal.
"use strict";

import { cameraScanner } from "../sheet/camera.js";
import { fetched, Refused, verified } from "./bundle.js";
import { judged, standing } from "./judge.js";
import { canVerify } from "./signatures.js";
import { openStore } from "./store.js";

const BUNDLE = "/offline/bundle";
const TICK_MILLISECONDS = 30_000;
const REFRESH_MILLISECONDS = 30 * 60_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEIJING = 8 * HOUR;

// Which outline and colour a verdict has on other pages.
const LOOKS = { stop: "stop", expired: "stop", suspect: "suspect", part: "caution", signed: "genuine", unknown: "unknown" };

const at = (id) => document.getElementById(id);
const root = at("offline-page");
const words = JSON.parse(root.dataset.words);
const pinned = root.dataset.key;
const field = at("label");

const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const ageText = (age) =>
  age < HOUR ? say("minutes", { minutes: Math.floor(age / MINUTE) }) : say("hours", { hours: Math.floor(age / HOUR) });

let store = null;
let bundle = null;
let isAble = false;
let askedAt = 0;

function told(name, link = false) {
  at("told").textContent = name ? say(name) : "";
  at("told-link").hidden = !link;
}

// The age of the data, always; and why it judges nothing, where it does not. Gives that reason, or null.
function showAge() {
  const now = Date.now();
  const { age, fault } = bundle ? standing(bundle, now) : { age: 0, fault: "no_data" };
  const reason = isAble ? fault : "no_crypto";
  at("age").textContent = bundle && fault !== "clock_behind" ? say("age", { age: ageText(age) }) : "";
  at("age").dataset.fault = reason || "";
  const hours = bundle ? Math.floor((bundle.validUntil - now) / HOUR) : 0;
  at("reason").textContent = reason ? say(reason) : say("good_for", { hours });
  at("data").classList.toggle("notice--bad", Boolean(reason));
  at("data").classList.toggle("notice--good", !reason);
  at("contents").textContent = bundle ? contentsText() : "";
  if (reason) at("verdict-part").hidden = true;
  return reason;
}

function contentsText() {
  const time = new Date(bundle.madeAt + BEIJING).toISOString().slice(0, 16).replace("T", " ");
  const batches = bundle.content.stops.map((each) =>
    [each.registration_number, each.batch_number, each.expires_on].join("\n"),
  );
  return say("contents", { count: new Set(batches).size, time });
}

// A clock that is set back later is known by the latest time that was seen.
async function noteTime() {
  const now = Date.now();
  if (!bundle || now <= bundle.seenAt) return;
  bundle.seenAt = now;
  await store?.note(now).catch(() => undefined);
}

async function take(fresh) {
  const next = { ...fresh, seenAt: Date.now() };
  if (standing(next, Date.now()).fault === "too_old") throw new Refused("old_bundle");
  await store.write(next);
  bundle = next;
}

// `isQuiet`: nobody asked for it, so only success is told.
async function refresh(isQuiet) {
  if (!isAble || !store) return;
  if (isQuiet && (!bundle || !navigator.onLine || Date.now() - askedAt < MINUTE)) return;
  askedAt = Date.now();
  at("load").disabled = true;
  if (!isQuiet) told("loading");
  try {
    await take(await fetched(BUNDLE, bundle, pinned));
    told("loaded");
    navigator.storage?.persist?.().catch(() => undefined);
  } catch (error) {
    const code = error instanceof Refused ? error.code : "no_storage";
    if (!isQuiet) told(code, code === "signed_out");
  }
  at("load").disabled = false;
  showAge();
}

// What lies on the phone is verified each time it is opened.
async function openKept() {
  try {
    store = await openStore();
  } catch {
    return told("no_storage");
  }
  const kept = await store.read();
  if (!kept || !isAble) return undefined;
  try {
    bundle = { ...(await verified(kept, pinned)), seenAt: kept.seenAt };
  } catch {
    await store.clear();
    told("kept_is_bad");
  }
  return undefined;
}

function facts({ label, product }) {
  const rows = [
    ["product", product?.name],
    ["maker", product?.maker],
    ["registration", label?.registration],
    ["batch", label?.batch],
    ["expires", label?.day],
    ["code", label?.code.replace(/(.{4})(?=.)/g, "$1 ")],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => {
    const row = at("fact").content.firstElementChild.cloneNode(true);
    row.querySelector("dt").textContent = say(`fact.${name}`);
    row.querySelector("dd span").textContent = value;
    return row;
  });
}

async function check(text) {
  await noteTime();
  if (showAge()) return at("data").scrollIntoView({ block: "start" });
  if (!text.trim()) return told("text_empty");
  const now = Date.now();
  const { age } = standing(bundle, now);
  const answer = await judged(text, bundle, now);
  told("");
  const look = LOOKS[answer.verdict];
  at("verdict").className = `verdict verdict--${look}`;
  at("verdict-icon").replaceChildren(at(`icon-${look}`).content.cloneNode(true));
  at("verdict-title").textContent = say(`verdict.${answer.verdict}`);
  at("verdict-why").textContent = say(`why.${answer.why}`, { age: ageText(age), day: answer.label?.day });
  at("facts").replaceChildren(...facts(answer));
  at("ask").href = `/c?${new URLSearchParams({ text: text.trim() })}`;
  at("ask").hidden = ["too_long", "unreadable"].includes(answer.why);
  at("verdict-part").hidden = false;
  return at("verdict-part").scrollIntoView({ block: "start" });
}

const tick = async () => {
  showAge();
  await noteTime();
  if (Date.now() - askedAt > REFRESH_MILLISECONDS) await refresh(true);
};

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  check(field.value);
});
// A hand scanner ends with the enter key.
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  check(field.value);
});
// A verdict stands beside the label it is of.
field.addEventListener("input", () => {
  at("verdict-part").hidden = true;
});
at("load").addEventListener("click", () => refresh(false));
window.addEventListener("online", () => refresh(true));
document.addEventListener("visibilitychange", () => document.hidden || tick());

isAble = await canVerify(pinned);
await openKept();
showAge();
for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
setInterval(tick, TICK_MILLISECONDS);
refresh(true);
cameraScanner(
  {
    start: at("camera-start"),
    stop: at("camera-stop"),
    panel: at("camera"),
    video: at("camera-video"),
    refused: at("camera-refused"),
  },
  (text) => {
    if (field.value === text && !at("verdict-part").hidden) return false;
    field.value = text;
    check(text);
    return true;
  },
);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/offline/worker.js", { scope: "/offline" });
