// One pane with one radiograph: window and level, zoom, pan, invert, overlays, side marks.
import { boxPath, fetchBitmap, outlineOf } from "./outline.js";

const FULL = { centre: 127.5, width: 255 };

export class Viewer {
  constructor(pane, onchange) {
    this.pane = pane;
    this.onchange = onchange || (() => {});
    this.pixels = document.createElement("canvas");
    this.marks = document.createElement("canvas");
    this.caption = document.createElement("p");
    this.caption.className = "caption";
    this.sides = ["left", "right"].map((edge) => {
      const mark = document.createElement("span");
      mark.className = `side ${edge}`;
      return mark;
    });
    pane.replaceChildren(this.pixels, this.marks, ...this.sides, this.caption);
    this.overlays = [];
    this.look = { opacity: 0.9, fill: false, shown: true, held: false };
    this.highlight = { ids: new Set(), whole: false };
    this.window = { ...FULL };
    this.invert = false;
    this.view = { scale: 1, x: 0, y: 0 };
    this.listeners = new AbortController();
    this.bind();
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(pane);
  }

  async open(picture, overlays) {
    this.picture = picture;
    this.overlays = overlays.map((overlay) => ({ ...overlay, on: true, path: null, mask: null }));
    this.caption.textContent = (picture.prior ? "PRIOR · " : "") + picture.title;
    this.pane.setAttribute("aria-label", `${picture.prior ? "Prior radiograph" : "Radiograph"}, ${picture.title}`);
    [picture.left, picture.right].forEach((side, place) => {
      this.sides[place].textContent = side || "";
      this.sides[place].classList.toggle("assumed", Boolean(picture.assumed));
      this.sides[place].title = picture.assumed ? "by convention: no header states the side" : "from the header";
    });
    this.bitmap = null;
    this.pane.dataset.ready = "no";
    const bitmap = await fetchBitmap(picture.address);
    if (this.picture !== picture) return;
    if (!bitmap) {
      this.caption.textContent += " · the pixels cannot be loaded";
      return;
    }
    this.bitmap = bitmap;
    this.resize();
    this.fit();
    this.pane.dataset.ready = "pixels";
    await Promise.all(this.overlays.filter((one) => one.address).map((one) => this.loadMask(one)));
    this.draw();
    this.pane.dataset.ready = "yes";
  }

  async loadMask(overlay) {
    const bitmap = await fetchBitmap(overlay.address);
    if (!bitmap) return;
    const { mask, path } = outlineOf(bitmap, overlay.colour);
    overlay.mask = mask;
    overlay.path = path;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.pane;
    if (!width || !height) return;
    for (const canvas of [this.pixels, this.marks]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.ratio = ratio;
    if (this.bitmap) this.fitted ? this.fit() : this.draw();
  }

  fitScale() {
    return Math.min(this.pixels.width / this.bitmap.width, this.pixels.height / this.bitmap.height);
  }

  fit() {
    if (!this.bitmap) return;
    const scale = this.fitScale();
    this.view = {
      scale,
      x: (this.pixels.width - this.bitmap.width * scale) / 2,
      y: (this.pixels.height - this.bitmap.height * scale) / 2,
    };
    this.fitted = true;
    this.changed();
  }

  reset() {
    this.window = { ...FULL };
    this.invert = false;
    this.fit();
  }

  one() {
    this.zoomTo(1, this.pixels.width / 2, this.pixels.height / 2);
  }

  zoom(factor, x = this.pixels.width / 2, y = this.pixels.height / 2) {
    this.zoomTo(this.view.scale * factor, x, y);
  }

  zoomTo(scale, x, y) {
    if (!this.bitmap) return;
    const bounded = Math.max(this.fitScale() / 2, Math.min(16, scale));
    const factor = bounded / this.view.scale;
    this.view = { scale: bounded, x: x - (x - this.view.x) * factor, y: y - (y - this.view.y) * factor };
    this.fitted = false;
    this.changed();
  }

  pan(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.fitted = false;
    this.changed();
  }

  level(dx, dy) {
    this.window.width = Math.max(2, Math.min(510, this.window.width + dx));
    this.window.centre = Math.max(0, Math.min(255, this.window.centre + dy));
    this.changed();
  }

  // State that a linked pane can follow although its picture has another size.
  relative() {
    const { width, height } = this.pixels;
    return {
      window: { ...this.window },
      invert: this.invert,
      zoom: this.view.scale / this.fitScale(),
      x: (width / 2 - this.view.x) / (this.bitmap.width * this.view.scale),
      y: (height / 2 - this.view.y) / (this.bitmap.height * this.view.scale),
    };
  }

  follow(other) {
    if (!this.bitmap) return;
    this.window = { ...other.window };
    this.invert = other.invert;
    const scale = this.fitScale() * other.zoom;
    this.view = {
      scale,
      x: this.pixels.width / 2 - other.x * this.bitmap.width * scale,
      y: this.pixels.height / 2 - other.y * this.bitmap.height * scale,
    };
    this.fitted = false;
    this.draw();
  }

  changed() {
    this.draw();
    if (this.bitmap) this.onchange(this);
  }

  draw() {
    if (!this.bitmap) return;
    const context = this.pixels.getContext("2d", { willReadFrequently: true });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.pixels.width, this.pixels.height);
    context.imageSmoothingEnabled = this.view.scale < 3;
    context.setTransform(this.view.scale, 0, 0, this.view.scale, this.view.x, this.view.y);
    context.drawImage(this.bitmap, 0, 0);
    if (this.invert || this.window.width !== FULL.width || this.window.centre !== FULL.centre) this.applyWindow(context);
    this.drawMarks();
  }

