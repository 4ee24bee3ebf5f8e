// What tools found, drawn over a picture: masks, boxes, regions and their names.
import { boxPath } from "./outline.js";
import { through } from "./turning.js";

const CHOSEN = "#fff36b";

export function drawOverlay(context, viewer, overlay, chosen) {
  const { forward, look, ratio } = viewer;
  const { scale } = viewer.view;
  use(context, forward);
  if (overlay.mask && (look.fill || chosen)) {
    context.globalAlpha = look.opacity * (chosen && !look.fill ? 0.14 : 0.3);
    context.drawImage(overlay.mask, 0, 0);
  }
  const path = overlay.path || boxPath(overlay.region);
  if (!path) return;
  context.setLineDash(overlay.kind === "mask" ? [] : [8 / scale, 4 / scale]);
  for (const [width, colour] of [[chosen ? 5.5 : 3.5, "#000"], [chosen ? 3 : 1.6, chosen ? CHOSEN : overlay.colour]]) {
    context.lineWidth = (width * ratio) / scale;
    context.strokeStyle = colour;
    context.globalAlpha = width > 3 ? 0.55 : chosen ? 1 : look.opacity;
    context.stroke(path);
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (!overlay.path && overlay.region) label(context, viewer, overlay, chosen);
}

// Where a network looked: its colours, and a line at half of its highest place, for who tells no colours apart.
export function drawHeat(context, { forward, look, ratio, picture, view }, { tinted, path, width, height }) {
  use(context, forward);
  context.imageSmoothingQuality = "high";
  context.globalAlpha = look.opacity;
  context.drawImage(tinted, 0, 0, picture.columns, picture.rows);
  context.scale(picture.columns / width, picture.rows / height);
  const pixel = (ratio / view.scale) * (width / picture.columns);
  for (const [wide, colour] of [[3, "#000"], [1.2, "#f0e442"]]) {
    context.lineWidth = wide * pixel;
    context.strokeStyle = colour;
    context.stroke(path);
  }
  context.globalAlpha = 1;
}

function label(context, { forward, ratio }, overlay, chosen) {
  const { x, y, width, height } = overlay.region;
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]].map((corner) => through(forward, ...corner));
  const at = [Math.min(...corners.map(([left]) => left)), Math.min(...corners.map(([, top]) => top)) - 5 * ratio];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  context.lineWidth = 3 * ratio;
  context.strokeStyle = "#000";
  context.fillStyle = chosen ? CHOSEN : overlay.colour;
  context.strokeText(overlay.name, ...at);
  context.fillText(overlay.name, ...at);
}

export function frame(context, { forward, ratio, view, picture }) {
  use(context, forward);
  context.lineWidth = (4 * ratio) / view.scale;
  context.strokeStyle = CHOSEN;
  const inset = context.lineWidth / 2;
  context.strokeRect(inset, inset, picture.columns - 2 * inset, picture.rows - 2 * inset);
}

const use = (context, { a, b, c, d, e, f }) => context.setTransform(a, b, c, d, e, f);
