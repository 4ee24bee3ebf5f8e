// The page: puts what the server rendered on the screen, and sends what the reader did.
import { mountCase } from "./case.js";
import { followCase, followList } from "./progress.js";
import { mountWorklist } from "./worklist.js";

const LOOK_AGAIN = { worklist: 15000, moving: 15000 };
const LOST_AFTER = 90000;

export function mount(element, props, watch, trigger) {
  const root = element.querySelector("#overread");
  const notice = document.createElement("p");
  notice.id = "notice";
  notice.setAttribute("role", "status");
  notice.hidden = true;
  const page = document.createElement("div");
  root.replaceChildren(notice, page);
  const app = { root, page, send: sender, leave: () => true, timer: null, waiting: null, say };
  let mounted = { dispose() {}, settle() {} };
  let unfollow = () => {};

  function say(text, level) {
    notice.hidden = !text;
    notice.className = level || "";
    notice.textContent = text || "";
    if (text && level !== "done") notice.focus?.();
  }

  function sender(name, data) {
    clearTimeout(app.waiting);
    app.waiting = setTimeout(() => {
      say("No answer from the server. Nothing was lost on this page; try again in a moment.", "error");
      mounted.settle();
    }, LOST_AFTER);
    trigger(name, data);
  }

  // The address names what is shown, so that a reload, a link and the browser's own keys lead back to it.
  function follow(address) {
    if (address && address !== location.pathname + location.search) history.pushState(null, "", address);
  }

  function go() {
    const caseId = new URLSearchParams(location.search).get("case");
    if (caseId) app.send("open_case", { case_id: caseId });
    else app.send("show_list", {});
  }

  function show() {
    clearTimeout(app.waiting);
    const shown = props.value || {};
    if (shown.html) {
      clearTimeout(app.timer);
      mounted.dispose();
      unfollow();
      // The whole page is replaced: nothing of another case can stay behind.
      page.innerHTML = shown.html;
      mounted = shown.view === "case" ? mountCase(app) : mountWorklist(app);
      root.dataset.view = shown.view;
      unfollow = shown.view === "case" ? followCase(app, page.firstElementChild.dataset.case) : followList(app);
      if (shown.view === "worklist") again("show_list", {}, LOOK_AGAIN.worklist);
      if (shown.moving) again("open_case", { case_id: page.firstElementChild.dataset.case }, LOOK_AGAIN.moving);
      window.scrollTo(0, 0);
      follow(shown.address);
    }
    mounted.settle();
    say(shown.notice, shown.level);
  }

  function again(name, data, wait) {
    app.timer = setTimeout(() => {
      if (document.hidden || mounted.busy?.()) again(name, data, wait);
      else app.send(name, data);
    }, wait);
  }

  window.addEventListener("beforeunload", (event) => {
    if (mounted.unsaved?.()) event.preventDefault();
  });
  window.addEventListener("popstate", () => {
    if (app.leave()) go();
  });
  watch("value", show);
  go();
}
