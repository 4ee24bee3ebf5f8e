// Hold to talk: one sentence is heard on the server and shown, its sides and negations marked, before it is used.
import { gettext, gettext_noop } from "./wording.js";
const RATE = 16000;
const MOST_MS = 29000;
const REFUSED = {
  NotAllowedError: gettext_noop("The microphone is refused; allow it for this page in the browser."),
  NotFoundError: gettext_noop("There is no microphone."),
};
const LONG = gettext_noop("That is too long; say one sentence.");
const UNKNOWN = { 401: gettext_noop("You are not logged in any more; open the page again."), 404: gettext_noop("There is nothing here."), 413: LONG };

function element(name, set = {}) {
  return Object.assign(document.createElement(name), set);
}

// Hears until it is told to stop; the browser's own rate is turned into the recogniser's.
async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL("./recorder.js", import.meta.url));
  const blocks = [];
  const recorder = new AudioWorkletNode(context, "recorder");
  recorder.port.onmessage = (message) => blocks.push(message.data);
  context.createMediaStreamSource(stream).connect(recorder);
  return async () => {
    stream.getTracks().forEach((track) => track.stop());
    const heard = await resampled(blocks, context.sampleRate);
    await context.close();
    return heard;
  };
}

async function resampled(blocks, rate) {
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  if (!length) return new Float32Array(0);
  const target = new OfflineAudioContext(1, Math.ceil((length * RATE) / rate), RATE);
  const buffer = target.createBuffer(1, length, rate);
  let at = 0;
  for (const block of blocks) {
    buffer.copyToChannel(block, 0, at);
    at += block.length;
  }
  const source = new AudioBufferSourceNode(target, { buffer });
  source.connect(target.destination);
  source.start();
  return (await target.startRendering()).getChannelData(0);
}

function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at, words) => [...words].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, place) => view.setInt16(44 + place * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return view.buffer;
}

async function hear(caseId, samples) {
  const sent = { method: "POST", headers: { "content-type": "audio/wav" }, body: wav(samples), credentials: "same-origin" };
  const answer = await fetch(`/dictation/${caseId}`, sent).catch(() => null);
  if (!answer) return { error: gettext("No answer from the server; try again in a moment.") };
  if (!answer.headers.get("content-type")?.startsWith("application/json")) return { error: gettext("The server did not take it ({status}).", { status: answer.status }) };
  const told = await answer.json();
  return answer.ok ? told : { error: told.error || (UNKNOWN[answer.status] ? gettext(UNKNOWN[answer.status]) : gettext("The server did not take it ({status}).", { status: answer.status })) };
}

class Dictation {
  constructor(field) {
    this.field = field;
    this.stop = null;
    this.held = false;
    this.text = null;
    this.button = element("button", { type: "button", textContent: gettext("Hold to talk (F8)") });
    this.button.setAttribute("aria-pressed", "false");
    this.status = element("span");
    this.status.setAttribute("role", "status");
    this.shown = element("p", { className: "heard" });
    this.take = element("button", { type: "button", textContent: gettext("Take (Enter)"), hidden: true, onclick: () => this.use() });
    this.drop = element("button", { type: "button", textContent: gettext("Drop (Esc)"), hidden: true, onclick: () => this.leave() });
    const row = element("div", { className: "dictate" });
    row.append(this.button, this.take, this.drop, this.status, this.shown);
    field.closest("label").after(row);
    this.button.addEventListener("pointerdown", () => this.begin());
    // The field keeps the cursor, where the words go.
    this.button.addEventListener("mousedown", (event) => event.preventDefault());
    for (const kind of ["pointerup", "pointercancel", "pointerleave", "blur"]) this.button.addEventListener(kind, () => this.end());
    row.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("keydown", (event) => this.key(event));
    for (const one of [row, field]) one.addEventListener("keyup", (event) => event.key === "F8" && this.end());
    field.addEventListener("blur", () => this.end());
  }

  key(event) {
    if (event.key === "F8" && !event.repeat) this.begin();
    else if (this.text !== null && event.key === "Enter") event.target.matches(".doubt") ? event.target.click() : this.use();
    else if (this.text !== null && event.key === "Escape") this.leave();
    else if (event.key !== "F8") return;
    event.preventDefault();
    event.stopPropagation();
  }

  async begin() {
    if (this.held) return;
    this.held = true;
    this.leave();
    try {
      const stop = await record();
      // Who let go while the browser asked has said nothing.
      if (!this.held) return void stop();
      this.stop = stop;
    } catch (error) {
      this.held = false;
      return this.forget(REFUSED[error.name] ? gettext(REFUSED[error.name]) : gettext("The microphone cannot be used here."));
    }
    this.button.setAttribute("aria-pressed", "true");
    this.status.textContent = gettext("Listening …");
    this.limit = setTimeout(() => this.end(), MOST_MS);
  }

  async end() {
    this.held = false;
    const stop = this.stop;
    if (!stop) return;
    this.stop = null;
    clearTimeout(this.limit);
    this.button.setAttribute("aria-pressed", "false");
    this.status.textContent = "…";
    const told = await hear(this.field.closest("article").dataset.case, await stop());
    if (told.error) this.forget(told.error);
    else this.show(told);
  }

  show({ text, watched, doubted, otherwise }) {
    this.text = text;
    this.status.textContent = doubted.length
      ? gettext("Heard in two ways, the other one: “{words}” Look at each place in doubt (Enter on it), then take it.").replace("{words}", otherwise)
      : watched.length ? gettext("Sides and negations are marked: is each there that you said?") : gettext("No side and no negation was heard: is that what you said?");
    const clear = watched.filter(([begin, end]) => !doubted.some(([from, to]) => begin < to && from < end));
    const marks = [...clear.map((span) => [...span, false]), ...doubted.map((span) => [...span, true])].sort(([one], [two]) => one - two);
    let at = 0;
    for (const [begin, end, doubt] of marks) {
      this.shown.append(text.slice(at, begin), doubt ? this.doubt(text.slice(begin, end)) : element("mark", { textContent: text.slice(begin, end) }));
      at = end;
    }
    this.shown.append(text.slice(at));
    this.take.hidden = this.drop.hidden = false;
    this.take.disabled = doubted.length > 0;
    (this.open() || this.field).focus();
  }

  // A place that was heard in two ways: nothing is taken before each was looked at.
  doubt(words) {
    const place = element("button", { type: "button", className: "doubt", textContent: words });
    place.setAttribute("aria-label", gettext("In doubt: {words}. Looked at?").replace("{words}", words));
    place.addEventListener("click", () => {
      place.dataset.looked = "yes";
      this.take.disabled = Boolean(this.open());
      (this.open() || this.field).focus();
    });
    return place;
  }

  open() {
    return this.shown.querySelector(".doubt:not([data-looked])");
  }

  use() {
    const open = this.open();
    if (open) return open.focus();
    this.field.setRangeText(this.text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.forget("");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
  }

  // A place in doubt that had the cursor goes with what was heard: the keys stay with the field.
  leave() {
    this.forget("");
    this.field.focus();
  }

  forget(said) {
    this.text = null;
    this.shown.replaceChildren();
    this.status.textContent = said;
    this.take.hidden = this.drop.hidden = true;
  }
}

const known = new WeakSet();

// Each edit field of a sentence gets its button when it is first looked at.
document.addEventListener("focusin", (event) => {
  const field = event.target;
  if (!field.matches?.(".sentence textarea[data-field=text]") || known.has(field)) return;
  known.add(field);
  new Dictation(field);
});
