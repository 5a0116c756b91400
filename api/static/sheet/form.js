// The form of a sheet ↔ the document that is sent. Names of fields are paths in it: "inspectors.0.name".
"use strict";

const BEIJING = 8 * 3600 * 1000;
const UNSENT = new Set(["csrf", "once"]);
const PLAIN = [
  ...["sample_number", "region_code", "place", "sampled_from_credit_code", "basis", "stage", "plan_number"],
  ...["laboratory_id", "note"],
];

// Where the server's name of a field is another than the form's.
const PLACES = {
  taken_on: "taken_at",
  captured_at: "taken_at",
  sent_at: "taken_at",
  batch_id: "codes",
  spans: "codes",
  sampled_from_id: "sampled_from_credit_code",
  credit_code: "sampled_from_credit_code",
  plan_id: "plan_number",
  acknowledgement: "on_paper",
  signature: "on_paper",
};


export class SheetForm {
  constructor(form, words) {
    this.form = form;
    this.words = words;
  }

  get fields() {
    return [...this.form.elements].filter((field) => field.name && !UNSENT.has(field.name));
  }

  // Field names with what they hold, as they stand.
  values() {
    const held = {};
    for (const field of this.fields) {
      if (field.type === "radio" || field.type === "checkbox") {
        if (field.checked) held[field.name] = field.value;
      } else held[field.name] = field.value;
    }
    return held;
  }

  fill(held) {
    for (const list of ["inspectors", "portions"]) this.makeRows(list, rowsIn(held, list));
    for (const field of this.fields) {
      if (field.type === "radio") {
        if (held[field.name]) field.checked = held[field.name] === field.value;
      } else if (field.type === "checkbox") field.checked = field.name in held;
      else if (field.name in held) field.value = held[field.name];
    }
    this.unmark();
    this.form.dispatchEvent(new Event("filled"));
  }

  // Empties it but for what an inspector writes on every sheet of the day.
  renew(habits) {
    this.form.reset();
    for (const field of this.fields) if (field.type === "hidden") field.value = "";
    this.fill({ ...habits, sample_number: newNumber(this.form.dataset.region), taken_at: here(new Date()) });
  }

  habits() {
    const held = this.values();
    return Object.fromEntries(
      Object.entries(held).filter(([name]) => /^(inspectors\.|region_code$|laboratory_id$|plan_number$|basis$)/.test(name)),
    );
  }

  makeRows(list, count) {
    const rows = () => this.form.querySelectorAll(`[data-row="${list}"]`);
    while (rows().length < count) {
      const last = rows()[rows().length - 1];
      const row = last.cloneNode(true);
      const from = `${list}.${rows().length - 1}.`;
      const to = `${list}.${rows().length}.`;
      for (const part of row.querySelectorAll("*")) {
        for (const name of ["id", "name", "for", "aria-describedby"]) {
          const value = part.getAttribute(name);
          if (value) part.setAttribute(name, value.replaceAll(from, to));
        }
        if ("value" in part && part.tagName === "INPUT") part.value = "";
      }
      for (const number of row.querySelectorAll("[data-number]")) number.textContent = String(rows().length + 1);
      last.after(row);
      clearErrors(row);
    }
  }

  addRow(list) {
    const rows = this.form.querySelectorAll(`[data-row="${list}"]`);
    this.makeRows(list, rows.length + 1);
    this.form.querySelectorAll(`[data-row="${list}"]`)[rows.length].querySelector("input, select").focus();
  }

  // Seal numbers must differ, here and from those of sheets that still wait.
  checkSeals(taken) {
    const seen = new Set(taken.map(plain));
    for (const field of this.fields.filter((each) => each.name.endsWith(".seal_number"))) {
      const number = plain(field.value);
      field.setCustomValidity(number && seen.has(number) ? this.words.same_seal : "");
      if (number) seen.add(number);
      this.say(field, field.validity.customError ? this.words.same_seal : "");
    }
  }

