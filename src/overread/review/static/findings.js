// The findings table: one decision a finding, changes in place, findings that the draft lacks.
import { node } from "./track.js";
import { gettext, gettext_noop } from "./wording.js";
const SIDES = { left: gettext_noop("left"), right: gettext_noop("right"), bilateral: gettext_noop("both sides") };
const ZONES = {
  upper: gettext_noop("upper"),
  mid: gettext_noop("mid"),
  lower: gettext_noop("lower"),
  retrocardiac: gettext_noop("retrocardiac"),
  costophrenic: gettext_noop("costophrenic"),
};

export class Findings {
  constructor(article, decisions) {
    this.article = article;
    this.decisions = decisions;
    this.all = [...article.querySelectorAll("tr.finding")];
    for (const fold of article.querySelectorAll("[data-unfold]")) fold.addEventListener("click", () => this.unfold(fold));
    this.changed = new Map();
    this.added = [];
    this.drawing = null;
    this.place = null;
    this.box = article.querySelector("#new-finding");
    if (!this.box) return;
    this.box.querySelector("[data-add]").addEventListener("click", () => this.add());
    this.box.querySelector("[data-close]").addEventListener("click", () => this.open(false));
    article.querySelector("#add-finding").addEventListener("click", () => this.open(this.box.hidden));
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.matches("button")) return;
      event.preventDefault();
      this.add();
    });
    this.box.querySelector("[data-field=label]").addEventListener("input", () => this.fit());
    // The viewer answers `region-wanted` with `region-drawn`: a picture by its number and a box in its pixels.
    article.addEventListener("region-drawn", (event) => this.drawn(event.detail));
    for (const button of article.querySelectorAll("[data-draw]")) button.addEventListener("click", () => this.draw(button));
  }

  get rows() {
    return this.all.filter((row) => !row.parentElement.hidden);
  }

  unfold(fold, open = fold.getAttribute("aria-expanded") !== "true") {
    fold.setAttribute("aria-expanded", String(open));
    fold.closest("tbody").nextElementSibling.hidden = !open;
  }

  fields(id) {
    return this.article.querySelector(`tr.change[data-change="${CSS.escape(id)}"]`);
  }

  act(row, what) {
    if (this.decisions.sending) return;
    const id = row.dataset.finding;
    const now = this.of(row);
    this.forget(id);
    const item = this.decisions.item(row.dataset.of);
    if (what === "accept" && item) this.decisions.act(item, "accept");
    else if (what !== "accept" && now !== what) this.change(row, what);
    this.decisions.update();
  }

  change(row, what) {
    const { finding: id, status, side, zone } = row.dataset;
    const fields = this.fields(id);
    fields.hidden = false;
    const fold = row.parentElement.hidden && this.article.querySelector("[data-unfold]");
    if (fold) this.unfold(fold, true);
    for (const label of fields.querySelectorAll("label:not(.why), [data-draw]")) label.hidden = what === "reject";
    const field = (name) => fields.querySelector(`[data-field=${name}]`);
    field("status").value = status === "not_assessed" ? "present" : status;
    if (field("laterality")) [field("laterality").value, field("zone").value] = [side, zone];
    this.changed.set(id, { rejected: what === "reject", place: null });
    this.decisions.freed(id);
    (what === "reject" ? field("reason") : field("status")).focus();
  }

  // Take a change back, so that the sentence of the draft stands and waits again.
  forget(id) {
    this.changed.delete(id);
    const fields = this.fields(id);
    if (fields) fields.hidden = true;
  }

  one(id) {
    const made = this.changed.get(id);
    const field = (name) => this.fields(id).querySelector(`[data-field=${name}]`)?.value.trim() || null;
    if (made.rejected) return { finding_id: id, status: "not_assessed", reason: field("reason") };
    const status = field("status");
    const placed = status === "absent" ? {} : { laterality: field("laterality"), zone: field("zone"), place: made.place };
    return { finding_id: id, status, ...placed, reason: field("reason") };
  }

  of(row) {
    const made = this.changed.get(row.dataset.finding);
    if (made) return made.rejected ? "reject" : "change";
    return this.decisions.made.get(row.dataset.of) || "";
  }

  refresh() {
    for (const row of this.all) {
      const now = this.of(row);
      row.dataset.decision = now;
      for (const button of row.querySelectorAll("[data-find]"))
        button.setAttribute("aria-pressed", String(button.dataset.find === now || (now === "edit" && button.dataset.find === "change")));
      const made = this.changed.get(row.dataset.finding);
      if (!made || made.rejected) continue;
      const fields = this.fields(row.dataset.finding);
      const nothing = fields.querySelector("[data-field=status]").value === "absent";
      for (const field of fields.querySelectorAll("[data-field=laterality], [data-field=zone], [data-draw]")) field.disabled = nothing;
      fields.querySelector("[data-draw]")?.classList.toggle("drawn", Boolean(made.place));
    }
  }

  missing() {
    return [...this.changed.keys()].filter((id) => !this.one(id).reason).length;
  }

  open(on) {
    this.box.hidden = !on;
    this.article.querySelector("#add-finding").setAttribute("aria-expanded", String(on));
    (on ? this.box.querySelector("[data-field=label]") : this.article.querySelector("#add-finding")).focus();
  }

  option(name) {
    return [...this.box.querySelectorAll("#labels option")].find((one) => [one.value, one.dataset.label].some((word) => word.toLowerCase() === name.toLowerCase()));
  }

  fit() {
    const option = this.option(this.box.querySelector("[data-field=label]").value.trim());
    for (const field of this.box.querySelectorAll("[data-field=laterality], [data-field=zone]")) field.disabled = option?.dataset.sided === "no";
  }

  add() {
    const field = (name) => this.box.querySelector(`[data-field=${name}]`);
    const option = this.option(field("label").value.trim());
    if (!option) {
      this.box.querySelector("[data-said]").textContent = gettext("No such finding; choose one of the list.");
      return field("label").focus();
    }
    const value = (name) => (field(name).disabled ? null : field(name).value.trim() || null);
    this.added.push({ label: option.dataset.label, status: value("status"), laterality: value("laterality"), zone: value("zone"), place: this.place, reason: value("reason") });
    this.place = null;
    for (const name of ["label", "laterality", "zone", "reason"]) field(name).value = "";
    this.box.querySelector("[data-said]").textContent = gettext("{finding} added.", { finding: option.value });
    this.list();
    field("label").focus();
  }

  list() {
    const lines = this.added.map((one, at) => {
      const place = [one.laterality && gettext(SIDES[one.laterality]), one.zone && gettext(ZONES[one.zone]), one.place && gettext("drawn")].filter(Boolean).join(", ");
      const line = node("li", `${gettext(one.label)}: ${gettext(one.status)}${place ? `, ${place}` : ""} `);
      const away = node("button", "✕", "quiet");
      away.type = "button";
      away.setAttribute("aria-label", gettext("Take {finding} out", { finding: gettext(one.label) }));
      away.addEventListener("click", () => {
        this.added.splice(at, 1);
        this.list();
      });
      line.append(node("span", gettext("added"), "tag edited"), " ", away);
      return line;
    });
    this.article.querySelector("[data-added]")?.replaceChildren(...lines);
    this.decisions.update();
  }

  draw(button) {
    const fields = button.closest("tr.change");
    this.drawing = fields ? fields.dataset.change : "new";
    const label = fields ? this.all.find((row) => row.dataset.finding === this.drawing).dataset.label : this.box.querySelector("[data-field=label]").value;
    this.article.dispatchEvent(new CustomEvent("region-wanted", { bubbles: true, detail: { label } }));
    this.decisions.say(gettext("Draw a box on the picture: two points, by click or by arrows and Enter."), "done");
  }

  drawn({ picture, region }) {
    if (!this.drawing) return;
    const place = { picture, region };
    const made = this.changed.get(this.drawing);
    if (made) made.place = place;
    else {
      this.place = place;
      if (this.box.hidden) this.open(true);
      this.box.querySelector("[data-said]").textContent = gettext("The region that was drawn goes with it.");
    }
    this.drawing = null;
    this.decisions.update();
  }

  kept() {
    return { findings: [...this.changed.keys()].map((id) => this.one(id)), added: this.added };
  }

  restore({ findings, added }) {
    for (const one of findings || []) {
      const row = this.all.find((each) => each.dataset.finding === one.finding_id);
      if (!row) continue;
      this.change(row, one.status === "not_assessed" ? "reject" : "change");
      this.changed.get(one.finding_id).place = one.place || null;
      for (const name of ["status", "laterality", "zone", "reason"]) {
        const field = this.fields(one.finding_id).querySelector(`[data-field=${name}]`);
        if (field && !(name === "status" && one.status === "not_assessed")) field.value = one[name] || "";
      }
    }
    // What is as usual is not kept.
    this.added = (added || []).map((one) => ({ status: "present", ...one }));
    this.list();
  }
}
