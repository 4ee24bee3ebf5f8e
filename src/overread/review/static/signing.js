// The signature: the whole text as the server composed it, what the signature means, and who signs once more.
import { call } from "./call.js";
import { node } from "./track.js";
import { gettext, gettext_noop } from "./wording.js";

const ASKED = { password: gettext_noop("Your password"), name: gettext_noop("Type your name to sign"), provider: "" };

export class Signing {
  constructor(article) {
    this.box = article.querySelector("#signing");
    if (!this.box) return;
    this.form = this.box.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sign();
    });
    this.at("[data-close]").addEventListener("click", () => this.box.close());
    // Nothing of a signature that was not given stays behind.
    this.box.addEventListener("close", () => (this.secret.value = ""));
  }

  at(selector) {
    return this.box.querySelector(selector);
  }

  get secret() {
    return this.at("[data-secret] input");
  }

  get hurried() {
    return this.at("[data-hurry] input");
  }

  // `shown` is the server's answer; `send` gets what the signature adds to the decision.
  open(shown, { title, name, changes, send }) {
    [this.shown, this.send] = [shown, send];
    this.at("[data-title]").textContent = title;
    this.at("[data-text]").textContent = shown.text;
    this.at("[data-digest]").textContent = shown.digest.slice(0, 16);
    this.at("[data-name]").textContent = name;
    this.at("[data-note]").textContent = shown.note ? `${shown.note}.`.replace("..", ".") : "";
    this.at("[data-note]").hidden = !shown.note;
    this.at("[data-summary]").replaceChildren(...changes);
    this.at("[data-changed]").hidden = !changes.length;
    this.at("[data-meanings]").replaceChildren(...shown.meanings.map((one, place) => choice(one, place, shown.meanings.length === 1)));
    this.at("[data-secret]").hidden = !shown.asks;
    this.at("[data-known]").hidden = Boolean(shown.asks);
    this.at("[data-asked]").textContent = ASKED[shown.asks] ? gettext(ASKED[shown.asks]) : "";
    this.secret.hidden = shown.asks === "provider";
    if (shown.asks === "provider") this.at("[data-asked]").replaceChildren(atProvider());
    this.secret.type = shown.asks === "password" ? "password" : "text";
    this.secret.autocomplete = shown.asks === "password" ? "current-password" : "off";
    this.readBy = shown.hurry ? performance.now() + shown.hurry.left * 1000 : 0;
    this.at("[data-hurry]").hidden = !shown.hurry;
    this.at("[data-hurry] span").textContent = shown.hurry ? gettext("Faster than it can be read: {hurry}. Go on reading, or say why you sign now.", { hurry: shown.hurry.words }) : "";
    this.hurried.value = "";
    this.wrong("");
    this.busy(false);
    this.box.showModal();
    this.at("[data-text]").focus();
    this.at("[data-text]").scrollTop = 0;
  }

  sign() {
    const chosen = this.form.querySelector("input[name=meaning]:checked");
    if (!chosen) return this.wrong(gettext("Say what your signature means."), this.form.querySelector("input[name=meaning]"));
    if (this.shown.asks && this.shown.asks !== "provider" && !this.secret.value) return this.wrong(`${gettext(ASKED[this.shown.asks])}.`, this.secret);
    const hurried = this.hurried.value.trim();
    if (performance.now() < this.readBy && !hurried) return this.wrong(gettext("Go on reading, or say why you sign now."), this.hurried);
    const { meaning, preliminary } = this.shown.meanings[Number(chosen.value)];
    this.wrong("");
    this.busy(true);
    this.send({ meaning, preliminary, text_digest: this.shown.digest, secret: this.secret.value, ...(hurried ? { hurried } : {}) });
  }

  // The server answered and did not sign: why not, with everything as it was left.
  settle(why) {
    if (!this.box?.open) return;
    this.busy(false);
    if (this.shown.asks === "password") this.secret.value = "";
    this.wrong(why || "", this.shown.asks ? this.secret : null);
  }

  wrong(why, field) {
    this.at("[data-wrong]").textContent = why;
    field?.focus();
  }

  busy(on) {
    this.at("#confirm-signature").disabled = on;
    this.at("#confirm-signature").textContent = on ? gettext("Signing …") : gettext("Sign");
  }
}

// Who signs shows it there once more, in another tab; then the signature is given here.
function atProvider() {
  const link = Object.assign(node("a", gettext("Confirm at your identity provider that it is you")), { href: "/sign-in/go?confirm=yes", target: "_blank", rel: "noopener" });
  const words = node("span");
  words.append(link, gettext(", in another tab; then sign here."));
  return words;
}

function choice(one, place, only) {
  const label = node("label");
  const radio = node("input");
  Object.assign(radio, { type: "radio", name: "meaning", value: String(place), checked: only });
  radio.dataset.meaning = one.preliminary ? "preliminary" : one.meaning;
  label.append(radio, node("span", `${one.words}.`));
  return label;
}

// An addendum to the signed report, or sentences of it put right: composed by the server, then signed as the report was.
export function mountFollowing(article, signing, send, say, signal) {
  const box = article.querySelector("#following");
  box?.addEventListener("submit", ask, { signal });

  async function ask(event) {
    event.preventDefault();
    const form = event.target;
    const change = form.dataset.follow === "addition" ? { addition: form.elements.addition.value.trim() } : amended(form);
    const signer = form.elements.signer.value.trim();
    if (!signer) return missing(gettext("Name the signer first."), form.elements.signer);
    if ("addition" in change && !change.addition) return missing(gettext("Say what is added."), form.elements.addition);
    if ("words" in change && !Object.keys(change.words).length) return missing(gettext("No sentence is changed."), form.querySelector("textarea"));
    if ("words" in change && !change.reason) return missing(gettext("Say why the report is put right."), form.elements.reason);
    const shown = await called("version_to_sign", { case_id: article.dataset.case, ...change });
    if (shown.error) return say(gettext("Not done: {error}.", { error: shown.error }), shown.status === 409 ? "stale" : "error");
    const about = { token: article.dataset.token, reviewer: signer, role: form.elements.role.value };
    const title = "addition" in change ? gettext("Sign this addendum") : gettext("Sign this amendment");
    signing.open(shown, {
      title,
      name: signer,
      changes: [],
      send: ({ preliminary, ...signature }) => send("follow_report", { ...about, ...change, ...signature }),
    });
  }

  function missing(words, field) {
    say(words, "error");
    field.focus();
  }
}

function amended(form) {
  const fields = [...form.querySelectorAll("textarea[data-place]")];
  const changed = fields.filter((field) => field.value.trim() !== field.dataset.was.trim());
  return { words: Object.fromEntries(changed.map((field) => [field.dataset.place, field.value.trim()])), reason: form.elements.reason.value.trim() };
}

export async function called(name, data) {
  try {
    return await call(name, data);
  } catch {
    return { error: gettext("no answer from the server; nothing was lost on this page, try again in a moment") };
  }
}
