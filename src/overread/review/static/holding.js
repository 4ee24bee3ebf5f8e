// Who has the open case, said beside its banner and never in the way; and the cases before and after it in the list.
import { call } from "./call.js";
import { asked } from "./list_query.js";
import { localTimes } from "./local_time.js";
import { repeat } from "./progress.js";
import { gettext, gettext_noop } from "./wording.js";

const LOOK_AGAIN = 10000;
const TYPING = "input:not([type=checkbox]):not([type=range]),textarea,select";
const WARNING = gettext_noop("Read on as you like; what both of you decide is kept once.");

export function holdCase(app, article) {
  const caseId = article.dataset.case;
  const left = new AbortController();
  const bar = document.createElement("div");
  bar.className = "holding";
  bar.innerHTML = `<span role="status" data-holder></span> <button type="button" hidden></button>
    <span class="told" role="status"></span> <nav></nav>`;
  article.querySelector(".banner").after(bar);
  const [said, button, told, around] = bar.children;
  around.setAttribute("aria-label", gettext("Cases of the list"));
  let holder = null;
  let until = null;

  async function look() {
    const answer = await call("hold", { case_id: caseId });
    if (answer.error || left.signal.aborted) return true;
    holder = answer.holder;
    until = answer.until;
    const words = document.createElement("b");
    words.textContent = holder.words;
    if (holder.kind === "another" || holder.kind === "ended") words.translate = false;
    const end = holder.until ? `<time datetime="${holder.until}"></time>` : "";
    const has = end ? gettext("With {who} until {time}", { who: words.outerHTML, time: end }) : gettext("With {who}", { who: words.outerHTML });
    const html = `${has}${holder.kind === "another" ? `. ${gettext(WARNING)}` : ""}`;
    bar.dataset.kind = answer.waits ? holder.kind : "";
    put(said, answer.waits ? html : "");
    button.hidden = !answer.waits || !answer.may_take || holder.kind === "another";
    button.textContent = holder.kind === "mine" ? gettext("Give back (t)") : gettext("Take it (t)");
    const notices = answer.notices.map((text) => Object.assign(document.createElement("span"), { textContent: text }).outerHTML);
    const seenWord = gettext("Seen");
    put(told, notices.length ? `${notices.join(" ")} <button type="button" data-seen>${seenWord}</button>` : "");
    return true;
  }

  // Written only when it differs, so that it is read aloud once and a button in it keeps the focus.
  function put(place, html) {
    if (place.dataset.html === html) return;
    place.dataset.html = html;
    place.innerHTML = html;
    localTimes(place);
  }

  async function take() {
    if (button.hidden || !holder) return;
    const action = holder.kind === "mine" ? "give_back" : "take";
    const answer = await call("assign", { action, cases: [[caseId, holder.name]] });
    const problem = answer.error || answer.left[0];
    if (problem) app.say(problem, "stale");
    await look();
  }

  async function seen() {
    await call("handovers_seen", { until });
    await look();
  }

  async function place() {
    const { query, names } = app.list;
    const found = await call("neighbours", { case_id: caseId, query: asked(query), names: Boolean(names) });
    if (found.error || left.signal.aborted) return found.error;
    around.innerHTML =
      link(found.before, "← p", gettext("Case before")) + ` <span class="dim">${gettext("{place} of {total}", { place: found.place, total: found.total })}</span> ` + link(found.after, "n →", gettext("Next case"));
  }

  const link = (id, words, label) =>
    id ? `<a href="/?case=${id}" data-go="${id}" aria-label="${label}">${words}</a>` : `<span class="dim">${words}</span>`;

  function go(id) {
    if (id && (!app.unsaved() || confirm(gettext("Leave this case? What you decided here is not signed and will be lost."))))
      app.send("open_case", { case_id: id });
  }

  async function step(words) {
    const problem = await place();
    if (problem) return app.say(problem, "error");
    const found = [...around.querySelectorAll("a")].find((one) => one.textContent === words);
    if (found) go(found.dataset.go);
    else app.say(words === "n →" ? gettext("This is the last case of the list.") : gettext("This is the first case of the list."), "done");
  }

  function click(event) {
    const target = event.target.closest("a[data-go]");
    if (event.target === button) take();
    else if (event.target.closest("[data-seen]")) seen();
    else if (target && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      go(target.dataset.go);
    }
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(TYPING)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "n") step("n →");
    else if (event.key === "p") step("← p");
    else if (event.key === "t") take();
    else return;
    event.preventDefault();
  }

  bar.addEventListener("click", click, { signal: left.signal });
  document.addEventListener("keydown", press, { signal: left.signal });
  place();
  const stop = repeat(look, LOOK_AGAIN);
  return () => {
    stop();
    left.abort();
  };
}
