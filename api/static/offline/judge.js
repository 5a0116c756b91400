// Whether the data may judge at all, and what it makes of a label. Told the time; keeps nothing.
"use strict";

import { read } from "./label.js";
import { keyOf, verify } from "./signatures.js";

const BEIJING = 8 * 3_600_000;

// Clocks of phones are set by the network and jump by seconds; a wrong one is off by more.
const TOLERANCE = 2 * 60_000;

// How old the data is, in milliseconds, and why it judges nothing: `clock_behind`, `clock_back`, `too_old`, or null.
// `seenAt`: the latest time this phone has shown since the data came.
export function standing({ madeAt, validUntil, seenAt }, now) {
  const age = Math.max(0, now - madeAt);
  if (now < madeAt - TOLERANCE) return { age, fault: "clock_behind" };
  if (now < seenAt - TOLERANCE) return { age, fault: "clock_back" };
  return { age, fault: now >= validUntil ? "too_old" : null };
}

// The verdict on a scanned text by a bundle: {verdict, why, label, product}. The first that holds decides, the gravest
// first, as in trace/verification/judge.py.
export async function judged(scanned, { content }, now) {
  const label = read(scanned);
  if (label.fault) return said(label.fault === "bad_signature" ? "suspect" : "unknown", label.fault);
  const known = content.label_keys.find((each) => each.number === label.key);
  if (!known) return said("unknown", "unknown_key");
  if (!(await verify(await keyOf(known.public_key), label.signature, label.signed))) {
    return said("suspect", "bad_signature");
  }
  const product = productOf(content.products, label);
  const [verdict, why] = found(content.stops, label, product, now);
  return said(verdict, why, label, product);
}

const said = (verdict, why, label = null, product = null) => ({ verdict, why, label, product });

function found(stops, label, product, now) {
  const named = stops.filter(
    (each) => each.registration_number === label.registration && each.batch_number === label.batch,
  );
  // Without a registration number, or with another last day, it may be another batch of the same number.
  const own = named.filter((each) => label.registration && each.expires_on === label.day);
  const whole = own.filter((each) => each.is_whole);
  const stop = whole.find((each) => each.kind !== "maker_denies");
  if (stop) return ["stop", `stop_${stop.kind}`];
  // The last day counts as in date, and days are China's.
  if (label.day < new Date(now + BEIJING).toISOString().slice(0, 10)) return ["expired", "expired"];
  if (whole.length) return ["suspect", "denied"];
  if (own.length) return ["part", "part"];
  if (named.length) return ["part", "namesake"];
  return product ? ["signed", "signed"] : ["unknown", "unknown_product"];
}

// A registration number may stand for several products: their names together.
function productOf(products, { registration }) {
  const own = products.filter((each) => each.registration_number === registration);
  if (!registration || !own.length) return null;
  const together = (name) => [...new Set(own.map((each) => each[name]))].join(" / ");
  return { name: together("name"), maker: together("maker") };
}
