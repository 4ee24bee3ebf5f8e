// Critical results: who was told is written down at once; why nobody was goes with the decision.
import { localTimes } from "./local_time.js";
import { gettext } from "./wording.js";

const TELL_KEY = "c";
const LOOK_EVERY = 15000;

// Alerts that still keep the report from being signed: minutes and hours, told to nobody, and no reason why not.
export function untold(article, decisions) {
  return [...article.querySelectorAll("[data-alert][data-state=open]")].filter(
    (alert) => Number(alert.dataset.category) < 3 && !reason(alert) && !leftOut(alert, decisions),
  );
}

export function notTold(article) {
  return [...article.querySelectorAll("[data-alert][data-state=open]")]
    .filter(reason)
    .map((alert) => ({ alert_id: alert.dataset.alert, reason: reason(alert) }));
}

function reason(alert) {
  return alert.querySelector("[data-not-told]")?.value.trim() || "";
}

// A finding that the reader denies, in the table or by each sentence that describes it, says why nobody is told.
function leftOut(alert, decisions) {
  const { changed } = decisions.findings;
  const about = alert.dataset.about.split(" ").filter((id) => changed.has(id));
  if (about.some((id) => ["absent", "not_assessed"].includes(decisions.findings.one(id).status))) return true;
  const said = alert.dataset.statements.split(" ").filter(Boolean);
  return said.length > 0 && said.every((id) => decisions.made.get(id) === "reject");
}

export function mountCritical(article, say, signal) {
  article.addEventListener("submit", (event) => event.target.matches("[data-tell]") && tell(event), { signal });
  document.addEventListener("keydown", open, { signal });
  localTimes(article);
  const timer = setInterval(look, LOOK_EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));

  function open(event) {
    const typing = event.target.matches?.("input,textarea,select");
    if (event.key !== TELL_KEY || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    if (article.querySelector("dialog[open]")) return;
    const first = article.querySelector("[data-alert][data-state=open] .tell, [data-alert] .tell");
    if (!first) return;
    first.open = true;
    first.querySelector("[name=told]").focus();
    event.preventDefault();
  }

  // What somebody is typing into stays; only what was told, and by whom it was acknowledged meanwhile, is put anew.
  async function look() {
    if (document.hidden || !article.querySelector("[data-alert][data-state=open]")) return;
    const answer = await ask("critical", { case_id: article.dataset.case });
    for (const [id, html] of Object.entries(answer.alerts || {})) {
      const alert = article.querySelector(`[data-alert="${CSS.escape(id)}"]`);
      const now = element(html);
      if (!alert) continue;
      if (alert.dataset.state !== now.dataset.state) replace(alert, now);
      else renew(alert, now.querySelector("[data-climb]"));
    }
  }

  function renew(alert, climb) {
    const before = alert.querySelector("[data-climb]");
    if (before && climb) before.replaceWith(climb);
    else if (climb) alert.querySelector(".said").after(climb);
  }

  async function tell(event) {
    event.preventDefault();
    const form = event.target;
    const alert = form.closest("[data-alert]");
    const field = (name) => form.elements[name]?.value.trim() || null;
    const moment = (name) => (field(name) ? new Date(field(name)).toISOString() : null);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const sent = {
      case_id: article.dataset.case,
      alert_id: alert.dataset.alert,
      told: field("told"),
      how: field("how"),
      read_back: field("read_back") === "yes",
      told_at: moment("told_at"),
      found_at: moment("found_at"),
      remark: field("remark"),
      by: field("by"),
    };
    const answer = await ask("acknowledge", sent);
    button.disabled = false;
    if (answer.error) return say(gettext("Not done: {error}.", { error: answer.error }), "error");
    replace(alert, element(answer.html));
    say(gettext("Acknowledged."), "done");
  }

  function replace(alert, now) {
    const held = alert.contains(document.activeElement);
    alert.replaceWith(now);
    if (held) now.querySelector("button").focus();
    // What still keeps the report from being signed is counted anew.
    article.dispatchEvent(new Event("input"));
  }
}

function element(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  localTimes(made.content);
  return made.content.firstElementChild;
}

async function ask(name, sent) {
  const headers = { "content-type": "application/json" };
  try {
    const answer = await fetch(`/call/${name}`, { method: "POST", headers, body: JSON.stringify(sent) });
    return await answer.json();
  } catch {
    return { error: gettext("no answer from the server; nothing was lost on this page, try again in a moment") };
  }
}
