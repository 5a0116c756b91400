// The bundle: read, verified and fetched. Its form is drawn in api/offline_bundle.py.
"use strict";

import { keyOf, verify } from "./signatures.js";

const FORMAT = "suiyuan-bundle-1";
const MAX_HOURS = 72;
const HOUR = 3_600_000;

// Why a bundle is not taken; `code` is the name of a sentence.
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

// A bundle that holds: {seal, content, madeAt, validUntil} in milliseconds, and the label keys by number.
// Throws Refused: `bad_bundle` for what is no whole bundle, `wrong_key` where the pinned key did not sign it.
export async function verified({ seal, content }, pinned) {
  if (!seal || !content || seal.format !== FORMAT || typeof seal.signature !== "string") throw new Refused("bad_bundle");
  const { signature, ...statement } = seal;
  if (!(await holds(pinned, signature, statement))) throw new Refused("wrong_key");
  if ((await digestOf(content)) !== seal.content_sha256) throw new Refused("bad_bundle");
  const madeAt = Date.parse(seal.made_at);
  // Seventy-two hours whatever it says of itself.
  const validUntil = Math.min(Date.parse(seal.valid_until), madeAt + MAX_HOURS * HOUR);
  if (Number.isNaN(madeAt) || Number.isNaN(validUntil)) throw new Refused("bad_bundle");
  return { seal, content, madeAt, validUntil };
}

async function holds(pinned, signature, statement) {
  try {
    const bytes = Uint8Array.from(atob(signature), (each) => each.charCodeAt(0));
    return await verify(await keyOf(pinned), bytes, new TextEncoder().encode(canonical(statement)));
  } catch {
    return false;
  }
}

async function digestOf(content) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(content)));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// JSON with one spelling, as trace/ledger/model.py writes it: names sorted, no white space. All names are ASCII.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

// The bundle as of now: all of it, or a fresh seal on the content that is `kept`. Throws Refused.
export async function fetched(address, kept, pinned) {
  const headers = kept ? { "If-None-Match": `W/"${kept.seal.content_sha256}"` } : {};
  const answer = await fetch(address, { headers, cache: "no-store", redirect: "manual" }).catch(() => null);
  if (answer === null) throw new Refused("offline");
  // Who is signed out is led to the page for it, which is not what was asked for.
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Refused("signed_out");
  if (answer.status === 403) throw new Refused("not_allowed");
  if (answer.status === 304 && kept) return verified({ seal: sealOf(answer), content: kept.content }, pinned);
  if (!answer.ok) throw new Refused("refused");
  return verified(await partsOf(answer), pinned);
}

async function partsOf(answer) {
  try {
    const { content, ...seal } = await answer.json();
    return { seal, content };
  } catch {
    throw new Refused("bad_bundle");
  }
}

function sealOf(answer) {
  try {
    const bytes = Uint8Array.from(atob(answer.headers.get("Suiyuan-Seal")), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Refused("bad_bundle");
  }
}
