// The page: puts what the server rendered on the screen, and sends what the reader did.
import { mountCase } from "./case.js";
import { holdCase } from "./holding.js";
import { asked, fromAddress, toAddress } from "./list_query.js";
import { followCase, followList } from "./progress.js";
import { retype, typedOn } from "./retyping.js";
import { gettext, learn } from "./wording.js";
import { mountWorklist } from "./worklist.js";

const LOOK_AGAIN = 15000;
const LOST_AFTER = 90000;

export function mount(element, props, watch, trigger) {
  const root = element.querySelector("#overread");
  const notice = document.createElement("p");
  notice.id = "notice";
  notice.setAttribute("role", "status");
  notice.tabIndex = -1;
  notice.hidden = true;
  const page = document.createElement("div");
  root.replaceChildren(notice, page);
  const app = { root, page, send: sender, leave: () => true, timer: null, say };
  // What the list was last asked for: it comes back so, and the keys go through the cases in its order.
  app.list = { query: {}, names: false };
  app.showList = () => app.send("show_list", { query: asked(app.list.query), names: app.list.names });
  // What the page asks for by itself never takes the place of what the reader wants; false: not now.
  app.renew = (caseId) => !sent && (app.send("open_case", { case_id: caseId }), true);
  app.unsaved = () => Boolean(mounted.unsaved?.());
  let mounted = { dispose() {}, settle() {} };
  let unfollow = () => {};
  // One request is on its way at a time; of those that the reader made meanwhile, the last is sent after its answer.
  let sent = null;
  let next = null;
  let number = 0;
  // What is left to do when the page is there in another language.
  let spoken = null;

  function say(text, level) {
    notice.hidden = !text;
    notice.className = level || "";
    notice.textContent = text || "";
    // What the reader was on may have gone with the page before: the next key goes on from what is said.
    if (text && document.activeElement === document.body) notice.focus();
  }

  function sender(name, data) {
    if (sent) {
      next = [name, data];
      return;
    }
    const mine = { number: ++number };
    mine.timer = setTimeout(() => {
      const lost = gettext("No answer from the server. Nothing was lost on this page; try again in a moment.");
      say(lost, "error");
      mounted.settle(lost);
      answered(mine);
    }, LOST_AFTER);
    sent = mine;
    trigger(name, { ...data, asked: mine.number });
  }

  function answered(one, forget = false) {
    clearTimeout(one?.timer);
    if (one !== sent) return;
    const waiting = forget ? null : next;
    sent = next = null;
    if (waiting) sender(...waiting);
  }

  // The address names what is shown, so that a reload, a link and the browser's own keys lead back to it.
  function follow(address) {
    if (address && address !== location.pathname + location.search + location.hash) history.pushState(kept(), "", address);
  }

  // A case keeps in the tab's history which list it was opened from, without the search: that may name a patient.
  function kept() {
    const { find, ...query } = app.list.query;
    return { list: query };
  }

  function go() {
    const caseId = new URLSearchParams(location.search).get("case");
    if (caseId) {
      if (!Object.keys(app.list.query).length) app.list.query = history.state?.list || {};
      app.send("open_case", { case_id: caseId });
    } else {
      app.list.query = fromAddress(location);
      if (!mounted.revisit) return app.showList();
      answered(sent, true);
      mounted.revisit(app.list.query);
    }
  }

  function show() {
    const shown = props.value || {};
    // An answer to what was given up, or that came twice, is of a page that is not there any more.
    if (!sent || shown.asked !== sent.number) return;
    const one = sent;
    try {
      put(shown);
      mounted.settle(shown.html ? null : shown.notice);
      say(shown.notice, shown.level);
    } finally {
      answered(one);
    }
  }

  function put(shown) {
    if (!shown.html) return;
    clearTimeout(app.timer);
    mounted.dispose();
    unfollow();
    // The whole page is replaced: nothing of another case can stay behind.
    page.innerHTML = shown.html;
    mounted = shown.view === "case" ? mountCase(app) : mountWorklist(app);
    root.dataset.view = shown.view;
    unfollow = shown.view === "case" ? followOpen(page.firstElementChild) : followList(app);
    if (shown.moving) again(page.firstElementChild.dataset.case);
    window.scrollTo(0, 0);
    spoken?.();
    spoken = null;
    follow(shown.view === "worklist" ? toAddress(app.list.query) : shown.address);
  }

  function followOpen(article) {
    const stops = [followCase(app, article.dataset.case), holdCase(app, article)];
    return () => stops.forEach((stop) => stop());
  }

  function again(caseId) {
    app.timer = setTimeout(() => {
      if (document.hidden || mounted.busy?.() || !app.renew(caseId)) again(caseId);
    }, LOOK_AGAIN);
  }

  // The page in another language: what was decided comes back from the server, what was only typed is taken over.
  async function speak() {
    await mounted.flush?.();
    if (app.unsaved()) return;
    const [typed, held] = [typedOn(page), mounted.held?.()];
    await learn();
    spoken = async () => {
      await mounted.restored;
      retype(page, typed);
      mounted.resume?.(held);
    };
    if (page.querySelector("article.case")) app.send("open_case", { case_id: page.querySelector("article.case").dataset.case });
    else app.showList();
  }

  document.addEventListener("language-chosen", (event) => {
    event.preventDefault();
    speak();
  });
  window.addEventListener("beforeunload", (event) => {
    if (mounted.unsaved?.()) event.preventDefault();
  });
  window.addEventListener("popstate", () => {
    if (app.leave()) go();
  });
  watch("value", show);
  go();
}
