// The density that regions were cut out of, as a picture beneath the points.

import { crowd, isDark } from "./colours.js";

/** A painter of one canvas. */
export function fieldOf(canvas, { density, map: { bins } }) {
  const pen = canvas.getContext("2d");
  let made = null; // {dark, picture}

  function picture(dark) {
    if (made?.dark === dark) return made.picture;
    const image = new ImageData(bins, bins);
    for (let k = 0; k < density.length; k += 1) {
      const share = density[k] / 255;
      const at = 4 * ((bins - 1 - Math.trunc(k / bins)) * bins + (k % bins)); // up is up
      image.data.set([...crowd(dark)(share), 255 * Math.min(1, 4 * share)], at);
    }
    const drawn = new OffscreenCanvas(bins, bins);
    drawn.getContext("2d").putImageData(image, 0, 0);
    made = { dark, picture: drawn };
    return drawn;
  }

  return {
    paint({ width, height, left, bottom, each }) {
      Object.assign(canvas, { width, height });
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture(isDark()), left, bottom - bins * each, bins * each, bins * each);
    },
    clear: () => (canvas.width = canvas.height = 1),
  };
}
