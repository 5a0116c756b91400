// The one bundle that this phone keeps. Nothing that was scanned is kept.
"use strict";

const DATABASE = "suiyuan-offline";
const STORE = "bundle";
const KEY = "current";

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Throws where the browser lets a page keep nothing.
export async function openStore() {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await done(opening);
  const within = (mode) => database.transaction(STORE, mode).objectStore(STORE);
  return {
    read: () => done(within("readonly").get(KEY)),
    write: (bundle) => done(within("readwrite").put(bundle, KEY)),
    clear: () => done(within("readwrite").delete(KEY)),
  };
}
