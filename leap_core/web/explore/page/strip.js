// A recording as a strip: every column has the colour of what lasts longest in it.

const counts = new Int32Array(1 << 16);

/** The region that most frames from a to b have; of equals, the one that comes first. */
function most(regionOf, a, b) {
  let best = regionOf[a];
  let highest = 0;
  for (let k = a; k < b; k += 1) {
    const found = (counts[regionOf[k] + 1] += 1);
    if (found > highest) {
      highest = found;
      best = regionOf[k];
    }
  }
  for (let k = a; k < b; k += 1) counts[regionOf[k] + 1] = 0;
  return best;
}

/**
 * @param across  px of the strip; what lies outside the recording stays empty
 * @param colour  region -> three numbers
 */
export function strip({ regionOf }, { offset, frames, begin, each }, axis, across, high, colour) {
  const image = new ImageData(across, high);
  const line = new Uint32Array(image.data.buffer);
  const known = new Map();
  const step = axis.across / across;
  for (let column = 0; column < across; column += 1) {
    const at = axis.from + column * step;
    let from = Math.floor((at - begin) / each);
    let to = Math.max(Math.floor((at + step - begin) / each), from + 1);
    from = Math.max(from, 0);
    to = Math.min(to, frames);
    if (to <= from) continue;
    const region = most(regionOf, offset + from, offset + to);
    if (!known.has(region)) {
      const [r, g, b] = colour(region);
      known.set(region, (255 << 24) | (b << 16) | (g << 8) | r);
    }
    line[column] = known.get(region);
  }
  for (let row = 1; row < high; row += 1) line.copyWithin(row * across, 0, across);
  return image;
}
