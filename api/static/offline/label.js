// What a scanned text is: a signed label, or what else. The form is drawn in trace/codes/signing.py.
"use strict";

// What the largest QR symbol carries: trace/kernel/limits.py, MAX_SCANNED_CHARACTERS.
const MAX_CHARACTERS = 4296;
const SIGNATURE_BYTES = 64;

const SIGNED =
  /^(?:.*\/c\/)?([0-9A-Za-z]{1,40})#(1\.([0-9]{1,6})\.([0-9]{8})\.([^.#\s]{1,600})\.([^.#\s]{0,2400}))\.([0-9]{155})$/s;
// What begins as a signed label and does not hold to its end is a bad signature, not none.
const BEGINS_SIGNED = /[0-9A-Za-z]#1\.[0-9]{1,6}\.[0-9]{8}\./;
const HAS_CODE = /[0-9A-Za-z]{8}/;

// {fault} where there is nothing to verify; else what is stated, what was signed, and by which key.
export function read(scanned) {
  if (scanned.length > MAX_CHARACTERS) return { fault: "too_long" };
  const text = scanned.trim();
  const found = SIGNED.exec(text);
  if (!found) {
    if (BEGINS_SIGNED.test(text)) return { fault: "bad_signature" };
    return { fault: HAS_CODE.test(text.replace(/[\s-]/g, "")) ? "unsigned" : "unreadable" };
  }
  const [, code, head, key, expires, batch, registration, digits] = found;
  const signature = bytesOf(BigInt(digits));
  const day = `${expires.slice(0, 4)}-${expires.slice(4, 6)}-${expires.slice(6)}`;
  if (!signature || !isDay(day)) return { fault: "bad_signature" };
  return {
    code,
    key: Number(key),
    day,
    batch: plain(batch),
    registration: plain(registration),
    signature,
    signed: new TextEncoder().encode(`suiyuan label\n${code}\n${head}`),
  };
}

// The 64 bytes of a signature written as one number, or null where it is too large for them.
function bytesOf(number) {
  const hex = number.toString(16).padStart(2 * SIGNATURE_BYTES, "0");
  if (hex.length > 2 * SIGNATURE_BYTES) return null;
  return Uint8Array.from({ length: SIGNATURE_BYTES }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

function isDay(day) {
  const instant = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(day);
}

// What is malformed was not written by the service: its signature will not hold.
function plain(encoded) {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
