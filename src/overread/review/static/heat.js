// Where a network looked for the finding in focus, laid over the picture. A map is fetched when it is first looked at.
import { fetchBitmap, outlineOf } from "./outline.js";

// Vermilion to yellow (Okabe and Ito 2008), clear to nearly opaque: on no grey and for no kind of colour blindness does it look
// grey (chroma 11 or more by Machado 2009), and on dark ground what is stronger is lighter.
const [WEAK, STRONG] = [[213, 94, 0], [240, 228, 66]];
// Below this part of its highest place a map shows nothing.
const LEAST = 0.2;
const OPAQUE = 0.62;
const FINER = 6;

export class Heat {
  constructor(section, overlays, panes) {
    Object.assign(this, { section, panes, on: false, labels: null, turn: 0 });
    this.maps = overlays.filter((overlay) => overlay.kind === "activation");
    this.legend = section.querySelector("[data-heat]");
  }

  focus(labels) {
    Object.assign(this, { labels, turn: 0 });
    this.show();
  }

  toggle(on = !this.on) {
    this.on = on;
    this.section.querySelector("input[data-do=heat]").checked = on;
    this.show();
  }

  next() {
    this.turn++;
    this.show();
  }

  // One finding at a time; its map in the picture that is read, and in the one beside it.
  async show() {
    const panes = this.panes();
    const open = this.maps.filter((map) => panes.some((viewer) => viewer.picture?.number === map.picture));
    const names = this.on ? [...new Set(this.labels)].filter((label) => open.some((map) => map.name === label)) : [];
    const name = names[this.turn % names.length];
    const maps = panes.map((viewer) => open.find((map) => map.name === name && map.picture === viewer.picture?.number));
    const shown = (this.shown = maps.find(Boolean) || null);
    this.tell(shown, names.length);
    for (const map of maps.filter(Boolean)) map.drawn ||= await drawnFrom(map.address);
    if (this.shown !== shown) return;
    if (shown && !shown.drawn) this.legend.querySelector("[data-words]").textContent = this.legend.dataset.gone;
    panes.forEach((viewer, at) => this.lay(viewer, maps[at]?.drawn || null, name));
  }

  lay(viewer, heat, name) {
    viewer.pane.dataset.map = heat ? name : "";
    if (viewer.heat === heat) return;
    viewer.heat = heat;
    if (viewer.greys) viewer.drawOver();
  }

  tell(map, count) {
    const { legend } = this;
    const { none, idle, shown, by, right, unmeasured } = legend.dataset;
    legend.hidden = !this.on;
    legend.querySelector("[data-do=next-heat]").hidden = count < 2;
    legend.querySelector(".scale").hidden = !map;
    const names = this.labels || [];
    const said = map
      ? [shown, map.by ? by : "", map.right === null ? unmeasured : right].filter(Boolean).join(" ")
      : names.length ? none : idle;
    const values = map
      ? { finding: map.name, model: map.model, by: map.by, hit: Math.round(map.right * 100) }
      : { finding: names.join(", ") };
    legend.querySelector("[data-words]").textContent = said.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}

async function drawnFrom(address) {
  const small = await fetchBitmap(address);
  if (!small) return null;
  const [width, height] = [small.width * FINER, small.height * FINER];
  const bitmap = await createImageBitmap(small, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
  return { tinted: tinted(bitmap), path: outlineOf(bitmap, "#000000").path, width, height };
}

function tinted(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const area = context.getImageData(0, 0, bitmap.width, bitmap.height);
  for (let at = 0; at < area.data.length; at += 4) {
    const share = Math.max(0, (area.data[at] / 255 - LEAST) / (1 - LEAST));
    WEAK.forEach((from, channel) => (area.data[at + channel] = from + (STRONG[channel] - from) * share));
    area.data[at + 3] = 255 * OPAQUE * Math.sqrt(share);
  }
  context.putImageData(area, 0, 0);
  return canvas;
}
