// Points as a picture: colours are summed pixel by pixel, and where many lie the picture is denser.
// That costs the same for one recording and for hundreds, and no order hides what lies below.

/** Pixels of a disc and how much of each it covers. */
function disc(size) {
  if (size < 1.6) return null; // one pixel
  const made = { dx: [], dy: [], weight: [] };
  const half = Math.ceil(size / 2);
  for (let dy = -half; dy <= half; dy += 1)
    for (let dx = -half; dx <= half; dx += 1) {
      const weight = Math.min(Math.max(size / 2 + 0.5 - Math.hypot(dx, dy), 0), 1);
      if (weight < 0.05) continue;
      made.dx.push(dx);
      made.dy.push(dy);
      made.weight.push(weight);
    }
  return made;
}

/** A painter of one canvas; @param least  how opaque a single point is */
export function painterOf(canvas, least) {
  // pixel by pixel it is written: it stays with the processor
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let sums = new Float32Array(0); // red, green, blue, points; of every pixel
  let image = null;

  function fit(width, height) {
    if (image && image.width === width && image.height === height) return sums.fill(0);
    Object.assign(canvas, { width, height });
    image = pen.createImageData(width, height);
    sums = new Float32Array(4 * width * height);
  }

  /** Draw the sums: denser where more points lie. */
  function tone() {
    const out = new Uint32Array(image.data.buffer);
    let [filled, all] = [0, 0];
    for (let k = 3; k < sums.length; k += 4)
      if (sums[k] > 0) {
        filled += 1;
        all += sums[k];
      }
    const steps = Math.log(Math.max(3, (6 * all) / Math.max(filled, 1)));
    for (let k = 0, at = 0; k < out.length; k += 1, at += 4) {
      const points = sums[at + 3];
      if (points === 0) {
        out[k] = 0;
        continue;
      }
      const share = points < 1 ? least * points : Math.min(1, least + ((1 - least) * Math.log(points)) / steps);
      const each = 1 / points;
      out[k] = ((share * 255) << 24) | ((sums[at + 2] * each) << 16) | ((sums[at + 1] * each) << 8) | (sums[at] * each);
    }
    pen.putImageData(image, 0, 0);
  }

  return {
    /**
     * @param points  {count, xs, ys, tint}
     * @param place   {left, bottom, each}: px of the canvas, and px for a step of the coordinates
     * @param size    of a point, px
     * @returns how many are in sight
     */
    paint({ count, xs, ys, tint }, colours, { width, height, left, bottom, each }, size) {
      fit(Math.max(width, 1), Math.max(height, 1));
      const form = disc(size);
      let seen = 0;
      for (let k = 0; k < count; k += 1) {
        const x = Math.floor(left + xs[k] * each);
        const y = Math.floor(bottom - ys[k] * each);
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        seen += 1;
        const of = 3 * tint[k];
        const r = colours[of];
        const g = colours[of + 1];
        const b = colours[of + 2];
        if (form === null) {
          const at = 4 * (y * width + x);
          sums[at] += r;
          sums[at + 1] += g;
          sums[at + 2] += b;
          sums[at + 3] += 1;
          continue;
        }
        const { dx, dy, weight } = form;
        for (let part = 0; part < weight.length; part += 1) {
          const px = x + dx[part];
          const py = y + dy[part];
          const w = weight[part];
          if (px < 0 || py < 0 || px >= width || py >= height) continue;
          const at = 4 * (py * width + px);
          sums[at] += r * w;
          sums[at + 1] += g * w;
          sums[at + 2] += b * w;
          sums[at + 3] += w;
        }
      }
      tone();
      return seen;
    },
    clear() {
      if (image) pen.clearRect(0, 0, canvas.width, canvas.height);
    },
  };
}
