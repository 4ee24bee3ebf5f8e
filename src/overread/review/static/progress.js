// What is looked at now: asked for again and again while a case is read, put in place without drawing the page anew.
import { gettext } from "./wording.js";
const EVERY = 1000;
const LOST_AFTER = 10000;

async function ask(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  return answer.ok ? answer.json() : null;
}

export function repeat(step, every = EVERY) {
  let timer = null;
  let ended = false;
  async function round() {
    // An answer that does not come is asked for again; what the page itself sends says when the server is gone.
    const go = document.hidden || (await inTime(step()).catch(() => true));
    if (!ended && go) timer = setTimeout(round, every);
  }
  round();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

function inTime(answer) {
  return new Promise((kept, broken) => {
    const timer = setTimeout(() => kept(true), LOST_AFTER);
    answer.then(kept, broken).finally(() => clearTimeout(timer));
  });
}

export function followCase(app, caseId) {
  const list = app.page.querySelector("[data-progress]");
  if (!list) return () => {};
  return repeat(async () => {
    const told = await ask(`/progress/${caseId}`);
    if (!told) return true;
    // The reader went on meanwhile: what is news of this case is none of the page that is shown now.
    if (!list.isConnected) return false;
    if (list.innerHTML !== told.html) list.innerHTML = told.html;
    // A critical result is shown at once, a draft when it is whole.
    const news = !told.moving || told.alerts !== Number(app.page.firstElementChild.dataset.alerts);
    return !(news && app.renew(caseId));
  });
}

export function followList(app) {
  return repeat(async () => {
    const rows = app.page.querySelectorAll("[data-now]");
    if (!rows.length) return true;
    const told = await ask("/progress");
    if (!told) return true;
    for (const place of rows) {
      const caseId = place.closest("tr").dataset.case;
      place.textContent = caseId in told.cases ? told.cases[caseId] || "" : gettext("read; this list follows in a moment");
    }
    return true;
  });
}
