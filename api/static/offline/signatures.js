// Ed25519 (RFC 8032) by the browser itself. Where it has none nothing is judged: a check that is not made proves nothing.
"use strict";

const NAME = "Ed25519";

// A public key to verify with, from 64 hexadecimal digits. Throws where the browser has no Ed25519 or the key is none.
export function keyOf(hex) {
  const bytes = Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  return crypto.subtle.importKey("raw", bytes, NAME, false, ["verify"]);
}

export const verify = (key, signature, message) => crypto.subtle.verify(NAME, key, signature, message);

// Whether this browser can: over HTTPS or on the machine itself, and new enough.
export async function canVerify(hex) {
  try {
    await keyOf(hex);
    return true;
  } catch {
    return false;
  }
}
