// The worklist: the server filters, sorts and cuts; the page asks again every few seconds and changes only what differs.
import { mountAdding } from "./adding.js";
import { Bulk } from "./bulk.js";
import { call } from "./call.js";
import { asked, toAddress } from "./list_query.js";
import { localTimes } from "./local_time.js";
import { morph } from "./morph.js";
import { PatientNames } from "./patient_names.js";
import { repeat } from "./progress.js";
import { gettext } from "./wording.js";

const LOOK_AGAIN = 3000;
const TYPED = 250;
const TYPING = "input:not([type=checkbox]):not([type=radio]),textarea,select";

export function mountWorklist(app) {
  const section = app.page.querySelector("section.worklist");
  const find = section.querySelector("#find");
  const left = new AbortController();
  const signal = left.signal;
  const names = new PatientNames(section);
  const bulk = new Bulk(app, section, () => refresh());
  let query = app.list.query;
  let mark = section.dataset.mark;
  let typed = null;

  async function refresh() {
    const wanted = query;
    const told = await call("list_rows", { query: asked(wanted), names: names.shown, mark });
    // What was asked for before the last change of the filter is not what is wanted any more.
    if (wanted !== query || signal.aborted) return;
    if (told.error) throw new Error(told.error);
    if (!told.parts) return;
    put(told.parts);
    mark = told.mark;
  }

  function put(parts) {
    steadily(() => {
      for (const [name, html] of Object.entries(parts)) {
        const template = document.createElement("template");
        template.innerHTML = html;
        morph(section.querySelector(`[data-part=${name}]`), template.content);
      }
    });
    settle();
  }

  // The row that is worked on stays where it is on the screen, and keeps the focus, wherever the others go.
  function steadily(change) {
    const focused = document.activeElement;
    const rows = () => [...section.querySelectorAll("tr[data-case]")];
    const row = focused?.closest("tr[data-case]") || section.querySelector("tr[data-case]:hover");
    const anchor = row || (app.root.scrollTop > 0 ? rows().find((one) => one.getBoundingClientRect().top >= 0) : null);
    const [place, top] = [row ? rows().indexOf(row) : -1, anchor?.getBoundingClientRect().top];
    change();
    if (anchor?.isConnected) app.root.scrollTop += anchor.getBoundingClientRect().top - top;
    if (focused && focused !== document.body && document.activeElement !== focused) {
      if (focused.isConnected) focused.focus({ preventScroll: true });
      else if (place >= 0) rows()[Math.min(place, rows().length - 1)]?.querySelector("a.open").focus({ preventScroll: true });
    }
  }

  function settle() {
    localTimes(section);
    bulk.count();
    names.fill();
    for (const radio of section.querySelectorAll("input[name=status]")) radio.checked = radio.value === (query.status || "");
  }

  function ask(change, replace = false) {
    query = { ...query, page: 1, ...change };
    app.list = { query, names: names.shown };
    history[replace ? "replaceState" : "pushState"](null, "", toAddress(query));
    refresh().catch((error) => app.say(error.message, "error"));
  }

  function show() {
    find.value = query.find || "";
    section.querySelector("#flagged").checked = Boolean(query.critical);
    section.querySelector("#names").checked = names.shown;
    find.placeholder = names.shown ? gettext("name, ID, accession, exam") : gettext("accession, exam, case");
    for (const select of section.querySelectorAll("select[data-filter]")) {
      const value = query[select.dataset.filter] || "";
      if (![...select.options].some((option) => option.value === value)) select.add(new Option(value));
      select.value = value;
    }
    settle();
  }

  function input(event) {
    const { target } = event;
    if (target === find) {
      clearTimeout(typed);
      typed = setTimeout(() => ask({ find: find.value.trim() }, true), TYPED);
    } else if (target.id === "flagged") ask({ critical: target.checked });
    else if (target.name === "status") ask({ status: target.value });
    else if (target.dataset.filter) ask({ [target.dataset.filter]: target.value });
    else if (target.id === "every") bulk.choose(section.querySelectorAll("tr[data-case]"), target.checked);
    else if (target.matches(".choose")) bulk.count();
    else if (target.id === "names") {
      names.set(target.checked);
      if (!names.shown && query.sort === "patient") query = { ...query, sort: "urgency", descending: false };
      show();
      ask({}, true);
    }
  }

  // Back and forward among lists draw no new page: what is typed meanwhile would go with the old one.
  function revisit(wanted) {
    clearTimeout(typed);
    query = wanted;
    app.list = { query, names: names.shown };
    show();
    refresh().catch((error) => app.say(error.message, "error"));
  }

  function only(what) {
    if (what === "urgency") ask({ sort: "urgency", descending: false });
    else ask(Object.fromEntries(Object.keys(query).filter((name) => !["sort", "descending"].includes(name)).map((name) => [name, undefined])));
    if (what === "critical") ask({ critical: true }, true);
    show();
  }

  function sort(by) {
    if (by === "patient" && !names.shown) return app.say(gettext("Show the patients' names first."), "error");
    const again = query.sort === by;
    // Up, then down, then as it was: what is most urgent first.
    ask(again && query.descending ? { sort: undefined, descending: false } : { sort: by, descending: again });
  }

  async function seen(until) {
    await call("handovers_seen", { until });
    await refresh();
  }

  function click(event) {
    const { target } = event;
    const row = target.closest("tr[data-case]");
    const pressed = target.closest("button")?.dataset || {};
    if (pressed.sort) sort(pressed.sort);
    else if (pressed.page) ask({ page: Number(pressed.page) });
    else if (pressed.only) only(pressed.only);
    else if (pressed.seen) seen(Number(pressed.seen));
    else if (target.closest("#none")) bulk.choose(bulk.chosen(), false);
    else if (target.closest("#add")) section.querySelector("#adding").toggleAttribute("hidden");
    else if (row && !target.closest(".tick") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      // A plain click opens the case here; the link itself is for another tab, by the middle button or Ctrl.
      event.preventDefault();
      app.send("open_case", { case_id: row.dataset.case });
    }
  }

  function keys(event) {
    const help = app.page.querySelector("#help");
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(TYPING) || help.open) return;
    const rows = [...section.querySelectorAll("tr[data-case]")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (event.target.matches?.("input[type=radio]")) return;
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))];
      next?.querySelector("a.open").focus();
    } else if (event.key === "/") find.focus();
    else if (event.key === "?") help.showModal();
    else if (event.key === "x" && at >= 0) bulk.choose([rows[at]], !rows[at].querySelector(".choose").checked);
    else if (event.key === "t") bulk.act("take", bulk.chosen().length ? bulk.chosen() : rows.slice(at, at + 1));
    else return;
    event.preventDefault();
  }

  section.addEventListener("input", input, { signal });
  section.addEventListener("click", click, { signal });
  document.addEventListener("keydown", keys, { signal });
  app.page.querySelector("#keys").addEventListener("click", () => app.page.querySelector("#help").showModal(), { signal });
  mountAdding(app);
  show();
  app.list = { query, names: names.shown };
  const stop = repeat(() => refresh().then(() => true), LOOK_AGAIN);
  return {
    settle() {},
    busy: () => false,
    revisit,
    dispose() {
      clearTimeout(typed);
      stop();
      left.abort();
    },
  };
}
