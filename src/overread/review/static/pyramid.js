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
  // picture (x' = a x + c y + e, y' = b x + d y + f) and turns by quarters only, so that columns and rows of the screen
  // each run along one side of the picture. Outside, the nearest pixel is repeated.
  sample(out, width, height, back, smooth) {
    const number = this.level(Math.max(0, Math.floor(Math.log2(Math.hypot(back.a, back.b)) + 1e-6)));
    const { codes, width: columns, height: rows } = this.levels[number];
    const half = 2 ** -number;
    const alongX = { last: columns - 1, stride: 1, from: back.e * half, smooth };
    const alongY = { last: rows - 1, stride: columns, from: back.f * half, smooth };
    const upright = back.b === 0;
    const across = upright ? places(width, back.a * half, alongX) : places(width, back.b * half, alongY);
    const down = upright ? places(height, back.d * half, alongY) : places(height, back.c * half, alongX);
    for (let row = 0, at = 0; row < height; row++) {
      const start = down.place[row];
      if (!smooth) {
        for (let column = 0; column < width; column++, at++) out[at] = codes[start + across.place[column]];
        continue;
      }
      const below = down.next[row];
      const low = down.share[row];
      for (let column = 0; column < width; column++, at++) {
        const one = start + across.place[column];
        const next = one + across.next[column];
        const share = across.share[column];
        const over = codes[one] + (codes[next] - codes[one]) * share;
        const under = codes[one + below] + (codes[next + below] - codes[one + below]) * share;
        out[at] = over + (under - over) * low + 0.5;
      }
    }
  }
}

// Where the middles of `count` screen pixels lie along one side: offset of the pixel, of the one after it, and its share.
function places(count, step, { last, stride, from, smooth }) {
  const place = new Int32Array(count);
  const next = new Int32Array(count);
  const share = new Float32Array(count);
  for (let at = 0; at < count; at++) {
    const exact = from + (at + 0.5) * step - (smooth ? 0.5 : 0);
    const within = exact < 0 ? 0 : exact > last ? last : exact;
    const whole = Math.floor(within);
    place[at] = whole * stride;
    next[at] = whole < last ? stride : 0;
    share[at] = within - whole;
  }
  return { place, next, share };
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
