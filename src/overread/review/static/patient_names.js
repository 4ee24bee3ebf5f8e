// Names of patients beside their rows, only while the reader wants them. Whether they do is remembered for each reader
// in this browser, as one word; the names are not: they are asked for anew by every page, and each answer is audited.
import { call } from "./call.js";

export class PatientNames {
  constructor(section) {
    this.section = section;
    this.place = `overread.names.${section.dataset.author}`;
    this.known = new Map();
    this.shown = localStorage.getItem(this.place) === "shown";
  }

  set(shown) {
    this.shown = shown;
    if (shown) localStorage.setItem(this.place, "shown");
    else localStorage.removeItem(this.place);
    if (!shown) this.known.clear();
  }

  async fill() {
    const rows = [...this.section.querySelectorAll("tr[data-case]")];
    const missing = rows.map((row) => row.dataset.case).filter((id) => !this.known.has(id));
    if (this.shown && missing.length) {
      const told = await call("list_names", { cases: missing }).catch(() => ({}));
      for (const [id, who] of Object.entries(told.names || {})) this.known.set(id, who);
    }
    for (const row of this.section.querySelectorAll("tr[data-case]")) this.put(row, this.known.get(row.dataset.case));
  }

  put(row, who) {
    const place = row.querySelector("[data-name]");
    place.hidden = !this.shown || !who;
    const words = place.hidden ? "" : [who.name, who.id && `ID ${who.id}`].filter(Boolean).join(" · ");
    if (place.textContent !== words) place.textContent = words;
  }
}
