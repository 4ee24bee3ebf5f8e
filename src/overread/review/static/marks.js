// The marks of a case: kept here as they are made, and sent to be kept with the case.

export class Marks {
  constructor(caseId, kept, say, changed) {
    Object.assign(this, { caseId, say, changed, next: 0, byPicture: new Map() });
    for (const mark of kept) this.of(mark.picture).push({ ...mark, key: this.key() });
  }

  key() {
    return `m${this.next++}`;
  }

  of(picture) {
    if (!this.byPicture.has(picture)) this.byPicture.set(picture, []);
    return this.byPicture.get(picture);
  }

  keep(picture, mark) {
    Object.assign(mark, { picture, key: mark.key || this.key() });
  }

  remove(key) {
    for (const marks of this.byPicture.values()) {
      const at = marks.findIndex((mark) => mark.key === key);
      if (at >= 0) marks.splice(at, 1);
    }
  }
}
