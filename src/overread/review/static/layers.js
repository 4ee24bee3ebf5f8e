// The lists below the images: what tools found, with a switch each, and what the reader measured and drew.
import { KINDS } from "./measures.js";
import { gettext } from "./wording.js";

function made(name, kind, ...inside) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  element.append(...inside);
  return element;
}

export function listLayers(overlays) {
  return overlays.map((overlay) => {
    const box = Object.assign(made("input"), { type: "checkbox", checked: overlay.on });
    box.dataset.layer = overlay.id;
    const swatch = made("i");
    swatch.style.background = overlay.colour;
    const name = Object.assign(made("span", "", overlay.name), { title: gettext("by {who}", { who: overlay.tool }) });
    const label = made("label", "check layer", box, swatch, name);
    label.dataset.evidence = overlay.id;
    return label;
  });
}

export function listMarks(marks, pictureOf) {
  return marks.map((mark) => {
    const away = Object.assign(made("button", "quiet", "×"), { type: "button" });
    away.dataset.unmark = mark.key;
    const name = gettext(KINDS[mark.kind].name);
    away.setAttribute("aria-label", gettext("Remove: {mark}", { mark: `${name} ${mark.words}` }));
    const item = made("li", "", `${mark.kind === "ratio" ? "" : `${name} `}${mark.words}${mark.waits ? ` (${gettext("not kept yet")})` : ""}`);
    if (mark.own !== false) item.append(away);
    item.dataset.kept = mark.id && !mark.waits ? "yes" : "no";
    const where = pictureOf(mark.picture)?.title;
    item.title = [where, mark.author ? gettext("by {who}", { who: mark.author }) : "", mark.from === "guess" ? gettext("started without masks: drag each end") : ""].filter(Boolean).join(" · ");
    return item;
  });
}
