// What this phone keeps of sample sheets: the one being written, those not sent yet, and who the inspectors are.
// Each party's things lie apart; signing out takes them away (../sign-out.js).
"use strict";

const PREFIX = "suiyuan.sheets.";
const OWNER = "suiyuan.sheets-owner";

// A name for one sending (RFC 9562, version 4). Browsers give one themselves only over HTTPS.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Whose sheets these are: said by the page while it is online, remembered while it is not.
export function ownerOf(said) {
  if (said) localStorage.setItem(OWNER, said);
  return said || localStorage.getItem(OWNER) || "";
}

export class Store {
  constructor(owner) {
    this.key = PREFIX + owner;
  }

  read() {
    const kept = localStorage.getItem(this.key);
    return { draft: null, habits: null, queue: [], ...(kept ? JSON.parse(kept) : {}) };
  }

  // Reads again before it writes: the same page may be open twice.
  update(change) {
    const kept = this.read();
    change(kept);
    localStorage.setItem(this.key, JSON.stringify(kept));
    return kept;
  }

  change(id, values) {
    return this.update((kept) => {
      kept.queue = kept.queue.map((each) => (each.id === id ? { ...each, ...values } : each));
    });
  }

  drop(keep) {
    return this.update((kept) => {
      kept.queue = kept.queue.filter(keep);
    });
  }

  // Sheets of other parties that still wait on this phone: how many, and no more than that.
  waitingOfOthers() {
    const others = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && key !== this.key);
    return others.reduce((sum, key) => sum + (JSON.parse(localStorage.getItem(key)).queue || []).length, 0);
  }
}
