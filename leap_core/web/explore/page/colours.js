// Colours: of regions as in the figures, of recordings and groups, and scales.

// Okabe and Ito's, made for colour-blind readers
const CYCLE = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#c9a400", "#7f7f7f"];
const GAIT = { tripod: "#d55e00", tetrapod: "#0072b2", "non-canonical": "#7f7f7f" };
const SCALES = {
  magma: ["#000004", "#1d1147", "#51127c", "#832681", "#b73779", "#e75263", "#fc8961", "#fec488", "#fcfdbf"],
  viridis: ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"],
};

/** "#rrggbb" as three numbers. */
export function rgbOf(text) {
  const number = parseInt(text.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** A place 0 to 1 of a scale, as three numbers. */
export function scaled(name, share) {
  const marks = SCALES[name];
  const at = Math.min(Math.max(share, 0), 1) * (marks.length - 1);
  const low = Math.min(Math.floor(at), marks.length - 2);
  const [a, b] = [rgbOf(marks[low]), rgbOf(marks[low + 1])];
  return a.map((value, k) => Math.round(value + (b[k] - value) * (at - low)));
}

/** The part of a scale that is seen on this theme's ground. */
export const time = (dark) => (share) => scaled("viridis", dark ? 0.22 + 0.78 * share : 0.88 * share);
export const crowd = (dark) => (share) => scaled("magma", dark ? 0.3 + 0.7 * share : 0.9 - 0.8 * share);

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** One of many, where order means nothing: recordings, groups. */
export function oneOf(number) {
  const colour = rgbOf(CYCLE[number % CYCLE.length]);
  const shade = Math.floor(number / CYCLE.length) % 3;
  if (shade === 1) return colour.map((value) => Math.round(255 - 0.5 * (255 - value)));
  return shade === 2 ? colour.map((value) => Math.round(0.6 * value)) : colour;
}

export const gaitColour = (state, number) => GAIT[state] ?? CYCLE[(number + 2) % CYCLE.length];

/** A table of colours, three bytes each. */
export function table(count, colourOf) {
  const made = new Uint8Array(3 * count);
  for (let k = 0; k < count; k += 1) made.set(colourOf(k), 3 * k);
  return made;
}

/** Whether the page is dark now. */
export function isDark() {
  const scheme = document.documentElement.style.colorScheme;
  return scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** The table of what points are coloured by. */
export function tableOf(store) {
  const dark = isDark();
  const { regions, recordings, groups, mode } = store;
  const none = dark ? [110, 118, 126] : [150, 156, 163];
  if (mode === "region")
    return table(regions.length + 1, (k) => (k ? rgbOf(store.colourOf(k)) : none));
  if (mode === "density") return table(256, (k) => crowd(dark)(k / 255));
  return table((mode === "group" ? groups : recordings).length, oneOf);
}

export const densityGradient = () => gradient(crowd(isDark()));

/** Stops of a gradient in CSS. */
export const gradient = (scale) =>
  [0, 0.25, 0.5, 0.75, 1].map((share) => `${css(scale(share))} ${100 * share}%`).join(", ");
