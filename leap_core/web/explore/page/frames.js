// Frames as typed arrays: a million of them are no million objects.

export const NOWHERE = 65535; // of a frame that has no place

/** Region of every frame: -1 where it has no place, 0 outside and on lines between regions. */
export function regionsOf({ points, labels, map }) {
  const { bins, sub } = map;
  const count = points.length / 2;
  const found = new Int16Array(count);
  for (let k = 0; k < count; k += 1) {
    const [x, y] = [points[k], points[count + k]];
    if (x === NOWHERE || y === NOWHERE) found[k] = -1;
    else found[k] = labels[Math.trunc(y / sub) * bins + Math.trunc(x / sub)];
  }
  return found;
}

/** The frames that are shown, close together: {count, xs, ys, tint, frames}. */
export function chosen({ points, far, density, map, recordings, shown, hideFar, mode, regionOf }) {
  const total = points.length / 2;
  const xs = new Uint16Array(total);
  const ys = new Uint16Array(total);
  const tint = new Uint16Array(total);
  const frames = new Uint32Array(total);
  const { bins, sub } = map;
  let count = 0;
  for (const recording of recordings) {
    if (!shown.has(recording.index)) continue;
    const same = mode === "group" ? recording.groupIndex : recording.index;
    const end = recording.offset + recording.frames;
    for (let k = recording.offset; k < end; k += 1) {
      const region = regionOf[k];
      if (region < 0 || (hideFar && far[k])) continue;
      const [x, y] = [points[k], points[total + k]];
      xs[count] = x;
      ys[count] = y;
      frames[count] = k;
      if (mode === "region") tint[count] = region;
      else if (mode === "density") tint[count] = density[Math.trunc(y / sub) * bins + Math.trunc(x / sub)];
      else tint[count] = same;
      count += 1;
    }
  }
  return { count, xs, ys, tint, frames };
}

/** The frames of a stretch, colored by time (0 to 255); `breaks` has what begins anew. */
export function stretch({ points, map }, first, last) {
  const total = points.length / 2;
  const most = Math.max(last - first + 1, 0);
  const xs = new Uint16Array(most);
  const ys = new Uint16Array(most);
  const tint = new Uint16Array(most);
  const breaks = new Uint8Array(most);
  let count = 0;
  let gap = true;
  for (let k = first; k <= last; k += 1) {
    if (points[k] === NOWHERE || points[total + k] === NOWHERE) {
      gap = true;
      continue;
    }
    xs[count] = points[k];
    ys[count] = points[total + k];
    tint[count] = Math.floor((255 * (k - first)) / Math.max(last - first, 1));
    breaks[count] = gap ? 1 : 0;
    gap = false;
    count += 1;
  }
  return { count, xs, ys, tint, breaks, map };
}

/** The shown frame that is nearest to a place (in bins) and within a reach, or -1. */
export function nearest({ count, xs, ys, frames }, sub, at, reach) {
  const [x, y] = [at.x * sub - 0.5, at.y * sub - 0.5];
  let least = (reach * sub) ** 2;
  let best = -1;
  for (let k = 0; k < count; k += 1) {
    const away = (xs[k] - x) ** 2 + (ys[k] - y) ** 2;
    if (away < least) [best, least] = [k, away];
  }
  return best < 0 ? -1 : frames[best];
}

/** The corner of the map that holds all points and regions: {x, y, width, height}, bins. */
export function extent({ points, labels, map }) {
  const { bins, sub } = map;
  const total = points.length / 2;
  let [left, right, low, high] = [bins, 0, bins, 0];
  const add = (x, y) => {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < low) low = y;
    if (y > high) high = y;
  };
  for (let k = 0; k < total; k += 1)
    if (points[k] !== NOWHERE && points[total + k] !== NOWHERE)
      add(Math.trunc(points[k] / sub), Math.trunc(points[total + k] / sub));
  for (let k = 0; k < labels.length; k += 1) if (labels[k] > 0) add(k % bins, Math.trunc(k / bins));
  if (right < left) return { x: 0, y: 0, width: bins, height: bins };
  const room = Math.max(2, 0.03 * Math.max(right - left, high - low));
  return {
    x: left - room, y: low - room, width: right - left + 1 + 2 * room, height: high - low + 1 + 2 * room,
  };
}
