// Stored values as store/greys.py packs them, once the browser has undone the gzip; and how often each code occurs.
export function unpack(buffer) {
  const end = 4 + new DataView(buffer).getUint32(0, true);
  const meaning = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, end - 4)));
  const size = meaning.rows * meaning.columns;
  const high = new Uint8Array(buffer, end, size);
  const low = new Uint8Array(buffer, end + size, size);
  const codes = new Uint16Array(size);
  for (let at = 0, value = 0; at < size; at++) {
    const folded = (high[at] << 8) | low[at];
    value = (value + ((folded >>> 1) ^ -(folded & 1))) & 0xffff;
    codes[at] = value;
  }
  return { codes, meaning, counts: countsOf(codes, meaning.highest) };
}

export function countsOf(codes, highest) {
  const counts = new Uint32Array(highest + 1);
  for (let at = 0; at < codes.length; at++) counts[codes[at]]++;
  return counts;
}
