// Small plots of a region: forward speed, gait, mean spectrum.

import { html, svg } from "/shared/dom.js";
import { gaitColour, gradient, scaled } from "./colours.js";

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const [MOST_NAMED, NAMED] = [24, 13]; // rows, and css px of each
const [WIDE, HIGH, FOOT] = [300, 58, 16];

/** Density of forward speed as an area; null where it is not known. */
export function speedPlot({ head, speeds }, region, colour) {
  const edges = head.speed_edges ?? [];
  const bins = edges.length - 1;
  if (bins < 1) return null;
  const own = speeds.subarray((region.number - 1) * bins, region.number * bins);
  if (own.length < bins || !own.every(Number.isFinite)) return null;
  const top = Math.max(...own) || 1;
  const x = (speed) => ((speed - edges[0]) / (edges[bins] - edges[0])) * WIDE;
  const y = (density) => HIGH - (density / top) * (HIGH - 4);
  let way = `M${x(edges[0])} ${HIGH}`;
  for (let k = 0; k < bins; k += 1) way += `V${y(own[k]).toFixed(1)}H${x(edges[k + 1]).toFixed(1)}`;
  const ticks = ticksOf(edges[0], edges[bins], 5);
  const typical = region.speed === null ? "" : `; typically ${region.speed.toFixed(1)} ${head.units}`;
  return svg("svg", {
    class: "speed", viewBox: `0 0 ${WIDE} ${HIGH + FOOT}`, role: "img", "aria-label": `Density of forward speed${typical}`,
  },
  svg("path", { d: `${way}V${HIGH}Z`, fill: colour, "fill-opacity": 0.75 }),
  edges[0] < 0 ? svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: HIGH }) : null,
  svg("line", { class: "base", x1: 0, x2: WIDE, y1: HIGH, y2: HIGH }),
  region.speed === null ? null : svg("line", { class: "typical", x1: x(region.speed), x2: x(region.speed), y1: 0, y2: HIGH }),
  ...ticks.map((tick) => svg("text", { x: Math.min(Math.max(x(tick), 8), WIDE - 8), y: HIGH + 12 }, String(tick))));
}

function ticksOf(low, high, count) {
  const rough = (high - low) / count;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((each) => each >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9; k += 1) found.push(Number((k * step).toPrecision(6)));
  return found;
}

/** A bar for each gait state; null where there is none. */
export function gaitBars({ head }, region) {
  if (!region.gait || !head.states.length) return null;
  if (!region.gait.some((share) => share > 0)) return html("p", { class: "empty" }, "No frame has a gait state.");
  return html("div", { class: "bars" }, ...head.states.map((state, k) => {
    const share = region.gait[k];
    const bar = html("i", {});
    bar.style.width = `${100 * share}%`;
    bar.style.background = gaitColour(state, k);
    return html("div", { class: "bar", "data-state": state }, html("span", {}, state), html("span", { class: "track" }, bar),
      html("span", { class: "number" }, percent(share)));
  }));
}

/**
 * A heat map of channels (rows) and frequencies.
 *
 * @param values   (channel, frequency) numbers, NaN where a channel was left out
 * @param largest  what the light end of the scale means
 */
export function heatMap(map, values, largest, { label, names = true, high = 200, unit = "mean amplitude" }) {
  const { channels, frequencies } = map;
  const [rows, columns] = [channels.length, frequencies.length];
  const canvas = html("canvas", { width: columns, height: rows, class: "heat" });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(columns, rows);
  let best = -1;
  for (let k = 0; k < rows * columns; k += 1) {
    const known = Number.isFinite(values[k]);
    if (known && (best < 0 || values[k] > values[best])) best = k;
    image.data.set(known ? [...scaled("magma", values[k] / (largest || 1)), 255] : [128, 128, 128, 255], 4 * k);
  }
  pen.putImageData(image, 0, 0);
  const told = html("output", { class: "told", "aria-live": "off" });
  const mark = html("i", { class: "mark", hidden: true });
  const words = (k) => `${channels[Math.floor(k / columns)]}, ${hertz(frequencies[k % columns])} Hz: ${
    Number.isFinite(values[k]) ? values[k].toPrecision(2) : "left out"}`;
  const strongest = best < 0 ? "nothing is known" : `strongest: ${words(best)}`;
  let at = Math.max(best, 0);
  const field = html("div", {
    class: "field", tabindex: "0", role: "img", "aria-label": `${label}; ${strongest}. Arrows read other values`,
  }, canvas, mark);
  const show = (k) => {
    at = k;
    told.textContent = words(k);
    mark.hidden = false;
    mark.style.left = `${(100 * (k % columns)) / columns}%`;
    mark.style.top = `${(100 * Math.floor(k / columns)) / rows}%`;
    mark.style.width = `${100 / columns}%`;
    mark.style.height = `${100 / rows}%`;
  };
  const rest = () => {
    mark.hidden = true;
    told.textContent = strongest;
  };
  field.addEventListener("pointermove", ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const column = Math.min(Math.max(Math.floor(((clientX - left) / width) * columns), 0), columns - 1);
    const row = Math.min(Math.max(Math.floor(((clientY - top) / height) * rows), 0), rows - 1);
    show(row * columns + column);
  });
  field.addEventListener("pointerleave", rest);
  field.addEventListener("focus", () => show(at));
  field.addEventListener("blur", rest);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (!step || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const column = (at % columns) + (Math.abs(step) === 1 ? step : 0);
    const to = at + step;
    if (column >= 0 && column < columns && to >= 0 && to < rows * columns) show(to);
    told.setAttribute("aria-live", "polite");
  });
  rest();
  // rows that are high enough bear their names; all are told under the mouse
  const named = names && rows <= MOST_NAMED;
  field.style.height = `${named ? NAMED * rows : high}px`;
  const column = named ? html("div", { class: "channels", "aria-hidden": "true" }, ...channels.map((name) => html("span", {}, name))) : null;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => frequencies[Math.round(share * (columns - 1))]);
  const scale = html("i", { class: "scale" });
  scale.style.background = `linear-gradient(to right, ${gradient((share) => scaled("magma", share))})`;
  return html("div", { class: "spectrum" }, column, field,
    html("div", { class: "ticks" }, ...marks.map((mark, k) => html("span", {}, `${hertz(mark)}${k ? "" : " Hz"}`))),
    html("div", { class: "under told-row" }, told),
    html("div", { class: "under told-row" }, html("span", { class: "quiet" }, "0"), scale,
      html("span", { class: "quiet" }, `${(largest || 0).toPrecision(2)} ${unit}`)));
}

const hertz = (value) => (value >= 10 ? value.toFixed(0) : value.toFixed(1));
export { percent };
