// Outlines of regions: paths through the middles of the edges between bins.

const SMOOTHED = 3; // times

/** Labels where a line one bin wide between two regions belongs to the one that it touches first. */
function closed(labels, bins) {
  const made = Int16Array.from(labels);
  const around = [-1, 1, -bins, bins, -bins - 1, -bins + 1, bins - 1, bins + 1];
  for (let k = 0; k < labels.length; k += 1) {
    if (labels[k] !== 0) continue;
    const column = k % bins;
    if (column === 0 || column === bins - 1) continue;
    let first = 0;
    for (const step of around) {
      const other = labels[k + step] ?? 0;
      if (other <= 0) continue;
      if (first === 0) first = other;
      else if (other !== first) {
        made[k] = first;
        break;
      }
    }
  }
  return made;
}

// Of four bins around a corner (bits: 1 lower left, 2 lower right, 4 upper right, 8 upper left), which
// edges (0 below, 1 right, 2 above, 3 left) the outline goes from and to, the region at its right.
const WAYS = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

/** Region -> path in bins; x and y go up. */
export function outlines(labels, bins) {
  const filled = closed(labels, bins);
  const at = (column, row) =>
    column < 0 || row < 0 || column >= bins || row >= bins ? 0 : filled[row * bins + column];
  const ways = new Map(); // region -> Map(from -> to): edges by twice their place
  const wide = 2 * bins + 3;
  const key = (column, row, edge) => {
    const x = 2 * column + [1, 2, 1, 0][edge] + 2;
    const y = 2 * row + [0, 1, 2, 1][edge] + 2;
    return y * wide + x;
  };
  for (let row = -1; row < bins; row += 1)
    for (let column = -1; column < bins; column += 1) {
      const [a, b] = [at(column, row), at(column + 1, row)];
      const [c, d] = [at(column + 1, row + 1), at(column, row + 1)];
      if (a === b && b === c && c === d) continue;
      for (const region of new Set([a, b, c, d])) {
        if (region <= 0) continue;
        const code = (a === region) + 2 * (b === region) + 4 * (c === region) + 8 * (d === region);
        if (!ways.has(region)) ways.set(region, new Map());
        for (const [from, to] of WAYS[code])
          ways.get(region).set(key(column, row, from), key(column, row, to));
      }
    }
  const made = new Map();
  for (const [region, next] of ways) made.set(region, joined(next, wide));
  return made;
}

/** Closed paths of all that follow one another. */
function joined(next, wide) {
  const path = new Path2D();
  for (const start of next.keys()) {
    let way = [];
    for (let edge = start; next.has(edge); ) {
      way.push([((edge % wide) - 2) / 2 + 0.5, (Math.floor(edge / wide) - 2) / 2 + 0.5]);
      const to = next.get(edge);
      next.delete(edge);
      edge = to;
    }
    for (let k = 0; k < SMOOTHED; k += 1) way = smooth(way);
    path.moveTo(...way[0]);
    for (const at of way.slice(1)) path.lineTo(...at);
    path.closePath();
  }
  return path;
}

/** The stairs of bins are no shape of a region: each place goes halfway to its neighbors. */
const smooth = (way) => way.map(([x, y], k) => {
  const [before, after] = [way.at(k - 1), way[(k + 1) % way.length]];
  return [(before[0] + 2 * x + after[0]) / 4, (before[1] + 2 * y + after[1]) / 4];
});
