// While decisions are made: the server composes the report as it would be, looks it over, and keeps what was decided.
import { node } from "./track.js";
import { gettext, ngettext } from "./wording.js";

const PAUSE = 350;
const KEPT_ALIVE = 20000; // a browser lets 64 KiB in all outlive their page

export class Live {
  constructor(article, decisions) {
    this.article = article;
    this.decisions = decisions;
    this.last = JSON.stringify(decisions.kept());
    this.looked = this.last;
    this.timer = null;
    this.asked = 0;
    this.ended = false;
    // A reload within the pause takes the last change along.
    this.flush = () => this.unsaved() && this.keep(this.last);
    window.addEventListener("pagehide", this.flush);
  }

  // What was decided here before comes back; of another draft, only what still fits, and only when it is asked for.
  async begin() {
    this.kept = this.last;
    const found = await this.call("kept_decisions", null);
    if (this.ended || !found?.decisions || this.decisions.unsaved()) return;
    if (!found.same || found.of) return this.offer(found);
    this.decisions.restore(found.decisions);
    this.kept = this.last;
    this.tell(gettext("What you decided until {at} is here again.", { at: found.at }));
  }

  offer(found) {
    const { statements = [], findings = [], added = [] } = found.decisions;
    const words = statements.filter((one) => one.text);
    const panel = node("div", "", "panel warn offer");
    const accepted = statements.filter((one) => one.action === "accept").length;
    panel.append(node("p", found.of
      ? ngettext("{who} signed the preliminary report and decided so ({count} sentence accepted as drafted). Decide on each sentence yourself:", "{who} signed the preliminary report and decided so ({count} sentences accepted as drafted). Decide on each sentence yourself:", accepted, { who: found.of })
      : gettext("The draft changed since you decided on it at {at}. Your old words are kept:", { at: found.at })));
    const list = node("ul");
    for (const one of found.of ? statements.filter((one) => one.action === "reject") : [])
      list.append(node("li", gettext("{sentence}: rejected ({reason})", { sentence: this.decisions.item(one.statement_id)?.dataset.text || one.statement_id, reason: one.reason })));
    for (const one of words) list.append(node("li", `“${one.text}” ${one.reason ? `(${one.reason})` : ""}`));
    for (const one of added) list.append(node("li", `${gettext(one.label)}: ${gettext(one.status || "present")} (${gettext("added")})`));
    if (findings.length) list.append(node("li", ngettext("{count} finding changed", "{count} findings changed", findings.length)));
    const take = node("button", found.of ? gettext("Take over what was changed") : gettext("Take over what fits"), "quiet");
    take.type = "button";
    take.addEventListener("click", () => {
      this.decisions.restore({ ...found.decisions, statements: statements.filter((one) => one.action !== "accept") });
      panel.remove();
    });
    panel.append(list, take);
    this.article.querySelector(".report .scroll").prepend(panel);
  }

  tell(text) {
    // A mark on a picture says of itself whether it is kept; this is about decisions.
    this.article.querySelector("#decision [data-kept]").textContent = text;
  }

  async keep(told) {
    const answer = await this.call("keep_decisions", JSON.parse(told));
    if (!answer) return;
    this.kept = told;
    if (this.ended) return;
    this.tell(answer.stale ? gettext("Kept; the draft changed meanwhile, open the case again.") : answer.kept ? gettext("Kept on the server.") : "");
  }

  changed() {
    const now = JSON.stringify(this.decisions.kept());
    if (now === this.last) return;
    this.last = now;
    this.tell(gettext("Keeping …"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  // True when the page shows what the server makes of the decisions as they are now.
  async look() {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const told = this.last;
    if (told !== this.kept) this.keep(told);
    const answer = await this.call("preview_report", JSON.parse(told));
    if (this.ended || asked !== this.asked || !answer) return false;
    this.looked = told;
    this.decisions.track.show(answer);
    return true;
  }

  async call(name, decisions) {
    try {
      const sent = { case_id: this.article.dataset.case, draft_digest: this.article.dataset.draft, ...(decisions ? { decisions } : {}) };
      const body = JSON.stringify(sent);
      const answer = await fetch(`/call/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: body.length < KEPT_ALIVE });
      const told = await answer.json();
      if (answer.ok) return told;
      if (!this.ended) this.decisions.say(gettext("Not done: {error}.", { error: told.error || told.detail }), answer.status === 409 ? "stale" : "error");
    } catch {
      if (!this.ended) this.decisions.say(gettext("No answer from the server. What you decided stays on this page; it is sent again with the next change."), "error");
    }
    return null;
  }

  unsaved() {
    return this.last !== this.kept;
  }

  dispose() {
    this.ended = true;
    window.removeEventListener("pagehide", this.flush);
    if (this.unsaved()) this.keep(this.last);
    clearTimeout(this.timer);
  }
}
