// Keeps the page that checks labels at hand where there is no signal: the page, its scripts and its style. All else goes
// to the network, the bundle too: the page keeps that by itself, verified.
"use strict";

const CACHE = "suiyuan-offline-1";
const PAGE = "/offline";
const ASSETS = [
  "/static/suiyuan.css",
  "/static/favicon.svg",
  "/static/sheet/camera.js",
  "/static/offline/page.css",
  ...["page", "bundle", "judge", "label", "signatures", "store"].map((name) => `/static/offline/${name}.js`),
];
const PATIENCE_MILLISECONDS = 4000;

const keep = async (address) => {
  const answer = await fetch(address, { cache: "no-cache" });
  if (answer.ok && !answer.redirected) await (await caches.open(CACHE)).put(address, answer);
};
const keepAll = () => Promise.allSettled([PAGE, ...ASSETS].map(keep));

const patient = (request) =>
  new Promise((resolve, reject) => {
    setTimeout(reject, PATIENCE_MILLISECONDS);
    fetch(request).then(resolve, reject);
  });

// A weak signal may never answer, and a weak service answers with a fault: what is kept will do.
const freshOr = async (request, address) => {
  const kept = () => caches.match(address, { cacheName: CACHE, ignoreVary: true });
  try {
    const answer = await patient(request);
    return answer.status < 500 ? answer : (await kept()) || answer;
  } catch {
    return (await kept()) || fetch(request);
  }
};

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === PAGE) {
    const answer = freshOr(event.request, PAGE);
    event.respondWith(answer);
    event.waitUntil(answer.then(keepAll, () => undefined));
  } else if (ASSETS.includes(pathname)) {
    event.respondWith(freshOr(event.request, pathname));
  }
});
