// What a reader measures and draws on a picture: how many points it takes, what they measure, how it is drawn.
import { through } from "./turning.js";
import { figure, gettext, gettext_noop, number } from "./wording.js";

export const KINDS = {
  ruler: { name: gettext_noop("Ruler"), points: 2 },
  angle: { name: gettext_noop("Angle"), points: 3 },
  ratio: { name: gettext_noop("Cardiothoracic ratio"), points: 4 },
  region: { name: gettext_noop("Region"), points: 2 },
};
export const MARK = "#7dffce";
const NEAR = 9;

// Value, unit and words of a mark. Without a spacing there are no millimetres: pixels, and it is said.
export function measured(kind, points, spacing) {
  if (kind === "ruler") return ruled(points, spacing);
  if (kind === "angle") return angled(points, spacing);
  if (kind === "ratio") {
    const heart = Math.abs(points[1][0] - points[0][0]);
    const thorax = Math.abs(points[3][0] - points[2][0]);
    if (!thorax) return { value: null, unit: "1", words: gettext("no thoracic width") };
    return { value: heart / thorax, unit: "1", words: gettext("CTR {value}", { value: number(heart / thorax, 3) }) };
  }
  return extent(points, spacing);
}

function ruled([one, other], spacing) {
  const [dx, dy] = [other[0] - one[0], other[1] - one[1]];
  const pixels = Math.hypot(dx, dy);
  if (!spacing) return { value: pixels, unit: "px", words: `${pixels.toFixed(0)} px` };
  const length = Math.hypot(dx * spacing.column_mm, dy * spacing.row_mm);
  return { value: length, unit: "mm", words: spacing.calibrated ? `${number(length, 1)} mm` : gettext("{size} at the imager", { size: `${number(length, 1)} mm` }) };
}

function angled(points, spacing) {
  const [wide, high] = spacing ? [spacing.column_mm, spacing.row_mm] : [1, 1];
  const [from, to] = [points[0], points[2]].map((end) => Math.atan2((end[1] - points[1][1]) * high, (end[0] - points[1][0]) * wide));
  const turn = Math.abs(to - from) % (2 * Math.PI);
  const degrees = (Math.min(turn, 2 * Math.PI - turn) * 180) / Math.PI;
  return { value: degrees, unit: "deg", words: `${number(degrees, 1)}°` };
}

function extent([one, other], spacing) {
  const [wide, high] = [Math.abs(other[0] - one[0]), Math.abs(other[1] - one[1])];
  if (!spacing) return { value: wide * high, unit: "px2", words: `${wide.toFixed(0)} × ${high.toFixed(0)} px` };
  const [across, down] = [wide * spacing.column_mm, high * spacing.row_mm];
  const size = `${across.toFixed(0)} × ${down.toFixed(0)} mm`;
  return { value: across * down, unit: "mm2", words: spacing.calibrated ? size : gettext("{size} at the imager", { size }) };
}

// What lengths rest on, in words.
export function sourceOf(spacing) {
  if (!spacing) return gettext("no spacing in the header: lengths are in pixels");
  const size = gettext("{across} × {down} mm a pixel", { across: figure(spacing.column_mm), down: figure(spacing.row_mm) });
  if (spacing.magnification) return gettext("{size}, {source} over the stated magnification of {factor}", { size, source: spacing.source, factor: figure(spacing.magnification) });
  return spacing.calibrated ? gettext("{size}, from {source}", { size, source: spacing.source }) : gettext("{size} at the imager ({source}): magnified by an unknown factor", { size, source: spacing.source });
}

// The lines of a mark as pairs of places in its points.
function linesOf(kind, points) {
  if (kind === "region") {
    const [[x, y], [right, bottom]] = points;
    const corners = [[x, y], [right, y], [right, bottom], [x, bottom]];
    return corners.map((corner, at) => [corner, corners[(at + 1) % 4]]);
  }
  if (kind === "ratio") return [[points[0], points[1]], ...(points.length > 3 ? [[points[2], points[3]]] : [])];
  return points.slice(1).map((point, at) => [points[at], point]);
}

export function drawMark(context, forward, ratio, mark, chosen) {
  const { kind, points } = mark;
  const screen = (point) => through(forward, ...point);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.setLineDash(kind === "ratio" || kind === "region" ? [6 * ratio, 3 * ratio] : []);
  if (points.length > 1)
    for (const [width, colour] of [[3.6, "#000"], [1.8, chosen ? "#fff" : MARK]]) {
      context.lineWidth = width * ratio;
      context.strokeStyle = colour;
      context.beginPath();
      for (const [from, to] of linesOf(kind, points)) {
        context.moveTo(...screen(from));
        context.lineTo(...screen(to));
      }
      context.stroke();
    }
  context.setLineDash([]);
  context.fillStyle = chosen ? "#fff" : MARK;
  for (const point of points) {
    const [x, y] = screen(point);
    context.fillRect(x - 2.5 * ratio, y - 2.5 * ratio, 5 * ratio, 5 * ratio);
  }
  if (mark.words) {
    const [x, y] = screen(points.at(-1));
    write(context, ratio, mark.words, x + 8 * ratio, y - 6 * ratio);
  }
}

function write(context, ratio, words, x, y) {
  context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
  context.lineWidth = 3 * ratio;
  context.strokeStyle = "#000";
  // Inside the pane, whatever the point.
  const left = Math.max(4 * ratio, Math.min(x, context.canvas.width - context.measureText(words).width - 4 * ratio));
  const line = Math.max(14 * ratio, y);
  context.strokeText(words, left, line);
  context.fillText(words, left, line);
}

// The mark and the place of its point that lie under a screen point; the last drawn first.
export function markAt(marks, forward, ratio, x, y) {
  for (const mark of [...marks].reverse())
    for (const [place, point] of mark.points.entries()) {
      const [px, py] = through(forward, ...point);
      if (Math.hypot(px - x, py - y) <= NEAR * ratio) return { mark, place };
    }
  return null;
}

// Lines of a cardiothoracic ratio where the masks have their widths, as the tool measures them.
export function linesOfMasks(heart, lungs) {
  const thorax = lungs.reduce((all, box) => ({ left: Math.min(all.left, box.left), right: Math.max(all.right, box.right), y: Math.max(all.y, box.low) }), { left: Infinity, right: -Infinity, y: 0 });
  return [[heart.left, heart.wide], [heart.right, heart.wide], [thorax.left, thorax.y], [thorax.right, thorax.y]];
}
