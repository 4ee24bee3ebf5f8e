// The images of a case: panes, toolbar, layers, and what is lit when evidence is chosen.
import { Viewer } from "./viewer.js";

export class Reading {
  constructor(section, model) {
    this.section = section;
    this.model = model;
    this.linking = false;
    this.main = new Viewer(section.querySelector("[data-pane=main]"), (viewer) => this.moved(viewer));
    this.prior = null;
    // A measured region is shown when its evidence is chosen; drawn always, it would only hide the picture.
    this.hidden = new Set(model.overlays.filter((overlay) => overlay.kind === "region").map((overlay) => overlay.id));
    section.addEventListener("click", (event) => this.click(event));
    section.addEventListener("input", (event) => this.input(event));
    if (model.pictures.length) this.show(model.first);
  }

  show(number) {
    const picture = this.model.pictures.find((one) => one.number === number);
    for (const button of this.section.querySelectorAll("[data-picture]"))
      button.setAttribute("aria-pressed", String(Number(button.dataset.picture) === number));
    const overlays = this.model.overlays.filter((overlay) => overlay.picture === number);
    const opened = this.main.open(picture, overlays);
    this.listLayers();
    return opened;
  }

  // One more thing that can be lit, that came after the page.
  add(overlay) {
    this.model.overlays.push(overlay);
    this.model.evidence[overlay.id] = { drawn: [overlay.id], picture: overlay.picture, what: overlay.name };
    this.hidden.add(overlay.id);
    if (this.main.picture?.number === overlay.picture) this.show(overlay.picture);
  }

  listLayers() {
    const list = this.section.querySelector("[data-layers]");
    list.replaceChildren(
      ...this.main.overlays.map((overlay) => {
        overlay.on = !this.hidden.has(overlay.id);
        const label = document.createElement("label");
        label.className = "check layer";
        label.dataset.evidence = overlay.id;
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = overlay.on;
        box.dataset.layer = overlay.id;
        const swatch = document.createElement("i");
        swatch.style.background = overlay.colour;
        const name = document.createElement("span");
        name.textContent = overlay.name;
        name.title = `by ${overlay.tool}`;
        label.append(box, swatch, name);
        return label;
      }),
    );
  }

  // Light the evidence with these ids; nothing lit shows all layers again.
  light(ids) {
    const known = ids.map((id) => this.model.evidence[id]).filter(Boolean);
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
      this.lightPrior(drawn);
    };
    const onPrior = this.model.pictures.find((one) => one.number === target)?.prior;
    if (target !== undefined && target !== open && !onPrior) this.show(target).then(apply);
    apply();
  }

  // What is lit here is lit in the earlier picture too, where it has a place there.
  lightPrior(drawn) {
    if (!this.prior?.picture) return;
    const there = this.prior.overlays.filter((overlay) => drawn.has(overlay.id)).map((overlay) => overlay.id);
    this.prior.highlight = { ids: new Set(there), whole: false };
    this.prior.pane.dataset.lit = there.join(" ");
    this.prior.draw();
  }

  click(event) {
    const button = event.target.closest("button");
    if (button?.dataset.picture) this.show(Number(button.dataset.picture));
    else if (button?.dataset.do) this.act(button.dataset.do);
  }

  act(what) {
    const viewer = this.main;
    const simple = { fit: () => viewer.fit(), one: () => viewer.one(), in: () => viewer.zoom(1.25), out: () => viewer.zoom(0.8) };
    if (simple[what]) simple[what]();
    if (what === "reset") viewer.reset();
    if (what === "invert") {
      viewer.invert = !viewer.invert;
      viewer.changed();
    }
    if (what === "overlays") {
      viewer.look.shown = !viewer.look.shown;
      viewer.draw();
    }
    if (what === "prior") this.togglePrior();
    this.press("invert", viewer.invert);
    this.press("overlays", viewer.look.shown);
  }

  press(name, on) {
    this.section.querySelector(`button[data-do=${name}]`)?.setAttribute("aria-pressed", String(on));
  }

  input(event) {
    const { do: what, layer } = event.target.dataset;
    const look = this.main.look;
    if (what === "opacity") look.opacity = event.target.value / 100;
    if (what === "fill") look.fill = event.target.checked;
    if (layer) {
      this.main.overlays.find((overlay) => overlay.id === layer).on = event.target.checked;
      this.hidden[event.target.checked ? "delete" : "add"](layer);
    }
    this.main.draw();
  }

  hold(held) {
    if (this.main.look.held === held) return;
    this.main.look.held = held;
    this.main.draw();
  }

  togglePrior() {
    const pane = this.section.querySelector("[data-pane=prior]");
    pane.hidden = !pane.hidden;
    this.press("prior", !pane.hidden);
    if (pane.hidden || this.prior) return;
    this.prior = new Viewer(pane, (viewer) => this.moved(viewer));
    const now = this.main.picture?.title.split(" ")[0];
    const priors = this.model.pictures.filter((one) => one.prior);
    // The one that was compared comes first: only there the tools drew something.
    const drawnOn = (one) => this.model.overlays.some((overlay) => overlay.picture === one.number);
    const best = priors.find(drawnOn) || priors.find((one) => one.title.startsWith(now)) || priors[0];
    this.prior.open(best, this.model.overlays.filter((overlay) => overlay.picture === best.number));
  }

  moved(viewer) {
    const { width, centre } = this.main.window;
    const readout = this.section.querySelector("[data-readout]");
    const zoom = this.main.bitmap ? Math.round((this.main.view.scale / this.main.ratio) * 100) : 100;
    readout.textContent = `W ${Math.round(width)} L ${Math.round(centre)} · ${zoom} %`;
    const linked = this.section.querySelector("[data-do=link]")?.checked;
    if (!linked || !this.prior?.bitmap || !this.main.bitmap || this.linking) return;
    this.linking = true;
    (viewer === this.main ? this.prior : this.main).follow(viewer.relative());
    this.linking = false;
  }

  dispose() {
    this.main.dispose();
    this.prior?.dispose();
  }
}
