// Stored values of a picture: codes, what they mean, and the grey level that a window gives each of them.
import { countsOf } from "./unpacked.js";
import { figure, gettext } from "./wording.js";

// Fetched and unpacked beside the page's own thread: what is on the screen meanwhile can be painted, and the page answers.
export async function fetchGreys(address) {
  const worker = new Worker(new URL("./unpacking.js", import.meta.url), { type: "module" });
  const found = await new Promise((kept) => {
    worker.onmessage = ({ data }) => kept(data);
    worker.onerror = () => kept(null);
    worker.postMessage(new URL(address, location.href).href);
  });
  worker.terminate();
  if (!found) return null;
  const { codes, counts, meaning } = found;
  return new Greys(codes, { ...meaning, shown: bytesOf(meaning.shown), windows: meaning.windows.map(readable) }, counts);
}

// What there is of a case that kept no stored values: the 256 greys of its picture.
export function greysOf(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const codes = new Uint16Array(width * height);
  for (let at = 0; at < codes.length; at++) codes[at] = data[4 * at];
  const shown = Uint8Array.from({ length: 256 }, (_, code) => code);
  const plain = { offset: 0, slope: 1, intercept: 0, unit: null, inverted: false, polarity: "", padding: null, windows: [] };
  return new Greys(codes, { ...plain, rows: height, columns: width, highest: 255, bits: 8, shown, window: gettext("as shown") }, countsOf(codes, 255));
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const readable = (one) => (one.levels ? { ...one, levels: bytesOf(one.levels) } : one);

export class Greys {
  constructor(codes, meaning, counts) {
    this.codes = codes;
    this.meaning = meaning;
    this.width = meaning.columns;
    this.height = meaning.rows;
    this.counts = counts;
    if (meaning.padding) this.counts.fill(0, meaning.padding[0], meaning.padding[1] + 1);
    this.total = this.counts.reduce((sum, count) => sum + count, 0);
    this.presets = this.offered();
  }

  units(code) {
    return (code + this.meaning.offset) * this.meaning.slope + this.meaning.intercept;
  }

  // The value of a pixel of the picture in its units, or null for padding and outside.
  valueAt(x, y) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return null;
    const code = this.codes[y * this.width + x];
    const { padding } = this.meaning;
    return padding && code >= padding[0] && code <= padding[1] ? null : this.units(code);
  }

  // The code that this share (0 to 1) of the pixels lies at or below.
  quantile(share) {
    let left = Math.max(1, share * this.total);
    for (let code = 0; code < this.counts.length; code++) if ((left -= this.counts[code]) <= 0) return code;
    return this.counts.length - 1;
  }

  between(name, low, high, told) {
    const ends = [this.units(this.quantile(low)), this.units(this.quantile(high))].sort((one, other) => one - other);
    const width = Math.max(ends[1] - ends[0], Math.abs(this.meaning.slope));
    return { name, told, centre: (ends[0] + ends[1]) / 2, width, function: "LINEAR_EXACT" };
  }

  offered() {
    const { windows, window, inverted, slope } = this.meaning;
    const first = windows.find((one) => one.centre != null);
    const same = first && window.startsWith("window 1") ? first : this.spanOf(this.meaning.shown);
    const read = { name: gettext("as read"), told: gettext("what the models saw: {window}", { window }), levels: this.meaning.shown, ...ends(same) };
    const header = windows.map((one) => ({ ...one, told: one.name, ofHeader: true, ...ends(one.levels ? this.spanOf(one.levels) : one) }));
    // Dark is where air is: low values, unless the header or a falling slope turns them around.
    const turned = inverted !== slope < 0;
    const part = (name, low, high) => {
      const [from, to] = turned ? [1 - high, 1 - low] : [low, high];
      const percent = (share) => figure(Math.round(share * 1000) / 10);
      return this.between(name, from, to, gettext("percentiles {from} to {to} of this picture's values, not from its header", { from: percent(from), to: percent(to) }));
    };
    return [
      read,
      ...header,
      this.between(gettext("full range"), 0, 1, gettext("lowest to highest value of this picture")),
      part(gettext("percentiles"), 0.001, 0.999),
      part(gettext("lung"), 0.02, 0.55),
      part(gettext("bone"), 0.4, 0.998),
    ];
  }

  // Where a table leaves black and reaches white, as a window.
  spanOf(levels) {
    let low = 0;
    let high = levels.length - 1;
    const [first, last] = [Math.min(levels[0], levels[high]) + 2, Math.max(levels[0], levels[high]) - 2];
    const rising = levels[0] <= levels[high];
    while (low < high && (rising ? levels[low] <= first : levels[low] >= last)) low++;
    while (high > low && (rising ? levels[high] >= last : levels[high] <= first)) high--;
    const ends = [this.units(low), this.units(high)];
    return { centre: (ends[0] + ends[1]) / 2, width: Math.max(Math.abs(ends[1] - ends[0]), Math.abs(this.meaning.slope)) };
  }

  // A grey (0xffgggggg) for each code; the preset's shape (DICOM PS3.3 C.11.2.1) is moved and stretched to centre and width.
  table({ preset, centre, width }, invert) {
    const { highest, inverted, padding, slope } = this.meaning;
    const stretch = preset.width / width;
    // Where in the preset's own scale each code lies: a code for a table, else a share of the window; linear either way.
    const [from, step] = this.place(preset, preset.centre + (this.units(0) - centre) * stretch, slope * stretch);
    const table = new Uint32Array(highest + 1);
    const turn = inverted !== invert ? 255 : 0;
    const { levels } = preset;
    const sigmoid = preset.function === "SIGMOID";
    for (let code = 0; code <= highest; code++) {
      const at = from + code * step;
      let level;
      if (levels) level = levels[at <= 0 ? 0 : at >= levels.length - 1 ? levels.length - 1 : (at + 0.5) | 0];
      else if (sigmoid) level = (255 / (1 + Math.exp(-4 * (at - 0.5))) + 0.5) | 0;
      else level = at <= 0 ? 0 : at >= 1 ? 255 : (at * 255 + 0.5) | 0;
      table[code] = 0xff000000 | ((level ^ turn) * 0x010101);
    }
    if (padding) table.fill(0xff000000, padding[0], padding[1] + 1);
    return table;
  }

  place(preset, value, step) {
    const { slope, intercept, offset } = this.meaning;
    if (preset.levels) return [(value - intercept) / slope - offset, step / slope];
    const exact = preset.function !== "LINEAR" || preset.width <= 1;
    const [centre, width] = exact ? [preset.centre, preset.width] : [preset.centre - 0.5, preset.width - 1];
    return [(value - centre) / width + 0.5, step / width];
  }
}

const ends = ({ centre, width }) => ({ centre, width });
