// While decisions are made: the server composes the report as it would be, looks it over, and keeps what was decided.
const PAUSE = 350;

export class Live {
  constructor(article, decisions) {
    this.article = article;
    this.decisions = decisions;
    this.last = JSON.stringify(decisions.kept());
    this.looked = this.last;
    this.timer = null;
    this.asked = 0;
    this.ended = false;
  }

  begin() {}

  changed() {
    const now = JSON.stringify(this.decisions.kept());
    if (now === this.last) return;
    this.last = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  // True when the page shows what the server makes of the decisions as they are now.
  async look() {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const told = this.last;
    const answer = await this.call("preview_report", JSON.parse(told));
    if (this.ended || asked !== this.asked || !answer) return false;
    this.looked = told;
    this.decisions.track.show(answer);
    return true;
  }

  async call(name, decisions) {
    try {
      const sent = { case_id: this.article.dataset.case, draft_digest: this.article.dataset.draft, ...(decisions ? { decisions } : {}) };
      const answer = await fetch(`/call/${name}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(sent) });
      const told = await answer.json();
      if (answer.ok) return told;
      if (!this.ended) this.decisions.say(`Not done: ${told.error || told.detail}.`, answer.status === 409 ? "stale" : "error");
    } catch {
      if (!this.ended) this.decisions.say("No answer from the server. What you decided stays on this page; it is sent again with the next change.", "error");
    }
    return null;
  }

  unsaved() {
    return this.decisions.made.size > 0 || this.decisions.findings.changed.size > 0 || this.decisions.findings.added.length > 0;
  }

  dispose() {
    this.ended = true;
    clearTimeout(this.timer);
  }
}