  // One code a line, each once, in the order scanned.
  tidyCodes() {
    const field = this.form.elements.codes;
    const lines = [...new Set(field.value.split("\n").map((line) => line.trim()).filter(Boolean))];
    field.value = lines.length ? `${lines.join("\n")}\n` : "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  addCode(text) {
    const field = this.form.elements.codes;
    const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (lines.includes(text)) return false;
    field.value = `${[...lines, text].join("\n")}\n`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  // What is wrong with a sheet, at the field that the server named; gives that field.
  mark(path, message) {
    this.unmark();
    const name = PLACES[path] || path;
    const field = this.fields.find((each) => each.name === name || each.name === `${name}.0.name`);
    if (field) this.say(field, message);
    return field || null;
  }

  unmark() {
    for (const field of this.fields) this.say(field, "");
  }

  say(field, message) {
    const holder = field.closest(".field");
    if (!holder) return;
    let said = holder.querySelector(".field__error");
    if (!message) {
      if (field.getAttribute("aria-invalid")) clearErrors(holder);
      return;
    }
    if (!said) {
      said = document.createElement("p");
      said.className = "field__error";
      holder.append(said);
    }
    said.id = `${field.id}-error`;
    said.textContent = message;
    holder.classList.add("field--bad");
    field.setAttribute("aria-invalid", "true");
    const hint = document.getElementById(`${field.id}-hint`);
    field.setAttribute("aria-describedby", hint ? `${hint.id} ${said.id}` : said.id);
  }
}

function clearErrors(holder) {
  for (const said of holder.querySelectorAll(".field__error")) said.remove();
  for (const field of holder.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const hint = holder.querySelector(".hint");
    if (hint) field.setAttribute("aria-describedby", hint.id);
    else field.removeAttribute("aria-describedby");
  }
  for (const each of [holder, ...holder.querySelectorAll(".field--bad")]) each.classList.remove("field--bad");
}

const plain = (text) => text.normalize("NFKC").trim().toUpperCase();

const rowsIn = (held, list) =>
  Math.max(0, ...Object.keys(held).filter((name) => name.startsWith(`${list}.`)).map((name) => +name.split(".")[1] + 1));

// The wall clock in China, as a field of day and time has it, wherever the phone thinks it is.
const here = (instant) => new Date(instant.getTime() + BEIJING).toISOString().slice(0, 16);

// The document as the server reads it: dotted names are nested, what was left empty is left out, times have their zone.
export function documentOf(held) {
  const text = (name) => (held[name] || "").trim();
  const isSigned = text("acknowledgement") === "signed";
  const made = {
    codes: text("codes").split("\n").map((line) => line.trim()).filter(Boolean),
    taken_at: `${text("taken_at")}:00+08:00`,
    captured_at: new Date().toISOString(),
    inspectors: rowsOf(held, "inspectors"),
    portions: rowsOf(held, "portions"),
    allows_northern_moisture: "allows_northern_moisture" in held,
    acknowledgement: text("acknowledgement"),
  };
  for (const name of [...PLAIN, ...(isSigned ? ["signed_by", "signature"] : ["refusal_reason"])]) {
    if (text(name)) made[name] = text(name);
  }
  if (text("seed_lot.crop")) {
    made.seed_lot = {};
    for (const name of ["crop", "type", "seed_class", "subspecies"]) made.seed_lot[name] = text(`seed_lot.${name}`);
  }
  return made;
}

// The same fields with rows that say nothing left out and the others numbered anew.
export function compacted(held) {
  const made = Object.fromEntries(Object.entries(held).filter(([name]) => !/^(inspectors|portions)\./.test(name)));
  for (const list of ["inspectors", "portions"]) {
    rowsOf(held, list).forEach((row, number) => {
      for (const [name, value] of Object.entries(row)) made[`${list}.${number}.${name}`] = value;
    });
  }
  return made;
}

function rowsOf(held, list) {
  const found = [];
  for (const [name, value] of Object.entries(held)) {
    const [first, number, last] = name.split(".");
    if (first === list) (found[Number(number)] ||= {})[last] = value.trim();
  }
  return found.filter((row) => Object.entries(row).some(([name, value]) => name !== "role" && value));
}

function newNumber(region) {
  const now = here(new Date(Date.now())).replace(/[-:]/g, "").replace("T", "-");
  const chance = crypto.getRandomValues(new Uint16Array(1))[0].toString(16).toUpperCase().padStart(4, "0");
  return [region, now, chance].filter(Boolean).join("-");
}
