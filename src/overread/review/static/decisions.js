// The reader's decision on each sentence, and on the draft. Nothing is decided before the reader decides it.
import { notTold, untold } from "./critical.js";

const TITLES = { sign: "Sign this report", revise: "Send the draft back", reject: "Reject the draft" };
const MEANINGS = {
  sign: "By signing you take responsibility for this report as it stands. The draft is kept beside it.",
  revise: "A new draft is written: what you left out stays out, your words stand. Decide on each sentence again.",
  reject: "No report leaves. The draft and its evidence stay on file.",
};

export class Decisions {
  constructor(article, send, say) {
    this.article = article;
    this.form = article.querySelector("#decision");
    this.items = [...article.querySelectorAll(".sentence")];
    this.waiting = this.items.filter((item) => item.dataset.waits !== "no");
    this.made = new Map();
    this.pending = null;
    this.sending = false;
    this.send = send;
    this.say = say;
    if (!this.form) return;
    article.addEventListener("input", () => this.update());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.form.querySelector("#sign").disabled) this.ask("sign");
    });
    this.form.querySelector("#revise").addEventListener("click", () => this.ask("revise"));
    this.form.querySelector("#refuse").addEventListener("click", () => this.ask("reject"));
    this.form.querySelector("#cancel").addEventListener("click", () => this.ask(null));
    this.form.querySelector("#confirm").addEventListener("click", () => this.submit());
    this.update();
  }

  act(item, action) {
    if (!this.form || this.sending) return;
    const id = item.dataset.statement;
    const undo = this.made.get(id) === action;
    if (undo) this.made.delete(id);
    else this.made.set(id, action);
    item.dataset.decision = undo ? "" : action;
    for (const button of item.querySelectorAll("[data-act]"))
      button.setAttribute("aria-pressed", String(!undo && button.dataset.act === action));
    const words = item.querySelector(".words");
    words.hidden = undo || action === "accept";
    words.querySelector(".new").hidden = action !== "edit";
    const text = words.querySelector("[data-field=text]");
    if (action === "edit" && !undo) {
      text.value = text.value || item.dataset.text;
      text.focus();
    }
    if (action === "reject" && !undo) words.querySelector("[data-field=reason]").focus();
    this.update();
  }

  one(item) {
    const field = (name) => item.querySelector(`[data-field=${name}]`).value.trim();
    const action = this.made.get(item.dataset.statement);
    if (action === "accept") return { statement_id: item.dataset.statement, action };
    const text = action === "edit" ? { text: field("text") } : {};
    return { statement_id: item.dataset.statement, action, ...text, reason: field("reason") };
  }

  open() {
    return this.waiting.filter((item) => !this.made.has(item.dataset.statement)).length;
  }

  decided() {
    return this.items.filter((item) => this.made.has(item.dataset.statement));
  }

  // What still keeps the report from being signed, in words.
  missing() {
    const open = this.open();
    const bare = this.items.filter((item) => {
      if (!["edit", "reject"].includes(this.made.get(item.dataset.statement))) return false;
      const made = this.one(item);
      return !made.reason || (made.action === "edit" && !made.text);
    }).length;
    const why = [];
    if (open) why.push(`${open} undecided`);
    if (bare) why.push(`${bare} without a reason`);
    const alerts = untold(this.article, this.made).length;
    if (alerts) why.push(`${alerts} critical result${alerts > 1 ? "s" : ""} told to nobody (c)`);
    if (!this.form.querySelector("#reviewer").value.trim()) why.push("no reviewer named");
    return why;
  }

  update() {
    if (!this.form) return;
    const why = this.missing();
    this.form.querySelector("[data-count]").textContent = `${this.waiting.length - this.open()} of ${this.waiting.length} decided`;
    this.form.querySelector("[data-why]").textContent = why.length ? `Cannot be signed yet: ${why.join(", ")}.` : "";
    this.form.querySelector("#sign").disabled = this.sending || why.length > 0;
    for (const item of this.items) item.querySelector(".words")?.classList.toggle("bare", this.bare(item));
    if (this.pending === "sign" && why.length) this.ask(null);
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
    panel.querySelector("[data-title]").textContent = TITLES[decision];
    panel.querySelector("[data-meaning]").textContent = MEANINGS[decision];
    panel.querySelector("[data-comment]").hidden = decision === "sign";
    panel.querySelector("[data-summary]").replaceChildren(...(decision === "sign" ? this.changes() : []));
    (decision === "sign" ? panel.querySelector("#confirm") : panel.querySelector("#comment")).focus();
    panel.scrollIntoView({ block: "nearest" });
  }

  changes() {
    const lines = [`${this.count("accept")} accepted, ${this.count("edit")} edited, ${this.count("reject")} left out`];
    const nodes = lines.map((line) => node("li", line));
    for (const item of this.decided()) {
      const made = this.one(item);
      if (made.action === "accept") continue;
      const line = node("li", "");
      line.append(node("del", item.dataset.text));
      if (made.action === "edit") line.append(" ", node("ins", made.text));
      line.append(` (${made.reason})`);
      nodes.push(line);
    }
    return nodes;
  }

  count(action) {
    return [...this.made.values()].filter((one) => one === action).length;
  }

  submit() {
    const comment = this.form.querySelector("#comment").value.trim();
    if (this.pending !== "sign" && !comment) {
      this.say("Say why, in the field above, before you confirm.", "error");
      this.form.querySelector("#comment").focus();
      return;
    }
    if (!this.form.querySelector("#reviewer").value.trim()) {
      this.say("Name the reviewer first.", "error");
      this.form.querySelector("#reviewer").focus();
      return;
    }
    this.sending = true;
    this.form.querySelector("#confirm").disabled = true;
    this.form.querySelector("#confirm").textContent = "Sending …";
    this.send("decide_case", {
      token: this.article.dataset.token,
      decision: this.pending,
      reviewer: this.form.querySelector("#reviewer").value.trim(),
      role: this.form.querySelector("#role").value,
      comment: this.pending === "sign" ? null : comment,
      statements: this.pending === "reject" ? [] : this.decided().map((item) => this.one(item)),
      not_told: notTold(this.article),
    });
  }

  settle() {
    this.sending = false;
    if (!this.form) return;
    const confirm = this.form.querySelector("#confirm");
    confirm.disabled = false;
    confirm.textContent = "Confirm";
    this.update();
  }

  unsaved() {
    return this.made.size > 0;
  }
}

function node(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
