// Pictures and masks from the server; a mask as a tinted picture and as the path of its border.
const INSIDE = 128;

export function outlineOf(bitmap, colour) {
  const { width, height } = bitmap;
  const mask = new OffscreenCanvas(width, height);
  const context = mask.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const area = context.getImageData(0, 0, width, height);
  const inside = new Uint8Array(width * height);
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  for (let at = 0, pixel = 0; pixel < inside.length; at += 4, pixel++) {
    inside[pixel] = area.data[at] >= INSIDE ? 1 : 0;
    area.data[at] = red;
    area.data[at + 1] = green;
    area.data[at + 2] = blue;
    area.data[at + 3] = inside[pixel] * 255;
  }
  context.putImageData(area, 0, 0);
  return { mask, path: borderOf(inside, width, height), extent: extentOf(inside, width, height) };
}

// Left and right end of a mask, and the rows in which its width is drawn: that of a heart, and that of the lungs.
function extentOf(inside, width, height) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (!inside[at]) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
    }
  return right > left ? { left, right, wide: top + (bottom - top) * 0.62, low: top + (bottom - top) * 0.93 } : null;
}

function borderOf(inside, width, height) {
  const path = new Path2D();
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : inside[y * width + x]);
  for (let y = 0; y <= height; y++) {
    for (let x = 0, start = -1; x <= width; x++) {
      const edge = x < width && at(x, y) !== at(x, y - 1);
      if (edge && start < 0) start = x;
      if (!edge && start >= 0) {
        path.moveTo(start, y);
        path.lineTo(x, y);
        start = -1;
      }
    }
  }
  for (let x = 0; x <= width; x++) {
    for (let y = 0, start = -1; y <= height; y++) {
      const edge = y < height && at(x, y) !== at(x - 1, y);
      if (edge && start < 0) start = y;
      if (!edge && start >= 0) {
        path.moveTo(x, start);
        path.lineTo(x, y);
        start = -1;
      }
    }
  }
  return path;
}

export function boxPath(region) {
  if (!region) return null;
  const path = new Path2D();
  path.rect(region.x, region.y, region.width, region.height);
  return path;
}

export async function fetchBitmap(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    return answer.ok ? await createImageBitmap(await answer.blob()) : null;
  } catch {
    return null;
  }
}
