// Who is signed in, lock and sign-out. A locked page is blanked, not thrown away: after the password all is there again.
import { gettext } from "./wording.js";
const ASK_EVERY = 20000;
const LINK_EVERY = 5000;
let session = null;
let touched = Date.now();
let told = 0;

const post = (body) => fetch("/session", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const here = () => encodeURIComponent(location.pathname + location.search);

const bar = document.createElement("span");
bar.id = "signed-in";
const curtain = document.createElement("dialog");
curtain.id = "curtain";
curtain.setAttribute("aria-labelledby", "curtain-title");

function element(name, text, set = {}) {
  const made = Object.assign(document.createElement(name), set);
  made.textContent = text;
  return made;
}

function drawBar() {
  const who = element("span", "");
  const [before, after] = gettext("Signed in as {who}").split("{who}");
  who.append(before, element("b", session.name), session.role ? ` (${gettext(session.role)})` : "", after || "");
  bar.replaceChildren(who);
  if (session.way === "proxy") return;
  const leave = element("button", gettext("Sign out"), { type: "button", onclick: signOut });
  bar.append(element("button", gettext("Lock"), { type: "button", onclick: () => post({ do: "lock" }).then(ask) }), leave);
}

function drawCurtain(ended) {
  const title = element("h1", ended ? gettext("You are signed out") : gettext("Locked"), { id: "curtain-title" });
  const words = ended
    ? gettext("The login has ended. What the server had is kept; sign in to go on.")
    : gettext("Signed in as {who}. Nothing on the page is lost.", { who: session.name });
  const said = element("p", "");
  said.setAttribute("role", "alert");
  const row = element("div", "", { className: "row" });
  const form = element("form", "");
  if (ended) {
    row.append(element("a", gettext("Sign in"), { href: `/sign-in?next=${here()}`, className: "primary" }));
  } else if (session.way === "oidc") {
    row.append(element("a", gettext("Unlock"), { href: "/sign-in/go?unlock=yes", target: "_blank", rel: "noopener", className: "primary" }));
  } else {
    const input = element("input", "", { type: "password", id: "curtain-password", autocomplete: "current-password", required: true });
    form.append(element("label", gettext("Password"), { htmlFor: "curtain-password" }), input);
    row.append(element("button", gettext("Unlock"), { className: "primary" }));
    form.onsubmit = (event) => {
      event.preventDefault();
      unlock(input, said);
    };
  }
  if (!ended) row.append(element("button", gettext("Sign out"), { type: "button", onclick: signOut }));
  form.append(row);
  curtain.replaceChildren(title, element("p", words), said, form);
}

async function unlock(input, said) {
  const answer = await post({ do: "unlock", password: input.value }).catch(() => null);
  input.value = "";
  if (answer && answer.ok) {
    touched = Date.now();
    take(await answer.json());
  } else if (answer && answer.status === 401) take(null);
  else {
    said.textContent = answer ? (await answer.json()).error : gettext("No answer from the server; try again in a moment.");
    input.focus();
  }
}

// The answer clears what the browser keeps of the page; how it looks and that it was explained is nobody's data.
const OURS = ["overread.theme", "overread.tour"];

async function signOut() {
  const kept = OURS.map((place) => [place, localStorage.getItem(place)]).filter(([, value]) => value);
  const answer = await fetch("/sign-out", { method: "POST", redirect: "manual" }).catch(() => null);
  for (const [place, value] of kept) localStorage.setItem(place, value);
  location.assign(answer && answer.ok ? (await answer.json()).onward : "/sign-in");
}

function close(ended) {
  if (curtain.open && curtain.dataset.ended === String(ended)) return;
  curtain.dataset.ended = String(ended);
  drawCurtain(ended);
  document.documentElement.classList.add("locked");
  if (!curtain.open) curtain.showModal();
}

function open() {
  document.documentElement.classList.remove("locked");
  if (curtain.open) curtain.close();
}

function take(said) {
  if (said === null) {
    if (session && session.way !== "proxy") close(true);
    return;
  }
  session = said;
  drawBar();
  if (said.locked) close(false);
  else open();
}

async function ask() {
  const answer = await fetch("/session").catch(() => null);
  if (answer && answer.ok) take(await answer.json());
  else if (answer && answer.status === 401) take(null);
}

// Only what a person does keeps the page open: what it asks by itself does not.
function touch() {
  touched = Date.now();
  if (!curtain.open && touched - told > ASK_EVERY) {
    told = touched;
    post({ do: "seen" }).catch(() => null);
  }
}

function watch() {
  // It is unlocked in another tab, at the identity provider.
  if (curtain.open && session.way === "oidc" && Date.now() % 2000 < 1000) ask();
  if (!curtain.open && session.idle && Date.now() - touched > session.idle * 1000) post({ do: "lock" }).then(ask, () => close(false));
}

function place() {
  const header = document.querySelector("#overread header");
  if (header && bar.parentElement !== header) header.append(bar);
}

function onlyTheCurtain(event) {
  if (curtain.open && !curtain.contains(event.target)) event.stopImmediatePropagation();
}

// The login by a link ends with the server: a page that finds a new one there cannot go on, and says what to do.
async function sayWhenEnded() {
  const answer = await fetch("/session").catch(() => null);
  if (answer?.status !== 401) return;
  const notice = document.querySelector("#notice");
  notice.textContent = gettext("The server was started again, and this login has ended. Open the link that 'overread app' printed now; what was kept on the server is there.");
  notice.className = "error";
  notice.hidden = false;
}

async function start() {
  await ask();
  if (session?.way === "link") setInterval(sayWhenEnded, LINK_EVERY);
  if (!session || session.way === "link") return;
  document.body.append(curtain);
  curtain.addEventListener("cancel", (event) => event.preventDefault());
  curtain.addEventListener("keydown", (event) => event.stopPropagation());
  window.addEventListener("keydown", onlyTheCurtain, true);
  for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, touch, { passive: true, capture: true });
  new MutationObserver(place).observe(document.body, { childList: true, subtree: true });
  place();
  setInterval(watch, 1000);
  setInterval(ask, ASK_EVERY);
}

start();
