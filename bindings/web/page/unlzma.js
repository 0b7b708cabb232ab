// A decoder of LZMA, which is a quarter smaller than gzip. Reads the format of `xz --format=lzma`:
// a byte of properties, the size of the dictionary, the length, and the code.

/** Bytes from LZMA. */
export function unlzma(input) {
  const view = new DataView(input.buffer, input.byteOffset);
  const properties = input[0];
  const lc = properties % 9;
  const lp = Math.floor(properties / 9) % 5;
  const pb = Math.floor(properties / 45);
  const length = view.getUint32(5, true);
  const output = new Uint8Array(length);

  // The range decoder.
  let place = 18;
  let range = 0xffff_ffff;
  let code = view.getUint32(14);
  const probabilities = (count) => new Uint16Array(count).fill(1024);
  function normalize() {
    if (range < 0x100_0000) {
      range = (range << 8) >>> 0;
      code = ((code << 8) | input[place++]) >>> 0;
    }
  }
  function bit(table, index) {
    const bound = (range >>> 11) * table[index];
    let found;
    if (code < bound) {
      range = bound;
      table[index] += (2048 - table[index]) >> 5;
      found = 0;
    } else {
      range = (range - bound) >>> 0;
      code = (code - bound) >>> 0;
      table[index] -= table[index] >> 5;
      found = 1;
    }
    normalize();
    return found;
  }
  function tree(table, bits, base = 0) {
    let index = 1;
    for (let count = 0; count < bits; count += 1) index = (index << 1) | bit(table, base + index);
    return index - (1 << bits);
  }
  function reverse(table, bits, base) {
    let index = 1;
    let value = 0;
    for (let count = 0; count < bits; count += 1) {
      const next = bit(table, base + index);
      index = (index << 1) | next;
      value |= next << count;
    }
    return value;
  }
  function direct(bits) {
    let value = 0;
    for (let count = 0; count < bits; count += 1) {
      range >>>= 1;
      const one = code >= range;
      if (one) code = (code - range) >>> 0;
      normalize();
      value = (value << 1) | (one ? 1 : 0);
    }
    return value;
  }

  const literals = probabilities(0x300 << (lc + lp));
  const isMatch = probabilities(12 << 4);
  const isRepeat = probabilities(12);
  const isRepeat0 = probabilities(12);
  const isRepeat1 = probabilities(12);
  const isRepeat2 = probabilities(12);
  const isRepeat0Long = probabilities(12 << 4);
  const slots = probabilities(4 << 6);
  const special = probabilities(128);
  const align = probabilities(16);
  const lengths = () => ({ choice: probabilities(2), low: probabilities(128), mid: probabilities(128), high: probabilities(256) });
  const matchLengths = lengths();
  const repeatLengths = lengths();
  function matchLength(of, position) {
    if (bit(of.choice, 0) === 0) return 2 + tree(of.low, 3, position << 3);
    if (bit(of.choice, 1) === 0) return 10 + tree(of.mid, 3, position << 3);
    return 18 + tree(of.high, 8);
  }

  let state = 0;
  let distances = [0, 0, 0, 0];
  let at = 0;
  while (at < length) {
    const position = at & ((1 << pb) - 1);
    if (bit(isMatch, (state << 4) + position) === 0) {
      const before = at > 0 ? output[at - 1] : 0;
      const base = 0x300 * (((at & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
      let symbol = 1;
      if (state >= 7) {
        let matched = output[at - distances[0] - 1];
        while (symbol < 0x100) {
          const expected = (matched >> 7) & 1;
          matched <<= 1;
          const next = bit(literals, base + ((1 + expected) << 8) + symbol);
          symbol = (symbol << 1) | next;
          if (next !== expected) break;
        }
      }
      while (symbol < 0x100) symbol = (symbol << 1) | bit(literals, base + symbol);
      output[at++] = symbol & 0xff;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let count;
    if (bit(isRepeat, state) === 0) {
      distances = [0, distances[0], distances[1], distances[2]];
      count = matchLength(matchLengths, position);
      const slot = tree(slots, 6, Math.min(count - 2, 3) << 6);
      if (slot < 4) {
        distances[0] = slot;
      } else {
        const bits = (slot >> 1) - 1;
        const start = (2 | (slot & 1)) << bits;
        distances[0] = slot < 14
          ? start + reverse(special, bits, start - slot)
          : start + (direct(bits - 4) << 4) + reverse(align, 4, 0);
      }
      state = state < 7 ? 7 : 10;
    } else {
      if (bit(isRepeat0, state) === 0) {
        if (bit(isRepeat0Long, (state << 4) + position) === 0) {
          output[at] = output[at - distances[0] - 1];
          at += 1;
          state = state < 7 ? 9 : 11;
          continue;
        }
      } else {
        let index = 1;
        if (bit(isRepeat1, state) === 1) index = 2 + bit(isRepeat2, state);
        const [taken] = distances.splice(index, 1);
        distances.unshift(taken);
      }
      count = matchLength(repeatLengths, position);
      state = state < 7 ? 8 : 11;
    }
    const from = at - distances[0] - 1;
    for (let index = 0; index < count && at < length; index += 1) output[at++] = output[from + index];
  }
  return output;
}
