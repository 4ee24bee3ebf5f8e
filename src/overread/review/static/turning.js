// How a picture lies on the screen: turned by quarters, mirrored, scaled, moved; and back.
import { gettext } from "./wording.js";

const QUARTERS = [
  (w, h) => ({ a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 }),
  (w, h) => ({ a: 0, b: 1, c: -1, d: 0, e: h, f: 0 }),
  (w, h) => ({ a: -1, b: 0, c: 0, d: -1, e: w, f: h }),
  (w, h) => ({ a: 0, b: -1, c: 1, d: 0, e: 0, f: w }),
];
const AROUND = ["top", "right", "bottom", "left"];

export class Turning {
  constructor(quarters = 0, mirrored = false) {
    this.quarters = quarters;
    this.mirrored = mirrored;
  }

  get usual() {
    return !this.quarters && !this.mirrored;
  }

  // A quarter clockwise on the screen.
  turned() {
    return new Turning((this.quarters + (this.mirrored ? 3 : 1)) % 4, this.mirrored);
  }

  flipped() {
    return new Turning(this.quarters, !this.mirrored);
  }

  size(width, height) {
    return this.quarters % 2 ? [height, width] : [width, height];
  }

  // Picture to screen: first the quarters clockwise, then left and right, then scale and place.
  forward(width, height, { scale, x, y }) {
    let { a, b, c, d, e, f } = QUARTERS[this.quarters](width, height);
    if (this.mirrored) [a, c, e] = [-a, -c, this.size(width, height)[0] - e];
    return { a: a * scale, b: b * scale, c: c * scale, d: d * scale, e: e * scale + x, f: f * scale + y };
  }

  // The marks of the four edges as they lie on the screen.
  edges(marks) {
    const seen = {};
    AROUND.forEach((edge, at) => (seen[AROUND[(at + this.quarters) % 4]] = marks[edge]));
    if (this.mirrored) [seen.left, seen.right] = [seen.right, seen.left];
    return seen;
  }

  words() {
    const turns = ["", gettext("turned a quarter clockwise"), gettext("turned halfway round"), gettext("turned a quarter anticlockwise")];
    // What is mirrored last is seen from the other side: the quarters run the other way round.
    const seen = this.mirrored ? (4 - this.quarters) % 4 : this.quarters;
    const mirrored = gettext("mirrored left to right");
    if (!this.mirrored) return turns[seen];
    return turns[seen] ? gettext("{first}, then {second}", { first: mirrored, second: turns[seen] }) : mirrored;
  }
}

export function inverse({ a, b, c, d, e, f }) {
  const whole = a * d - b * c;
  return { a: d / whole, b: -b / whole, c: -c / whole, d: a / whole, e: (c * f - d * e) / whole, f: (b * e - a * f) / whole };
}

export const through = ({ a, b, c, d, e, f }, x, y) => [a * x + c * y + e, b * x + d * y + f];
