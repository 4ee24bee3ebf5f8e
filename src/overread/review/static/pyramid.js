// A picture in halves of itself, and what of it lies under the pixels of a screen.

export class Pyramid {
  constructor(codes, width, height) {
    this.levels = [{ codes, width, height }];
  }

  level(number) {
    while (this.levels.length <= number) {
      const last = this.levels.at(-1);
      if (last.width < 4 || last.height < 4) break;
      this.levels.push(halved(last));
    }
    return Math.min(number, this.levels.length - 1);
  }

  // Fill `out` [height, width] with the codes under the pixels of a screen rectangle. `back` leads from the screen to the
  // picture: x' = a x + c y + e, y' = b x + d y + f. Outside, the nearest pixel is repeated.
  sample(out, width, height, back, smooth) {
    const step = Math.hypot(back.a, back.b);
    const number = this.level(Math.max(0, Math.floor(Math.log2(step) + 1e-6)));
    const { codes, width: columns, height: rows } = this.levels[number];
    const half = 2 ** -number;
    const [a, b] = [back.a * half, back.b * half];
    const lastX = columns - 1;
    const lastY = rows - 1;
    for (let row = 0, at = 0; row < height; row++) {
      // Half a pixel: a pixel's value is that of its middle.
      let x = (back.a * 0.5 + back.c * (row + 0.5) + back.e) * half - (smooth ? 0.5 : 0);
      let y = (back.b * 0.5 + back.d * (row + 0.5) + back.f) * half - (smooth ? 0.5 : 0);
      for (let column = 0; column < width; column++, at++, x += a, y += b) {
        const atX = x < 0 ? 0 : x > lastX ? lastX : x;
        const atY = y < 0 ? 0 : y > lastY ? lastY : y;
        const left = atX | 0;
        const top = atY | 0;
        const place = top * columns + left;
        if (!smooth) {
          out[at] = codes[place];
          continue;
        }
        const right = left < lastX ? 1 : 0;
        const below = top < lastY ? columns : 0;
        const over = codes[place] + (codes[place + right] - codes[place]) * (atX - left);
        const under = codes[place + below] + (codes[place + below + right] - codes[place + below]) * (atX - left);
        out[at] = over + (under - over) * (atY - top) + 0.5;
      }
    }
  }
}

function halved({ codes, width, height }) {
  const columns = width >> 1;
  const rows = height >> 1;
  const small = new Uint16Array(columns * rows);
  for (let row = 0, at = 0; row < rows; row++) {
    let from = 2 * row * width;
    for (let column = 0; column < columns; column++, at++, from += 2)
      small[at] = (codes[from] + codes[from + 1] + codes[from + width] + codes[from + width + 1] + 2) >> 2;
  }
  return { codes: small, width: columns, height: rows };
}
