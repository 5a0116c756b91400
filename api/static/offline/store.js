// The one bundle that this phone keeps. Nothing that was scanned is kept.
"use strict";

const DATABASE = "suiyuan-offline";
const STORE = "bundle";
const KEY = "current";
// Apart from the bundle, which is large: the latest time that this phone has shown since.
const SEEN = "seen";

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
    async read() {
      const held = within("readonly");
      const [bundle, seenAt] = await Promise.all([done(held.get(KEY)), done(held.get(SEEN))]);
      return bundle && { ...bundle, seenAt: Number(seenAt) || 0 };
    },
    async write({ seenAt, ...bundle }) {
      const held = within("readwrite");
      await Promise.all([done(held.put(bundle, KEY)), done(held.put(seenAt, SEEN))]);
    },
    note: (seenAt) => done(within("readwrite").put(seenAt, SEEN)),
    clear: () => done(within("readwrite").clear()),
  };
}
