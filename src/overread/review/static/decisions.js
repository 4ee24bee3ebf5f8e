// The reader's decision on each sentence, each finding, and on the draft. Nothing is decided before the reader decides it.
import { notTold, untold } from "./critical.js";
import { Findings } from "./findings.js";
import { Live } from "./live.js";
import { called } from "./signing.js";
import { node, Track } from "./track.js";
import { gettext, gettext_noop, ngettext } from "./wording.js";

const TITLES = { revise: gettext_noop("Send the draft back"), reject: gettext_noop("Reject the draft") };
const MEANINGS = {
  revise: gettext_noop("A new draft is written: what you left out stays out, your words and findings stand. Decide on each sentence again."),
  reject: gettext_noop("No report leaves. The draft and its evidence stay on file."),
};
const counted = {
  accepted: (count) => ngettext("{count} accepted", "{count} accepted", count),
  edited: (count) => ngettext("{count} edited", "{count} edited", count),
  out: (count) => ngettext("{count} left out", "{count} left out", count),
  changed: (count) => ngettext("{count} finding changed", "{count} findings changed", count),
  added: (count) => ngettext("{count} added", "{count} added", count),
};

export class Decisions {
  constructor(article, send, say, signing) {
    this.article = article;
    this.form = article.querySelector("#decision");
    this.items = [...article.querySelectorAll(".sentence")];
    this.waiting = this.items.filter((item) => item.dataset.waits !== "no");
    this.made = new Map();
    this.pending = null;
    this.sending = false;
    this.send = send;
    this.say = say;
    this.signing = signing;
    this.track = new Track(article);
    this.findings = new Findings(article, this);
    if (!this.form) return;
    this.live = new Live(article, this);
    article.addEventListener("input", () => this.update());
    article.addEventListener("change", () => this.update());
    for (const settle of article.querySelectorAll("[data-settle]")) settle.addEventListener("click", () => this.settleConflict(settle));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.form.querySelector("#sign").disabled) this.sign();
    });
    this.form.querySelector("#revise").addEventListener("click", () => this.ask("revise"));
    this.form.querySelector("#refuse").addEventListener("click", () => this.ask("reject"));
    this.form.querySelector("#cancel").addEventListener("click", () => this.ask(null));
    this.form.querySelector("#confirm").addEventListener("click", () => this.submit());
    this.update();
    this.restored = this.live.begin();
  }

  item(id) {
    return this.items.find((one) => one.dataset.statement === id);
  }

  act(item, action) {
    if (!this.form || this.sending) return;
    const undo = this.made.get(item.dataset.statement) === action;
    // A finding is decided once: who decides on its sentence takes back what was changed of it.
    if (this.follows(item) || action !== "accept") for (const id of ofItem(item)) this.findings.forget(id);
    this.mark(item, undo ? null : action);
    const words = item.querySelector(".words");
    const text = words.querySelector("[data-field=text]");
    if (action === "edit" && !undo) {
      text.value = text.value || item.dataset.text;
      text.focus();
    }
    if (action === "reject" && !undo) words.querySelector("[data-field=reason]").focus();
    this.update();
  }

  mark(item, action) {
    if (action) this.made.set(item.dataset.statement, action);
    else this.made.delete(item.dataset.statement);
    item.dataset.decision = action || "";
    for (const button of item.querySelectorAll("[data-act]")) button.setAttribute("aria-pressed", String(button.dataset.act === action));
    const words = item.querySelector(".words");
    words.hidden = !action || action === "accept";
    words.querySelector(".new").hidden = action !== "edit";
  }

  // A sentence whose findings were all changed needs no decision of its own.
  follows(item) {
    const ids = ofItem(item);
    return ids.length > 0 && ids.every((id) => this.findings.changed.has(id));
  }

  // A finding was changed: what was decided on sentences that speak of it is taken back, but for the acceptance of the rest.
  freed(id) {
    for (const item of this.items)
      if (ofItem(item).includes(id) && (this.follows(item) || this.made.get(item.dataset.statement) !== "accept")) this.mark(item, null);
  }

  settleConflict(button) {
    const label = button.nextElementSibling;
    label.hidden = !label.hidden;
    button.setAttribute("aria-expanded", String(!label.hidden));
    if (label.hidden) label.querySelector("input").value = "";
    else label.querySelector("input").focus();
    this.update();
  }

  resolutions() {
    const all = [...this.article.querySelectorAll(".settle")];
    return all.map((one) => ({ conflict_id: one.dataset.conflict, reason: one.querySelector("input").value.trim() })).filter((one) => one.reason);
  }

  one(item) {
    const field = (name) => item.querySelector(`[data-field=${name}]`).value.trim();
    const action = this.made.get(item.dataset.statement);
    if (action === "accept") return { statement_id: item.dataset.statement, action };
    const text = action === "edit" ? { text: field("text") } : {};
    return { statement_id: item.dataset.statement, action, ...text, reason: field("reason") };
  }

  open() {
    return this.waiting.filter((item) => !this.made.has(item.dataset.statement) && !this.follows(item)).length;
  }

  decided() {
    return this.items.filter((item) => this.made.has(item.dataset.statement));
  }

  // All that was decided up to now, as it is kept, looked over and signed.
  kept() {
    return { statements: this.decided().map((item) => this.one(item)), ...this.findings.kept(), resolutions: this.resolutions() };
  }

  restore(kept) {
    for (const one of kept.statements || []) {
      const item = this.item(one.statement_id);
      if (!item) continue;
      this.mark(item, one.action);
      for (const name of ["text", "reason"]) item.querySelector(`[data-field=${name}]`).value = one[name] || "";
    }
    for (const one of kept.resolutions || []) {
      const settle = this.article.querySelector(`.settle[data-conflict="${CSS.escape(one.conflict_id)}"]`);
      if (!settle) continue;
      settle.querySelector("label").hidden = false;
      settle.querySelector("input").value = one.reason || "";
    }
    this.findings.restore(kept);
    this.update();
    document.activeElement?.blur();
  }

  // What still keeps the report from being signed, in words.
  missing() {
    const open = this.open();
    const bare = this.findings.missing() + this.items.filter((item) => {
      if (!["edit", "reject"].includes(this.made.get(item.dataset.statement))) return false;
      const made = this.one(item);
      return !made.reason || (made.action === "edit" && !made.text);
    }).length;
    const why = [];
    if (open) why.push(ngettext("{count} undecided", "{count} undecided", open));
    if (bare) why.push(ngettext("{count} without a reason", "{count} without a reason", bare));
    const alerts = untold(this.article, this).length;
    if (alerts) why.push(ngettext("{count} critical result told to nobody (c)", "{count} critical results told to nobody (c)", alerts));
    if (!this.form.querySelector("#reviewer").value.trim()) why.push(gettext("no reviewer named"));
    return why;
  }

  update() {
    if (!this.form) return;
    const why = this.missing();
    this.form.querySelector("[data-count]").textContent = gettext("{done} of {all} decided", { done: this.waiting.length - this.open(), all: this.waiting.length });
    this.form.querySelector("[data-why]").textContent = why.length ? gettext("Cannot be signed yet: {reasons}.", { reasons: why.join(", ") }) : "";
    this.form.querySelector("#sign").disabled = this.sending || why.length > 0;
    for (const item of this.items) {
      item.querySelector(".words")?.classList.toggle("bare", this.bare(item));
      item.classList.toggle("follows", this.follows(item));
    }
    this.findings.refresh();
    this.live?.changed();
  }

  bare(item) {
    const action = this.made.get(item.dataset.statement);
    return (action === "edit" || action === "reject") && !this.one(item).reason;
  }

  ask(decision) {
    this.pending = decision;
    const panel = this.form.querySelector("[data-confirm]");
    panel.hidden = !decision;
    if (!decision) return;
    panel.querySelector("[data-title]").textContent = gettext(TITLES[decision]);
    panel.querySelector("[data-meaning]").textContent = gettext(MEANINGS[decision]);
    panel.querySelector("#comment").focus();
    panel.scrollIntoView({ block: "nearest" });
  }

  // What is signed is composed by the server now, and compared with the draft as it is now.
  async sign() {
    if (this.sending || this.asking) return;
    this.asking = true;
    this.ask(null);
    await this.live.look();
    const decided = { ...this.signer(), ...this.kept(), not_told: notTold(this.article) };
    const shown = await called("report_to_sign", { case_id: this.article.dataset.case, draft_digest: this.article.dataset.draft, ...decided });
    this.asking = false;
    if (shown.error) return this.say(gettext("Not done: {error}.", { error: shown.error }), shown.status === 409 ? "stale" : "error");
    const send = (signature) => {
      this.sending = true;
      this.send("decide_case", { token: this.article.dataset.token, decision: "sign", ...decided, ...signature });
    };
    this.signing.open(shown, { title: gettext("Sign this report"), name: shown.name, changes: this.summary(), send });
  }

  signer() {
    return { reviewer: this.form.querySelector("#reviewer").value.trim(), role: this.form.querySelector("#role").value };
  }

  summary() {
    const { findings, added } = this.findings.kept();
    const counts = [counted.accepted(this.count("accept")), counted.edited(this.count("edit")), counted.out(this.count("reject"))];
    if (findings.length) counts.push(counted.changed(findings.length));
    if (added.length) counts.push(counted.added(added.length));
    const reasons = [...this.decided().map((item) => this.one(item)), ...findings].map((one) => one.reason).filter(Boolean);
    const lines = [node("li", counts.join(", ")), ...this.track.changes()];
    if (reasons.length) lines.push(node("li", gettext("Reasons: {reasons}", { reasons: [...new Set(reasons)].join("; ") }), "dim"));
    const notes = this.track.shown?.notes.length;
    if (notes) lines.push(node("li", ngettext("{count} note to look at", "{count} notes to look at", notes), "note"));
    return lines;
  }

  count(action) {
    return [...this.made.values()].filter((one) => one === action).length;
  }

  submit() {
    const comment = this.form.querySelector("#comment").value.trim();
    if (!comment) {
      this.say(gettext("Say why, in the field above, before you confirm."), "error");
      this.form.querySelector("#comment").focus();
      return;
    }
    if (!this.signer().reviewer) {
      this.say(gettext("Name the reviewer first."), "error");
      this.form.querySelector("#reviewer").focus();
      return;
    }
    this.sending = true;
    this.form.querySelector("#confirm").disabled = true;
    this.form.querySelector("#confirm").textContent = gettext("Sending …");
    this.send("decide_case", {
      token: this.article.dataset.token,
      decision: this.pending,
      ...this.signer(),
      comment,
      ...(this.pending === "reject" ? {} : this.kept()),
      not_told: notTold(this.article),
    });
  }

  settle() {
    this.sending = false;
    if (!this.form) return;
    const confirm = this.form.querySelector("#confirm");
    confirm.disabled = false;
    confirm.textContent = gettext("Confirm");
    this.update();
  }

  async flush() {
    if (this.unsaved()) await this.live.keep(this.live.last);
  }

  // What is open of the form and its panels, for the same draft drawn anew.
  held() {
    return { pending: this.pending, adding: this.findings.box?.hidden === false, place: this.findings.place };
  }

  resume({ pending, adding, place }) {
    if (!this.form) return;
    this.findings.place = place;
    if (adding) this.findings.open(true);
    if (pending) this.ask(pending);
  }

  unsaved() {
    return this.live ? this.live.unsaved() : false;
  }

  async copy() {
    await navigator.clipboard.writeText(this.track.text());
    this.say(gettext("The report is copied as plain text."), "done");
  }

  dispose() {
    this.live?.dispose();
  }
}

function ofItem(item) {
  return (item.dataset.findings || "").split(" ").filter(Boolean);
}
