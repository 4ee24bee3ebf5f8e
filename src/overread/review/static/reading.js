// The images of a case: panes, toolbar, layers, and what is lit when evidence is chosen.
import { Heat } from "./heat.js";
import { KINDS, linesOfMasks, measured, sourceOf } from "./measures.js";
import { Marks } from "./marks.js";
import { listLayers, listMarks } from "./layers.js";
import { Viewer } from "./viewer.js";
import { gettext, number } from "./wording.js";

const MODES = { v: "window", s: "pan", l: "ruler", u: "angle", b: "region" };
const LEVEL = { "[": [0, -0.02], "]": [0, 0.02], "{": [-0.04, 0], "}": [0.04, 0] };
const DO = { m: "magnify", q: "turn", x: "flip", k: "ratio", "\\": "beside", j: "heat" };

export class Reading {
  constructor(section, model, say = () => {}) {
    Object.assign(this, { section, model, linking: false, other: null });
    this.heat = new Heat(section, model.overlays, () => this.panes);
    this.marks = new Marks(section.closest("[data-case]").dataset.case, model, say, () => this.main && this.listMarks());
    this.main = new Viewer(this.find("[data-pane=main]"), this.tellers());
    // A measured region is shown when its evidence is chosen; drawn always, it would only hide the picture.
    this.hidden = new Set(model.overlays.filter((overlay) => overlay.kind === "region").map((overlay) => overlay.id));
    section.addEventListener("click", (event) => this.click(event));
    section.addEventListener("input", (event) => this.input(event));
    if (model.pictures.length) this.show(model.first);
  }

  find(what) {
    return this.section.querySelector(what);
  }

  // One more thing that can be lit, that came after the page.
  add(overlay) {
    this.model.overlays.push(overlay);
    this.model.evidence[overlay.id] = { drawn: [overlay.id], picture: overlay.picture, what: overlay.name };
    this.hidden.add(overlay.id);
    if (this.main.picture?.number !== overlay.picture) return;
    this.main.overlays.push({ ...overlay, on: false, path: null, mask: null });
    this.listLayers();
  }

  listLayers() {
    this.find("[data-layers]").replaceChildren(...listLayers(this.main.overlays));
  }

  tellers() {
    return {
      change: (viewer) => this.moved(viewer),
      point: (viewer, point) => this.point(viewer, point),
      mark: (viewer, mark, what) => this.marked(viewer, mark, what),
    };
  }

  get panes() {
    return this.other?.picture ? [this.main, this.other] : [this.main];
  }

