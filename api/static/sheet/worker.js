// Keeps the page of the sample sheet at hand where there is no signal: its shell, which says nothing of anybody, its
// scripts and its style. All else goes to the network.
"use strict";

const CACHE = "suiyuan-sheets-1";
const PAGE = "/desk/sheets/new";
const SHELL = "/desk/sheets/shell";
const ASSETS = [
  "/static/suiyuan.css",
  "/static/sheet/page.css",
  "/static/favicon.svg",
  "/static/scan.js",
  ...["page", "camera", "form", "pad", "queue", "store"].map((name) => `/static/sheet/${name}.js`),
];
const PATIENCE_MILLISECONDS = 4000;

const keep = async (address) => {
  const answer = await fetch(address, { cache: "no-cache" });
  // Who is signed out is led elsewhere: that page is not this one.
  if (answer.ok && !answer.redirected) await (await caches.open(CACHE)).put(address, answer);
};
const keepAll = () => Promise.allSettled([SHELL, ...ASSETS].map(keep));

const patient = (request) =>
  new Promise((resolve, reject) => {
    setTimeout(reject, PATIENCE_MILLISECONDS);
    fetch(request).then(resolve, reject);
  });

// A weak signal may never answer: after a while what is kept will do.
const freshOr = async (request, address) => {
  try {
    return await patient(request);
  } catch {
    return (await caches.match(address, { cacheName: CACHE })) || fetch(request);
  }
};

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === PAGE) {
    const answer = freshOr(event.request, SHELL);
    event.respondWith(answer);
    event.waitUntil(answer.then(keepAll, () => undefined));
  } else if (ASSETS.includes(pathname)) {
    event.respondWith(freshOr(event.request, pathname));
  }
});
