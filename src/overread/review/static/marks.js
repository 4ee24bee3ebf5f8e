// The marks of a case: sent to be kept with it as they are made, moved and taken away.
import { measured } from "./measures.js";
import { gettext } from "./wording.js";

const AGAIN = 5000;

async function call(name, sent) {
  const options = { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" } };
  const answer = await fetch(`/call/${name}`, { ...options, body: JSON.stringify(sent) });
  const given = await answer.json().catch(() => ({ error: gettext("the server did not answer ({status})", { status: answer.status }) }));
  if (given.error) throw Object.assign(new Error(given.error), { refused: true });
  return given;
}

export class Marks {
  constructor(caseId, model, say, changed) {
    Object.assign(this, { caseId, say, changed, next: 0, byPicture: new Map(), line: Promise.resolve() });
    const spacings = new Map(model.pictures.map((picture) => [picture.number, picture.spacing]));
    for (const mark of model.marks || [])
      this.of(mark.picture).push({ ...mark, key: this.key(), ...measured(mark.kind, mark.points, spacings.get(mark.picture)) });
  }

  key() {
    return `m${this.next++}`;
  }

  of(picture) {
    if (!this.byPicture.has(picture)) this.byPicture.set(picture, []);
    return this.byPicture.get(picture);
  }

  get waiting() {
    return [...this.byPicture.values()].flat().some((mark) => mark.waits);
  }

  // One after the other: a mark that is moved again takes the place of what was kept last.
  keep(picture, mark) {
    Object.assign(mark, { picture, key: mark.key || this.key(), own: true, waits: true });
    this.changed();
    this.line = this.line.then(() => this.send(mark));
  }

  async send(mark) {
    if (!mark.waits || mark.gone) return;
    mark.waits = false;
    const { kind, picture } = mark;
    const points = mark.points.map((point) => [...point]);
    try {
      const { id, author } = await call("mark", { case_id: this.caseId, picture, kind, points, ...(mark.id ? { replaces: mark.id } : {}) });
      Object.assign(mark, { id, author });
      if (mark.gone) await call("unmark", { case_id: this.caseId, mark: id });
    } catch (error) {
      this.failed(mark, error);
    }
    this.changed();
  }

  failed(mark, error) {
    mark.waits = true;
    this.say(gettext("A measurement is not kept yet: {error}", { error: error.message }), "error");
    // What the server refused it would refuse again.
    if (!error.refused) setTimeout(() => (this.line = this.line.then(() => this.send(mark))), AGAIN);
  }

  remove(key) {
    for (const marks of this.byPicture.values()) {
      const at = marks.findIndex((mark) => mark.key === key);
      if (at < 0) continue;
      const [mark] = marks.splice(at, 1);
      mark.gone = true;
      if (mark.id)
        this.line = this.line.then(() => call("unmark", { case_id: this.caseId, mark: mark.id })).catch((error) => {
          this.say(gettext("Not removed: {error}", { error: error.message }), "error");
          marks.push(Object.assign(mark, { gone: false }));
          this.changed();
        });
    }
  }
}