  show(number) {
    const picture = this.pictureOf(number);
    for (const button of this.section.querySelectorAll("[data-picture]"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.picture) === number));
    const opened = this.main.open(picture, this.overlaysOf(number), this.marks.of(number));
    for (const overlay of this.main.overlays) overlay.on = !this.hidden.has(overlay.id);
    this.listLayers();
    this.find("[data-source]").textContent = `${picture.greys} · ${sourceOf(picture.spacing)}`;
    this.listMarks();
    this.heat.show();
    return opened.then(() => this.listPresets());
  }

  pictureOf(number) {
    return this.model.pictures.find((one) => one.number === number);
  }

  overlaysOf(number) {
    return this.model.overlays.filter((overlay) => overlay.picture === number && overlay.kind !== "activation");
  }

  listPresets() {
    const list = this.find("[data-do=preset]");
    if (!this.main.greys) return;
    list.replaceChildren(
      ...this.main.greys.presets.map((preset, number) => Object.assign(new Option(preset.name, number), { title: preset.told, translate: !preset.ofHeader })),
    );
    this.moved(this.main);
  }

  listMarks() {
    this.find("[data-marks]").replaceChildren(...listMarks(this.panes.flatMap((viewer) => viewer.marks || []), (number) => this.pictureOf(number)));
  }

  // Light the evidence with these ids; nothing lit shows all layers again.
  // `labels`: the findings in focus, where they are known better than by what the evidence speaks of.
  light(ids, labels = []) {
    const known = ids.map((id) => this.model.evidence[id]).filter(Boolean);
    this.heat.focus(labels.length ? labels : [...new Set(known.flatMap((item) => item.labels || []))]);
    const drawn = new Set(known.flatMap((item) => item.drawn));
    const whole = known.some((item) => !item.drawn.length && item.picture !== null);
    const target = known.find((item) => item.picture !== null)?.picture;
    const open = this.main.picture?.number;
    const apply = () => {
      const picture = this.main.picture?.number;
      const here = new Set(this.main.overlays.filter((overlay) => drawn.has(overlay.id)).map((overlay) => overlay.id));
      this.main.highlight = { ids: here, whole: whole && !here.size && known.some((item) => item.picture === picture) };
      this.main.pane.dataset.lit = [...here].join(" ") || (this.main.highlight.whole ? "whole" : "");
      this.main.draw();
      this.lightOther(drawn);
    };
    const onPrior = this.pictureOf(target)?.prior;
    if (target !== undefined && target !== open && !onPrior) this.show(target).then(apply);
    apply();
  }

  // What is lit here is lit in the picture beside it too, where it has a place there.
  lightOther(drawn) {
    if (!this.other?.picture) return;
    const there = this.other.overlays.filter((overlay) => drawn.has(overlay.id)).map((overlay) => overlay.id);
    this.other.highlight = { ids: new Set(there), whole: false };
    this.other.pane.dataset.lit = there.join(" ");
    this.other.draw();
  }

  click(event) {
    const button = event.target.closest("button");
    if (button?.dataset.picture) this.show(Number(button.dataset.picture));
    else if (button?.dataset.mode) this.mode(button.dataset.mode);
    else if (button?.dataset.unmark) this.unmark(button.dataset.unmark);
    else if (button?.dataset.do) this.act(button.dataset.do);
  }

  // A key of the viewer's; false for one of somebody else's.
  key(name) {
    if (MODES[name]) this.mode(MODES[name]);
    else if (LEVEL[name]) this.main.level(...LEVEL[name]);
    else if (DO[name]) this.act(DO[name]);
    else if (name >= "2" && name <= "9" && this.main.greys?.presets[name - 2]) this.main.choose(name - 2);
    else if (name === "Delete" && this.main.chosenMark?.own) this.unmark(this.main.chosenMark.key);
    else return false;
    return true;
  }

  mode(mode) {
    for (const viewer of this.panes) Object.assign(viewer, { mode, draft: null, cursor: null });
    for (const button of this.section.querySelectorAll("[data-mode]"))
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.find("[data-hint]").textContent = KINDS[mode] ? gettext("{kind}: {count} points; click, or arrows and Enter on the image", { kind: gettext(KINDS[mode].name), count: KINDS[mode].points }) : "";
    if (KINDS[mode]) this.main.pane.focus();
    this.main.drawOver();
  }

  act(what) {
    const viewer = this.main;
    const simple = {
      fit: () => viewer.fit(),
      one: () => viewer.one(),
      in: () => viewer.zoom(1.25),
      out: () => viewer.zoom(0.8),
      reset: () => viewer.reset(),
      turn: () => viewer.turn(viewer.turning.turned()),
      flip: () => viewer.turn(viewer.turning.flipped()),
      ratio: () => this.ratio(),
      beside: () => this.toggle(),
      heat: () => this.heat.toggle(),
      "next-heat": () => this.heat.next(),
      invert: () => {
        viewer.invert = !viewer.invert;
        viewer.changed();
      },
      overlays: () => {
        const shown = !viewer.look.shown;
        this.panes.forEach((pane) => ((pane.look.shown = shown), pane.draw()));
      },
      magnify: () => {
        const on = !viewer.magnifying;
        this.panes.forEach((pane) => ((pane.magnifying = on), pane.magnify(null)));
      },
    };
    simple[what]?.();
    this.press("invert", viewer.invert);
    this.press("overlays", viewer.look.shown);
    this.press("magnify", Boolean(viewer.magnifying));
  }

  press(name, on) {
    this.find(`button[data-do=${name}]`)?.setAttribute("aria-pressed", String(on));
  }

  input(event) {
    const { do: what, layer } = event.target.dataset;
    if (what === "beside") return this.beside(event.target.value);
    if (what === "heat") return this.heat.toggle(event.target.checked);
    if (what === "preset") return this.main.choose(Number(event.target.value));
    for (const viewer of this.panes) {
      if (what === "opacity") viewer.look.opacity = event.target.value / 100;
      if (what === "fill") viewer.look.fill = event.target.checked;
      const own = viewer.overlays.find((overlay) => overlay.id === layer);
      if (own) own.on = event.target.checked;
      viewer.draw();
    }
    if (layer) this.hidden[event.target.checked ? "delete" : "add"](layer);
    if (what === "link") this.moved(this.main);
  }

  hold(held) {
    if (this.main.look.held === held) return;
    for (const viewer of this.panes) ((viewer.look.held = held), viewer.draw());
  }

  // Lines of the cardiothoracic ratio: where the masks have their widths, else where a usual chest would.
  ratio() {
    const { overlays, picture, marks } = this.main;
    const masked = (name) => overlays.filter((one) => one.extent && one.structure?.includes(name)).map((one) => one.extent);
    const [heart] = masked("heart");
    const lungs = masked("lung");
    const { columns: w, rows: h } = picture;
    const points = heart && lungs.length ? linesOfMasks(heart, lungs) : [[0.38 * w, 0.6 * h], [0.64 * w, 0.6 * h], [0.14 * w, 0.72 * h], [0.86 * w, 0.72 * h]];
    const mark = { kind: "ratio", points, from: heart ? "masks" : "guess", ...measured("ratio", points, picture.spacing) };
    marks.push(mark);
    this.main.chosenMark = mark;
    this.main.look.shown = true;
    this.marked(this.main, mark, "made");
    this.main.drawOver();
  }

  marked(viewer, mark, what) {
    if (what !== "moving") this.marks.keep(viewer.picture.number, mark);
    if (what === "made" && KINDS[viewer.mode]) this.mode("window");
    if (what === "made" && mark.kind === "region") this.drawn(viewer.picture, mark.points);
    this.listMarks();
  }

  // Tell a region in whole pixels to who asked for one, such as a finding that is placed by it.
  drawn(picture, points) {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => Math.round(point[axis])));
    const [x, y] = [Math.min(...xs, picture.columns - 1), Math.min(...ys, picture.rows - 1)];
    const region = { x, y, width: Math.max(1, Math.max(...xs) - x), height: Math.max(1, Math.max(...ys) - y) };
    this.section.dispatchEvent(new CustomEvent("region-drawn", { bubbles: true, detail: { picture: picture.number, region } }));
  }

  unmark(key) {
    this.marks.remove(key);
    for (const viewer of this.panes) {
      if (viewer.chosenMark?.key === key) viewer.chosenMark = null;
      viewer.drawOver();
    }
    this.listMarks();
  }

  toggle() {
    const list = this.find("select[data-do=beside]");
    if (!list) return;
    list.value = list.value === "" ? list.options[1].value : "";
    this.beside(list.value);
  }

  // Show another image of the study, or a prior, beside the one that is read; "" shows none.
  beside(value) {
    const pane = this.find("[data-pane=prior]");
    pane.hidden = value === "";
    if (pane.hidden) {
      this.other?.dispose();
      this.other = null;
      return;
    }
    this.other ||= new Viewer(pane, this.tellers());
    Object.assign(this.other.look, this.main.look);
    const number = Number(value);
    // What is opened follows the picture that is read, never the other way round.
    this.linking = true;
    this.other.open(this.pictureOf(number), this.overlaysOf(number), this.marks.of(number)).finally(() => {
      this.linking = false;
      this.moved(this.main);
    });
    this.heat.show();
    for (const overlay of this.other.overlays) overlay.on = !this.hidden.has(overlay.id);
    this.listMarks();
  }

  point(viewer, point) {
    const [x, y] = (point || []).map(Math.floor);
    const value = point && viewer.greys?.valueAt(x, y);
    const unit = viewer.greys?.meaning.unit;
    this.under = value == null ? "" : `${x}, ${y}: ${Number.isInteger(value) ? value : number(value, 2)}${unit ? ` ${unit}` : ""}`;
    this.read();
  }

  read() {
    const { window: shown, view, ratio, picture } = this.main;
    if (!picture) return;
    const digits = shown && shown.width < 10 ? 2 : 0;
    const level = shown ? `W ${number(shown.width, digits)} L ${number(shown.centre, digits)}` : "";
    this.find("[data-readout]").textContent = [this.under, level, `${Math.round((view.scale / ratio) * 100)} %`].filter(Boolean).join(" · ");
  }

  moved(viewer) {
    this.read();
    const list = this.find("[data-do=preset]");
    const { greys, window: shown } = this.main;
    if (greys && list.options.length) list.value = greys.presets.indexOf(shown.preset);
    const linked = this.find("[data-do=link]")?.checked;
    if (!linked || !this.other?.greys || !this.main.greys || this.linking) return;
    this.linking = true;
    (viewer === this.main ? this.other : this.main).follow(viewer.relative());
    this.linking = false;
    this.read();
  }

  dispose() {
    this.main.dispose();
    this.other?.dispose();
  }
}
