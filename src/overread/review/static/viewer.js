// One pane with one radiograph: its stored values through a window, how it lies on the screen, what is drawn over it.
import { drawHeat, drawOverlay, frame } from "./drawing.js";
import { bindGestures } from "./gestures.js";
import { fetchGreys, greysOf } from "./greys.js";
import { drawMark } from "./measures.js";
import { fetchBitmap, outlineOf } from "./outline.js";
import { Pyramid } from "./pyramid.js";
import { Turning, inverse, through } from "./turning.js";
import { gettext } from "./wording.js";

const EDGES = ["left", "right", "top", "bottom"];
// More pixels than this are drawn from the nearest ones while they move, and smoothly when they rest.
const COARSE_ABOVE = 400_000;
const REST = 140;
const LENS = { side: 220, zoom: 2.5 };

export class Viewer {
  constructor(pane, told = {}) {
    this.pane = pane;
    this.told = { change() {}, point() {}, mark() {}, ...told };
    const made = (name, kind) => Object.assign(document.createElement(name), { className: kind });
    [this.pixels, this.over] = [made("canvas", ""), made("canvas", "")];
    this.lens = Object.assign(made("canvas", "lens"), { hidden: true });
    this.caption = made("p", "caption");
    this.warning = Object.assign(made("p", "turned"), { hidden: true });
    this.warning.setAttribute("role", "status");
    this.sides = Object.fromEntries(EDGES.map((edge) => [edge, made("span", `side ${edge}`)]));
    pane.replaceChildren(this.pixels, this.over, this.lens, ...Object.values(this.sides), this.warning, this.caption);
    Object.assign(this, { overlays: [], marks: [], draft: null, chosenMark: null, mode: "window", heat: null });
    this.look = { opacity: 0.9, fill: false, shown: true, held: false };
    this.highlight = { ids: new Set(), whole: false };
    Object.assign(this, { window: null, invert: false, turning: new Turning(), view: { scale: 1, x: 0, y: 0 } });
    this.listeners = new AbortController();
    bindGestures(this, this.listeners.signal);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(pane);
  }

  async open(picture, overlays, marks = []) {
    const started = performance.now();
    Object.assign(this, { picture, marks, draft: null, greys: null, lost: false, window: null, invert: false });
    this.turning = new Turning();
    this.overlays = overlays.map((overlay) => ({ ...overlay, on: true, path: null, mask: null }));
    this.name();
    this.pane.dataset.ready = "no";
    this.first = null;
    this.showFirst(picture, started);
    const values = picture.values && (await fetchGreys(picture.values));
    const bitmap = values ? null : await fetchBitmap(picture.address);
    if (this.picture !== picture) return;
    if (!values && !bitmap) {
      this.lost = true;
      return this.drawSides();
    }
    this.name();
    this.take(values || greysOf(bitmap));
    if (picture.values && !values) this.caption.textContent += ` · ${gettext("its stored values cannot be loaded: 256 greys")}`;
    this.resize();
    this.fit();
    this.pane.dataset.ready = "pixels";
    this.pane.dataset.firstMs ||= Math.round(performance.now() - started);
    this.first = null;
    await Promise.all(this.overlays.filter((one) => one.address).map((one) => this.loadMask(one)));
    if (this.picture !== picture) return;
    this.draw();
    this.pane.dataset.ready = "yes";
    this.pane.dataset.allMs = Math.round(performance.now() - started);
  }

  // What the models saw, small: there until the values have come, which are shown through the same window at first.
  async showFirst(picture, started) {
    delete this.pane.dataset.firstMs;
    const bitmap = await fetchBitmap(picture.preview);
    if (!bitmap || this.picture !== picture || this.greys || this.listeners.signal.aborted) return;
    this.first = bitmap;
    this.caption.textContent += ` · ${gettext("stored values are coming")}`;
    this.resize();
    this.pane.dataset.ready = "preview";
    this.pane.dataset.firstMs = Math.round(performance.now() - started);
  }

