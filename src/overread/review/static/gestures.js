// Pointer, wheel and keys on a pane.
import { KINDS, markAt, measured } from "./measures.js";

const STEP = 0.02;

export function bindGestures(viewer, signal) {
  const { pane } = viewer;
  const on = (name, handler, options = {}) => pane.addEventListener(name, handler, { signal, ...options });
  let drag = null;

  const at = (event) => {
    const box = pane.getBoundingClientRect();
    return [(event.clientX - box.left) * viewer.ratio, (event.clientY - box.top) * viewer.ratio];
  };

  function whatStarts(event, x, y) {
    if (event.button === 2) return { kind: "window" };
    if (event.button !== 0 || event.shiftKey || viewer.mode === "pan") return { kind: "pan" };
    const hit = viewer.look.shown && markAt(viewer.marks, viewer.forward, viewer.ratio, x, y);
    if (hit) return { kind: "mark", ...hit };
    return { kind: KINDS[viewer.mode] ? "place" : "window" };
  }

  on("pointerdown", (event) => {
    if (!viewer.greys) return;
    const [x, y] = at(event);
    drag = { ...whatStarts(event, x, y), x: event.clientX, y: event.clientY };
    pane.setPointerCapture(event.pointerId);
    viewer.cursor = null;
    if (drag.kind === "mark") viewer.chosenMark = drag.mark;
    if (drag.kind === "place") place(viewer, viewer.toPicture(x, y));
  });
  on("pointermove", (event) => {
    if (!viewer.greys) return;
    const [x, y] = at(event);
    const point = viewer.toPicture(x, y);
    viewer.told.point(viewer, point);
    if (viewer.magnifying) viewer.magnify(x, y);
    if (viewer.draft) {
      hover(viewer, point);
      viewer.drawOver();
    }
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    drag = { ...drag, x: event.clientX, y: event.clientY };
    if (drag.kind === "pan") viewer.pan(dx * viewer.ratio, dy * viewer.ratio);
    if (drag.kind === "window") viewer.level(dx / 300, dy / 500);
    if (drag.kind === "mark") move(viewer, drag, point);
  });
  for (const name of ["pointerup", "pointercancel"])
    on(name, () => {
      if (drag?.kind === "mark" && drag.moved) viewer.told.mark(viewer, drag.mark, "moved");
      drag = null;
    });
  on("pointerleave", () => {
    viewer.told.point(viewer, null);
    viewer.magnify(null);
  });
  on("contextmenu", (event) => event.preventDefault());
  on("dblclick", () => viewer.mode === "window" && viewer.fit());
  on(
    "wheel",
    (event) => {
      event.preventDefault();
      viewer.zoom(Math.exp(-event.deltaY / 500), ...at(event));
    },
    { passive: false },
  );
  on("keydown", (event) => {
    if (keyed(viewer, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

const bound = (viewer, [x, y]) => [
  Math.max(0, Math.min(viewer.picture.columns, x)),
  Math.max(0, Math.min(viewer.picture.rows, y)),
];

// Set the next point of what the mode measures; the last one ends it.
export function place(viewer, point) {
  const kind = viewer.mode;
  const points = [...(viewer.draft?.fixed || []), bound(viewer, point)];
  if (points.length < KINDS[kind].points) {
    viewer.draft = { kind, fixed: points, points };
  } else {
    viewer.draft = null;
    const mark = { kind, points, ...measured(kind, points, viewer.picture.spacing) };
    viewer.marks.push(mark);
    viewer.chosenMark = mark;
    viewer.told.mark(viewer, mark, "made");
  }
  viewer.drawOver();
}

function hover(viewer, point) {
  const { kind, fixed } = viewer.draft;
  const points = [...fixed, bound(viewer, point)];
  const whole = points.length === KINDS[kind].points;
  viewer.draft = { kind, fixed, points, words: whole ? measured(kind, points, viewer.picture.spacing).words : "" };
}

function move(viewer, drag, point) {
  const { mark, place: at } = drag;
  drag.moved = true;
  moved(viewer, mark, at, point);
}

export function moved(viewer, mark, at, point) {
  const [x, y] = bound(viewer, point);
  mark.points[at] = [x, y];
  // The two ends of a width lie level with each other.
  if (mark.kind === "ratio") mark.points[at ^ 1] = [mark.points[at ^ 1][0], y];
  Object.assign(mark, measured(mark.kind, mark.points, viewer.picture.spacing));
  viewer.told.mark(viewer, mark, "moving");
  viewer.drawOver();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// With the pane in focus: arrows move the picture, or the next point while something is measured; with Shift they window.
function keyed(viewer, event) {
  if (!viewer.greys || event.ctrlKey || event.metaKey || event.altKey) return false;
  const arrow = ARROWS[event.key];
  if (KINDS[viewer.mode]) {
    if (arrow) return step(viewer, arrow, event.shiftKey ? 20 : 2);
    if (event.key === "Enter" && viewer.cursor) {
      place(viewer, viewer.cursor);
      return true;
    }
    if (event.key === "Escape" && (viewer.draft || viewer.cursor)) {
      viewer.draft = viewer.cursor = null;
      viewer.drawOver();
      return true;
    }
    return false;
  }
  if (!arrow) return false;
  if (event.shiftKey) viewer.level(arrow[0] * STEP, arrow[1] * STEP);
  else viewer.pan(arrow[0] * -40, arrow[1] * -40);
  return true;
}

function step(viewer, [dx, dy], by) {
  const from = viewer.cursor || viewer.toPicture(...viewer.middle);
  const [one, other] = [viewer.toPicture(0, 0), viewer.toPicture(dx, dy)];
  const size = (Math.hypot(other[0] - one[0], other[1] - one[1]) || 1) / by;
  viewer.cursor = bound(viewer, [from[0] + (other[0] - one[0]) / size, from[1] + (other[1] - one[1]) / size]);
  if (viewer.draft) hover(viewer, viewer.cursor);
  viewer.told.point(viewer, viewer.cursor);
  viewer.drawOver();
  return true;
}
