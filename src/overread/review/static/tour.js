// Shows somebody who is new around a phantom, once: offered, never in the way, and over when they say so.
import { gettext } from "./wording.js";
const PLACE = "overread.tour";

// Where a browser keeps nothing, the tour is not offered: it would be offered at every phantom for ever.
function over() {
  try {
    return localStorage.getItem(PLACE) === "done";
  } catch {
    return true;
  }
}

class Tour extends HTMLElement {
  connectedCallback() {
    this.at = -1;
    if (over()) return;
    this.hidden = false;
    // Steps about what this case does not have are left out.
    this.steps = [...this.querySelectorAll("li")].filter((step) => document.querySelector(step.dataset.at));
    this.onclick = (event) => this.act(event.target.closest("[data-tour]")?.dataset.tour);
    this.onkeydown = (event) => this.press(event);
  }

  disconnectedCallback() {
    this.light(null);
  }

  act(what) {
    if (what === "start") this.start();
    else if (what === "next") this.go(1);
    else if (what === "back") this.go(-1);
    else if (what === "end") this.end();
  }

  press(event) {
    const keys = { Escape: "end", ArrowRight: "next", ArrowLeft: "back" };
    // Letters pressed here are not decisions about the case.
    event.stopPropagation();
    if (!keys[event.key] || (this.at < 0 && event.key !== "Escape")) return;
    event.preventDefault();
    this.act(keys[event.key]);
  }

  start() {
    this.came = document.querySelector("article.case .say");
    this.querySelector("[data-offer]").hidden = true;
    this.querySelector("[data-card]").hidden = false;
    this.go(1);
    this.querySelector("[data-tour=next]").focus();
  }

  go(step) {
    const at = this.at + step;
    if (at < 0) return;
    if (at >= this.steps.length) return this.end();
    this.at = at;
    this.querySelector("[data-step]").innerHTML = this.steps[at].innerHTML;
    this.querySelector("[data-place]").textContent = `${at + 1} / ${this.steps.length}`;
    this.querySelector("[data-tour=back]").disabled = !at;
    this.querySelector("[data-tour=next]").textContent = at === this.steps.length - 1 ? gettext("Done") : gettext("Next");
    this.light(document.querySelector(this.steps[at].dataset.at));
  }

  light(target) {
    for (const one of document.querySelectorAll(".toured")) one.classList.remove("toured");
    if (!target) return;
    target.classList.add("toured");
    target.scrollIntoView({ block: "nearest" });
    const { left, right } = target.getBoundingClientRect();
    // The card stands on the side where what it speaks of is not.
    this.dataset.side = left + right > innerWidth ? "left" : "right";
  }

  end() {
    try {
      localStorage.setItem(PLACE, "done");
    } catch {}
    this.light(null);
    this.hidden = true;
    this.came?.focus();
  }
}

customElements.define("overread-tour", Tour);