  drawFirst() {
    const scale = this.fitScale();
    const [width, height] = this.size.map((side) => side * scale);
    const context = this.pixels.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.pixels.width, this.pixels.height);
    context.drawImage(this.first, (this.pixels.width - width) / 2, (this.pixels.height - height) / 2, width, height);
    this.drawSides();
  }

  name() {
    const { prior, title, said } = this.picture;
    this.caption.textContent = (prior ? `${gettext("PRIOR")} · ` : "") + title + (said ? ` · ${said}` : "");
    this.pane.setAttribute("aria-label", `${prior ? gettext("Prior radiograph") : gettext("Radiograph")}, ${title}`);
  }

  take(greys) {
    this.greys = greys;
    this.pyramid = new Pyramid(greys.codes, greys.width, greys.height);
    this.sampled = null;
    this.choose(0, false);
    if (greys.meaning.inverted) this.caption.textContent += ` · ${gettext("high values dark: {why}", { why: greys.meaning.polarity.replace("inverted: ", "") })}`;
  }

  async loadMask(overlay) {
    const bitmap = await fetchBitmap(overlay.address);
    if (bitmap) Object.assign(overlay, outlineOf(bitmap, overlay.colour));
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.pane;
    if (!width || !height) return;
    for (const canvas of [this.pixels, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.ratio = ratio;
    if (this.greys) this.fitted ? this.fit() : this.draw();
    else if (this.first) this.drawFirst();
  }

  get middle() {
    return [this.pixels.width / 2, this.pixels.height / 2];
  }

  // Width and height of the picture as it is turned.
  get size() {
    return this.turning.size(this.picture.columns, this.picture.rows);
  }

  fitScale() {
    const [width, height] = this.size;
    return Math.min(this.pixels.width / width, this.pixels.height / height);
  }

  fit() {
    if (!this.greys) return;
    const scale = this.fitScale();
    const [width, height] = this.size;
    this.view = { scale, x: (this.pixels.width - width * scale) / 2, y: (this.pixels.height - height * scale) / 2 };
    this.fitted = true;
    this.changed();
  }

  reset() {
    this.turning = new Turning();
    this.invert = false;
    if (!this.greys) return;
    this.choose(0, false);
    this.fit();
  }

  one() {
    this.zoomTo(1, ...this.middle);
  }

  zoom(factor, x = this.middle[0], y = this.middle[1]) {
    this.zoomTo(this.view.scale * factor, x, y);
  }

  zoomTo(scale, x, y) {
    if (!this.greys) return;
    const bounded = Math.max(this.fitScale() / 2, Math.min(16, scale));
    const factor = bounded / this.view.scale;
    this.view = { scale: bounded, x: x - (x - this.view.x) * factor, y: y - (y - this.view.y) * factor };
    this.fitted = false;
    this.changed();
  }

  pan(dx, dy) {
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.fitted = false;
    this.changed();
  }

  turn(turning) {
    this.turning = turning;
    this.fit();
  }

  choose(number, draw = true) {
    const preset = this.greys.presets[number] || this.greys.presets[0];
    this.window = { preset, centre: preset.centre, width: preset.width };
    if (draw) this.changed();
  }

  // Shares of the preset's width: the same hand movement does the same on 8 and on 16 bits.
  level(wider, higher) {
    if (!this.window) return;
    const { preset, centre, width } = this.window;
    const least = Math.max(Math.abs(this.greys.meaning.slope), preset.width / 1000);
    const wide = Math.max(least, Math.min(preset.width * 20, width + wider * preset.width));
    this.window = { preset, width: wide, centre: centre + higher * preset.width };
    this.changed();
  }

  // State that a linked pane can follow although its picture has another size and other values.
  relative() {
    const [width, height] = this.size;
    const { scale, x, y } = this.view;
    const { preset, ...now } = this.window || { preset: null };
    return {
      window: preset && {
        place: this.greys.presets.indexOf(preset),
        name: preset.name,
        wider: now.width / preset.width,
        higher: (now.centre - preset.centre) / preset.width,
      },
      invert: this.invert,
      turning: this.turning,
      fitted: this.fitted,
      zoom: scale / this.fitScale(),
      x: (this.middle[0] - x) / (width * scale),
      y: (this.middle[1] - y) / (height * scale),
    };
  }

  follow(other) {
    if (!this.greys) return;
    if (other.window) {
      const preset = this.greys.presets.find((one) => one.name === other.window.name) || this.greys.presets[0];
      const { wider, higher } = other.window;
      this.window = { preset, width: preset.width * wider, centre: preset.centre + higher * preset.width };
    }
    this.invert = other.invert;
    this.turning = other.turning;
    this.fitted = other.fitted;
    const scale = this.fitScale() * other.zoom;
    const [width, height] = this.size;
    this.view = { scale, x: this.middle[0] - other.x * width * scale, y: this.middle[1] - other.y * height * scale };
    this.draw();
  }

  changed() {
    this.draw();
    if (this.greys) this.told.change(this);
  }

  get forward() {
    return this.turning.forward(this.picture.columns, this.picture.rows, this.view);
  }

  // The point of the picture under a point of the screen, in pixels of the picture.
  toPicture(x, y) {
    return through(inverse(this.forward), x, y);
  }

  draw() {
    if (!this.greys) return;
    const context = this.pixels.getContext("2d", { willReadFrequently: true });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.pixels.width, this.pixels.height);
    this.drawValues(context);
    this.drawSides();
    this.drawOver();
  }

  drawValues(context) {
    const [width, height] = this.size.map((side) => side * this.view.scale);
    const left = Math.max(0, Math.floor(this.view.x));
    const top = Math.max(0, Math.floor(this.view.y));
    const wide = Math.min(this.pixels.width, Math.ceil(this.view.x + width)) - left;
    const high = Math.min(this.pixels.height, Math.ceil(this.view.y + height)) - top;
    if (wide <= 0 || high <= 0) return;
    const back = inverse(this.forward);
    const place = [left, top, wide, high, ...Object.values(back)].join(" ");
    if (this.sampled?.place !== place) this.sample(place, back, left, top, wide, high);
    const { codes, image, greys } = this.sampled;
    const table = this.table();
    for (let at = 0; at < codes.length; at++) greys[at] = table[codes[at]];
    context.putImageData(image, left, top);
  }

  sample(place, back, left, top, wide, high) {
    const coarse = wide * high > COARSE_ABOVE && this.moving;
    const same = this.sampled && this.sampled.image.width === wide && this.sampled.image.height === high;
    const image = same ? this.sampled.image : new ImageData(wide, high);
    const codes = same ? this.sampled.codes : new Uint16Array(wide * high);
    const [e, f] = through(back, left, top);
    this.pyramid.sample(codes, wide, high, { ...back, e, f }, this.view.scale < 3 && !coarse);
    this.sampled = { place: coarse ? null : place, codes, image, greys: new Uint32Array(image.data.buffer) };
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.moving = false;
      if (coarse) this.draw();
    }, REST);
  }

  table() {
    const { preset, centre, width } = this.window;
    const { greys, invert, made } = this;
    if (made?.greys !== greys || made.preset !== preset || made.centre !== centre || made.width !== width || made.invert !== invert)
      this.made = { greys, preset, centre, width, invert, table: greys.table(this.window, invert) };
    return this.made.table;
  }

  drawSides() {
    const { edges } = this.picture;
    const seen = this.turning.edges(edges);
    for (const edge of EDGES) {
      this.sides[edge].textContent = seen[edge] || "";
      this.sides[edge].classList.toggle("assumed", edges.assumed);
      this.sides[edge].title = edges.assumed ? gettext("by convention: no header states the side") : gettext("from the header");
    }
    const words = this.lost ? gettext("the pixels cannot be loaded") : this.turning.usual ? "" : gettext("NOT AS HUNG: {turn}", { turn: this.turning.words() });
    if (this.warning.textContent !== words) this.warning.textContent = words;
    this.warning.hidden = !words;
  }

  drawOver() {
    const context = this.over.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.over.width, this.over.height);
    if (this.look.held) return;
    if (this.heat && this.look.shown) drawHeat(context, this, this.heat);
    const lit = this.highlight.ids;
    for (const overlay of this.overlays) {
      const chosen = lit.has(overlay.id);
      if (!chosen && (!this.look.shown || !overlay.on || lit.size)) continue;
      drawOverlay(context, this, overlay, chosen);
    }
    if (this.highlight.whole) frame(context, this);
    if (!this.look.shown && !this.draft) return;
    const { forward } = this;
    for (const mark of this.marks) drawMark(context, forward, this.ratio, mark, mark === this.chosenMark);
    if (this.draft?.points.length) drawMark(context, forward, this.ratio, this.draft, true);
    if (this.cursor) drawMark(context, forward, this.ratio, { kind: "ruler", points: [this.cursor] }, true);
  }

  // A lens at a point of the screen, from the values below it.
  magnify(x, y) {
    this.lens.hidden = x === null || !this.greys;
    if (this.lens.hidden) return;
    const side = Math.round(LENS.side * this.ratio);
    if (this.lens.width !== side) this.lens.width = this.lens.height = side;
    const back = inverse(this.forward);
    const near = { a: back.a / LENS.zoom, b: back.b / LENS.zoom, c: back.c / LENS.zoom, d: back.d / LENS.zoom };
    const [px, py] = through(back, x, y);
    const corner = { e: px - ((near.a + near.c) * side) / 2, f: py - ((near.b + near.d) * side) / 2 };
    const codes = new Uint16Array(side * side);
    this.pyramid.sample(codes, side, side, { ...near, ...corner }, this.view.scale * LENS.zoom < 6);
    const image = new ImageData(side, side);
    const greys = new Uint32Array(image.data.buffer);
    const table = this.table();
    for (let at = 0; at < codes.length; at++) greys[at] = table[codes[at]];
    this.lens.getContext("2d").putImageData(image, 0, 0);
    this.lens.style.left = `${x / this.ratio - LENS.side / 2}px`;
    this.lens.style.top = `${y / this.ratio - LENS.side / 2}px`;
  }

  dispose() {
    this.listeners.abort();
    this.watcher.disconnect();
    clearTimeout(this.rest);
    this.greys = this.first = null;
  }
}
