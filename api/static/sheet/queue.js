// Sheets that are saved on this phone: shown, and sent one by one when there is a signal.
"use strict";

export const WAITING = "waiting";
export const SENT = "sent";
export const REFUSED = "refused";

const GONE = { state: SENT, sheet: null, held: null };
const MOST_OFFENDERS = 5;

// The codes that a refusal names, the first few of them.
export const offenders = (problem) => ((problem.evidence && problem.evidence.codes) || []).slice(0, MOST_OFFENDERS);

export class Queue {
  // `told`: what the page says beside the list. `mend`: puts a refused sheet back into the form.
  constructor(store, parts, words, { told, mend }) {
    Object.assign(this, { store, parts, words, told, mend, isSending: false });
  }

  // `held`: the fields of the form, to be mended; `sheet`: what is sent.
  add({ id, held, sheet }) {
    this.store.update((kept) => {
      kept.queue = [...kept.queue.filter((each) => each.id !== id), { id, held, sheet, state: WAITING }];
      kept.draft = null;
    });
    this.show();
  }

  show() {
    const { queue } = this.store.read();
    this.parts.list.replaceChildren(...queue.map((each) => this.item(each)));
    const waiting = queue.filter((each) => each.state === WAITING).length;
    this.parts.count.textContent = waiting ? this.words.waiting_count.replace("%", String(waiting)) : "";
    this.parts.section.hidden = !queue.length;
    this.parts.send.hidden = !waiting;
  }

  item(each) {
    const item = this.parts.item.content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(`[data-part="${name}"]`);
    item.dataset.state = each.state;
    part("number").textContent = each.number || each.sheet.sample_number;
    part("state").textContent = this.words[each.state];
    part("state").className = `badge badge--${{ [SENT]: "good", [REFUSED]: "bad" }[each.state] || "plain"}`;
    const lines = each.state === SENT ? each.answer.lines : each.state === REFUSED ? each.problem.lines : [];
    part("lines").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    part("page").hidden = part("file").hidden = each.state !== SENT;
    if (each.state === SENT) {
      part("page").href = each.answer.page;
      part("file").href = each.answer.file;
    }
    part("done").hidden = each.state !== SENT;
    part("mend").hidden = part("discard").hidden = each.state === SENT;
    part("done").addEventListener("click", () => this.remove(each.id));
    part("mend").addEventListener("click", () => this.mend(each));
    part("discard").addEventListener("click", () => {
      if (window.confirm(this.words.discard_sure)) this.remove(each.id);
    });
    return item;
  }

  remove(id) {
    this.store.drop((each) => each.id !== id);
    this.show();
  }

  // Sends all that waits. Stops at the first that gets no answer; what was sent and not answered is sent again under
  // the same name, and carried out once.
  async send() {
    if (this.isSending || !this.store.read().queue.some((each) => each.state === WAITING)) return;
    this.isSending = true;
    this.told(this.words.sending);
    try {
      const session = await this.session();
      let each;
      while (session && (each = this.store.read().queue.find((one) => one.state === WAITING))) {
        if (!(await this.sendOne(each, session))) break;
        this.told("");
      }
    } finally {
      this.isSending = false;
      this.show();
    }
  }

  // A fresh token, and whose it is. Null, and said why, where nothing can be sent now.
  async session() {
    const answer = await fetch("/desk/sheets/session", { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer === null || answer.status >= 500) this.told(this.words.no_signal);
    else if (!answer.ok) this.told(this.words.signed_out, "/sign-in");
    else {
      const session = await answer.json();
      if (this.store.key.endsWith(session.owner)) return session;
      this.told(this.words.other_party);
    }
    return null;
  }

  async sendOne(each, session) {
    const sheet = { ...each.sheet, sent_at: new Date().toISOString() };
    const answer = await fetch("/desk/sheets", {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ csrf: session.csrf, once: each.id, sheet }),
    }).catch(() => null);
    if (answer === null || answer.status >= 500 || !/json/.test(answer.headers.get("Content-Type") || "")) {
      this.told(this.words.no_signal);
      return false;
    }
    const said = await answer.json();
    if (answer.ok) {
      // Accepted: the sheet itself leaves the phone, its number and its link stay until they were seen.
      this.store.change(each.id, { ...GONE, answer: said, number: each.sheet.sample_number });
    } else if (answer.status === 401 || answer.status === 403) {
      // Of the session and not of the sheet: it waits on.
      this.told(said.detail, "/sign-in");
      return false;
    } else {
      const problem = { field: said.field || "", detail: said.detail, lines: [said.detail, ...offenders(said)] };
      this.store.change(each.id, { state: REFUSED, problem });
    }
    this.show();
    return true;
  }
}
