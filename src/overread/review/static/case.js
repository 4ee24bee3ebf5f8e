// One case: sentence to evidence to image and back, the keys, the tabs.
import { mountAsk } from "./ask.js";
import { mountCritical } from "./critical.js";
import { Decisions } from "./decisions.js";
import { mountFirstRead } from "./first_read.js";
import { Reading } from "./reading.js";
import { mountFollowing, Signing } from "./signing.js";
import { gettext } from "./wording.js";

const TYPING = "input:not([type=checkbox]):not([type=range]),textarea,select";

export function mountCase(app) {
  const article = app.page.querySelector("article.case");
  const reading = new Reading(article.querySelector(".viewing"), JSON.parse(article.dataset.model), app.say);
  const signing = new Signing(article);
  const decisions = new Decisions(article, app.send, app.say, signing);
  mountAsk(article, reading);
  const sentences = [...article.querySelectorAll(".sentence")];
  const keys = new AbortController();
  let chosen = null;

  const words = (element) => (element.dataset.evidence || "").split(" ").filter(Boolean);

  function mark(ids, of) {
    for (const element of article.querySelectorAll(".lit")) element.classList.remove("lit");
    chosen = of;
    for (const id of ids)
      for (const element of article.querySelectorAll(`[data-evidence~="${CSS.escape(id)}"]`)) element.classList.add("lit");
    for (const element of article.querySelectorAll(".chosen")) element.classList.remove("chosen");
    of?.classList.add("lit", "chosen");
    reading.light(ids, labelsOf(of));
  }

  // The findings that a row or a sentence is about.
  function labelsOf(of) {
    const row = of?.closest("tr.finding");
    const ids = (of?.dataset.findings || "").split(" ");
    const rows = row ? [row] : [...article.querySelectorAll("tr.finding")].filter((one) => ids.includes(one.dataset.finding));
    return rows.map((one) => one.dataset.label);
  }

  function chooseSentence(item, toggle = true) {
    const again = chosen === item && toggle;
    for (const other of sentences) {
      const open = other === item && !again;
      other.querySelector(".rests").hidden = !open;
      other.querySelector(".say").setAttribute("aria-expanded", String(open));
    }
    mark(again ? [] : words(item), again ? null : item);
  }

  function chooseEvidence(button) {
    const again = chosen === button;
    mark(again ? [] : words(button), again ? null : button);
  }

  function unfold(row) {
    const open = row.getAttribute("aria-expanded") !== "true";
    row.setAttribute("aria-expanded", String(open));
    row.closest("tr").nextElementSibling.hidden = !open;
    mark(open ? words(row) : [], open ? row : null);
  }

  function focus(step) {
    const row = document.activeElement?.closest("tr.finding");
    if (row) {
      const rows = decisions.findings.rows;
      const other = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))];
      other.querySelector("button.row").focus();
      return other.scrollIntoView({ block: "nearest" });
    }
    const at = sentences.findIndex((item) => item.contains(document.activeElement));
    const next = sentences[at < 0 ? 0 : Math.max(0, Math.min(sentences.length - 1, at + step))];
    next?.querySelector(".say").focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  // Past all the buttons between: to the name where it is missing, else to the button that signs or sends back.
  function goToSignature() {
    const name = article.querySelector("#reviewer");
    const sign = article.querySelector("#sign");
    (name.type === "text" && !name.value.trim() ? name : sign.disabled ? article.querySelector("#revise") : sign).focus();
  }

  function select(tab) {
    for (const other of article.querySelectorAll("[role=tab]")) {
      const on = other === tab;
      other.setAttribute("aria-selected", String(on));
      other.tabIndex = on ? 0 : -1;
      article.querySelector(`#${other.getAttribute("aria-controls")}`).hidden = !on;
    }
  }

  function leave() {
    if (!decisions.unsaved() || confirm(gettext("Leave this case? The last change is not kept yet.")))
      app.showList();
  }

  function click(event) {
    const target = event.target;
    const act = target.closest("[data-act]");
    const item = target.closest(".sentence");
    if (act) return decisions.act(item, act.dataset.act);
    const find = target.closest("[data-find]");
    if (find) return decisions.findings.act(find.closest("tr"), find.dataset.find);
    if (target.closest("[data-copy]")) return decisions.copy();
    if (target.closest("#back")) return leave();
    if (target.closest("#keys")) return article.querySelector("#help").showModal();
    if (target.closest("[role=tab]")) return select(target.closest("[role=tab]"));
    const row = target.closest("button.row");
    if (row) return unfold(row);
    if (target.closest(".say")) return chooseSentence(item);
    const evidence = target.closest("button[data-evidence]:not(.row)");
    if (evidence) chooseEvidence(evidence);
  }

  function tabKeys(event) {
    if (!event.target.matches("[role=tab]") || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const tabs = [...article.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    select(next);
    next.focus();
  }

  const onSentence = { a: "accept", e: "edit", r: "reject" };
  const onFinding = { a: "accept", e: "change", r: "reject" };
  const onImage = { i: "invert", f: "fit", 1: "one", 0: "reset", "+": "in", "-": "out", o: "overlays" };

  function press(event) {
    if (event.key === "Escape") {
      if (article.querySelector("dialog[open]")) return;
      const at = document.activeElement;
      const home = at?.closest(".sentence")?.querySelector(".say") || at?.closest("tr.change")?.parentElement.querySelector(`tr[data-finding="${at.closest("tr.change").dataset.change}"] button.row`);
      if (at?.closest("#new-finding")) decisions.findings.open(false);
      else at?.matches(TYPING) ? home?.focus() : mark([], null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(TYPING) || article.querySelector("dialog[open]")) return;
    const item = sentences.find((one) => one.contains(document.activeElement));
    const row = document.activeElement?.closest("tr.finding");
    if (event.key === "?") article.querySelector("#help").showModal();
    else if (event.key === "h") reading.hold(true);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") focus(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "d" && article.querySelector("#add-finding")) decisions.findings.open(true);
    else if (event.key === "z" && article.querySelector("#decision")) goToSignature();
    else if (event.key === "y" && article.querySelector("[data-copy]")) decisions.copy();
    else if (event.key === "g") (row ? article.querySelector(".sentence .say") : article.querySelector("tr.finding button.row"))?.focus();
    else if (onFinding[event.key] && row) {
      decisions.findings.act(row, onFinding[event.key]);
      if (event.key === "a") focus(1);
    }
    else if (onSentence[event.key] && item) {
      decisions.act(item, onSentence[event.key]);
      if (event.key === "a" && item.dataset.decision) focus(1);
    }
    else if (onImage[event.key]) reading.act(onImage[event.key]);
    else if (reading.key(event.key)) ;
    else return tabKeys(event);
    event.preventDefault();
  }

  const signal = keys.signal;
  mountCritical(article, app.say, signal);
  mountFirstRead(article, app, signal);
  mountFollowing(article, signing, app.send, app.say, signal);
  article.addEventListener("click", click, { signal });
  article.addEventListener("region-wanted", () => reading.mode("region"), { signal });
  document.addEventListener("keydown", press, { signal });
  document.addEventListener("keyup", (event) => event.key === "h" && reading.hold(false), { signal });
  window.addEventListener("blur", () => reading.hold(false), { signal });
  return {
    settle(why) {
      decisions.settle();
      signing.settle(why);
    },
    unsaved: () => decisions.unsaved(),
    restored: decisions.restored,
    flush: () => decisions.flush(),
    held: () => decisions.held(),
    resume: (held) => decisions.resume(held),
    busy: () => false,
    dispose() {
      keys.abort();
      decisions.dispose();
      reading.dispose();
    },
  };
}
