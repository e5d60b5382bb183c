// Frames as typed arrays: a million of them are no million objects.

export const NOWHERE = 65535; // of a frame that has no place

/** Region of every frame: -1 where it has no place, 0 outside and on lines between regions. */
export function regionsOf({ points, labels, map }) {
  const { bins, sub } = map;
  const count = points.length / 2;
  const found = new Int16Array(count);
  for (let k = 0; k < count; k += 1) {
    const x = points[k];
    const y = points[count + k];
    if (x === NOWHERE || y === NOWHERE) found[k] = -1;
    else found[k] = labels[Math.trunc(y / sub) * bins + Math.trunc(x / sub)];
  }
  return found;
}

/**
 * The frames that are shown, bin by bin: {count, xs, ys, tint, frames, rows}; `rows` says where
 * each row of bins begins.  Neighbors on the map are neighbors in memory: a million
 * is drawn in a third of the time that their own order takes.
 */
export function chosen(store) {
  const { points, far, map: { bins, sub }, recordings, shown, hideFar, regionOf } = store;
  const total = points.length / 2;
  const binOf = (k) => Math.trunc(points[total + k] / sub) * bins + Math.trunc(points[k] / sub);
  const begins = new Uint32Array(bins * bins + 1);
  const each = (take) => {
    for (const { index, offset, frames } of recordings)
      if (shown.has(index))
        for (let k = offset; k < offset + frames; k += 1) if (regionOf[k] >= 0 && !(hideFar && far[k])) take(k, index);
  };
  each((k) => (begins[binOf(k) + 1] += 1));
  for (let bin = 0; bin < bins * bins; bin += 1) begins[bin + 1] += begins[bin];
  const rows = Uint32Array.from({ length: bins + 1 }, (_, row) => begins[row * bins]);
  const count = begins[bins * bins];
  const [xs, ys, tint] = [new Uint16Array(count), new Uint16Array(count), new Uint16Array(count)];
  const frames = new Uint32Array(count);
  each((k, index) => {
    const at = begins[binOf(k)]++;
    xs[at] = points[k];
    ys[at] = points[total + k];
    tint[at] = index;
    frames[at] = k;
  });
  dye(store, { count, tint, frames, binOf });
  return { count, xs, ys, tint, frames, rows };
}

/** What each point is coloured by; `tint` has recordings. */
function dye({ mode, recordings, regionOf, density }, { count, tint, frames, binOf }) {
  for (let at = 0; at < count; at += 1)
    if (mode === "region") tint[at] = regionOf[frames[at]];
    else if (mode === "density") tint[at] = density[binOf(frames[at])];
    else if (mode === "group") tint[at] = recordings[tint[at]].groupIndex;
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

/** The shown frame that is nearest to a place and within a reach (both in bins), or -1. */
export function nearest({ xs, ys, frames, rows }, sub, at, reach) {
  const [x, y] = [at.x * sub - 0.5, at.y * sub - 0.5];
  const row = (value) => Math.min(Math.max(Math.floor(value), 0), rows.length - 1);
  let least = (reach * sub) ** 2;
  let best = -1;
  for (let k = rows[row(at.y - reach)]; k < rows[row(at.y + reach + 1)]; k += 1) {
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