  applyWindow(context) {
    const low = this.window.centre - this.window.width / 2;
    const table = new Uint8ClampedArray(256);
    for (let grey = 0; grey < 256; grey++) {
      const shown = ((grey - low) / this.window.width) * 255;
      table[grey] = this.invert ? 255 - shown : shown;
    }
    const left = Math.max(0, Math.floor(this.view.x));
    const top = Math.max(0, Math.floor(this.view.y));
    const right = Math.min(this.pixels.width, Math.ceil(this.view.x + this.bitmap.width * this.view.scale));
    const bottom = Math.min(this.pixels.height, Math.ceil(this.view.y + this.bitmap.height * this.view.scale));
    if (right <= left || bottom <= top) return;
    const area = context.getImageData(left, top, right - left, bottom - top);
    const data = area.data;
    for (let at = 0; at < data.length; at += 4) data[at] = data[at + 1] = data[at + 2] = table[data[at]];
    context.putImageData(area, left, top);
  }

  drawMarks() {
    const context = this.marks.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    if (this.look.held) return;
    const lit = this.highlight.ids;
    for (const overlay of this.overlays) {
      const chosen = lit.has(overlay.id);
      if (!chosen && (!this.look.shown || !overlay.on || lit.size)) continue;
      this.drawOverlay(context, overlay, chosen);
    }
    if (this.highlight.whole) this.frame(context);
  }

  drawOverlay(context, overlay, chosen) {
    const { scale, x, y } = this.view;
    context.setTransform(scale, 0, 0, scale, x, y);
    if (overlay.mask && (this.look.fill || chosen)) {
      context.globalAlpha = this.look.opacity * (chosen && !this.look.fill ? 0.14 : 0.3);
      context.drawImage(overlay.mask, 0, 0);
    }
    const path = overlay.path || boxPath(overlay.region);
    if (!path) return;
    context.globalAlpha = chosen ? 1 : this.look.opacity;
    context.setLineDash(overlay.kind === "mask" ? [] : [8 / scale, 4 / scale]);
    for (const [width, colour] of [[chosen ? 5.5 : 3.5, "#000"], [chosen ? 3 : 1.6, chosen ? "#fff36b" : overlay.colour]]) {
      context.lineWidth = (width * this.ratio) / scale;
      context.strokeStyle = colour;
      if (width > 3) context.globalAlpha = 0.55;
      else context.globalAlpha = chosen ? 1 : this.look.opacity;
      context.stroke(path);
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (!overlay.path && overlay.region) this.label(context, overlay, chosen);
  }

  label(context, overlay, chosen) {
    const { scale, x, y } = this.view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.font = `${13 * this.ratio}px system-ui, sans-serif`;
    context.lineWidth = 3 * this.ratio;
    context.strokeStyle = "#000";
    context.fillStyle = chosen ? "#fff36b" : overlay.colour;
    const at = [overlay.region.x * scale + x, overlay.region.y * scale + y - 5 * this.ratio];
    context.strokeText(overlay.name, ...at);
    context.fillText(overlay.name, ...at);
  }

  frame(context) {
    const { scale, x, y } = this.view;
    context.setTransform(scale, 0, 0, scale, x, y);
    context.lineWidth = (4 * this.ratio) / scale;
    context.strokeStyle = "#fff36b";
    const inset = context.lineWidth / 2;
    context.strokeRect(inset, inset, this.bitmap.width - 2 * inset, this.bitmap.height - 2 * inset);
  }

  bind() {
    const signal = this.listeners.signal;
    const on = (name, handler, options = {}) => this.pane.addEventListener(name, handler, { signal, ...options });
    let drag = null;
    on("pointerdown", (event) => {
      drag = { x: event.clientX, y: event.clientY, pan: event.button !== 0 || event.shiftKey };
      this.pane.setPointerCapture(event.pointerId);
    });
    on("pointermove", (event) => {
      if (!drag) return;
      const dx = event.clientX - drag.x;
      const dy = event.clientY - drag.y;
      drag = { ...drag, x: event.clientX, y: event.clientY };
      if (drag.pan) this.pan(dx * this.ratio, dy * this.ratio);
      else this.level(dx * 0.8, dy * 0.5);
    });
    for (const name of ["pointerup", "pointercancel"]) on(name, () => (drag = null));
    on("contextmenu", (event) => event.preventDefault());
    on("dblclick", () => this.fit());
    on(
      "wheel",
      (event) => {
        event.preventDefault();
        const box = this.pane.getBoundingClientRect();
        const at = [(event.clientX - box.left) * this.ratio, (event.clientY - box.top) * this.ratio];
        this.zoom(Math.exp(-event.deltaY / 500), ...at);
      },
      { passive: false },
    );
  }

  dispose() {
    this.listeners.abort();
    this.watcher.disconnect();
    this.bitmap = null;
  }
}
