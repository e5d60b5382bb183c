// The map: points, what is brushed, and over them outlines and names of regions.

import { by } from "/shared/dom.js";
import { viewportOf } from "/shared/viewport.js";
import { isDark, table, tableOf, time } from "./colours.js";
import { fieldOf } from "./field.js";
import { nearest, stretch } from "./frames.js";
import { labels, outline, path, ring } from "./over.js";
import { outlines } from "./outlines.js";
import { painterOf } from "./paint.js";

export const LONGEST = 6000; // frames of a brush that are joined by a line: more is a tangle
const REACH = 12; // screen px around the mouse in which a frame is found
const [SMALLEST, LARGEST] = [1.9, 5]; // css px of a point
const CROWD = 300_000; // points from which on they are as small as can be: to draw a pixel is quickest

/** @param told  {hover(place), click(place), leave(), press, drag, drop, cancel}: places in bins */
export function openMap(store, told) {
  const root = by("map");
  const [points, bright, over] = ["points", "bright", "over"].map(by);
  const pen = over.getContext("2d");
  const all = painterOf(points, 0.5);
  const brushed = painterOf(bright, 0.85);
  const field = fieldOf(by("field"), store);
  const { bins, half, sub } = store.map;
  const corner = store.extent();
  let paths = outlines(store.labels, bins);
  let own = null; // the brushed frames
  let due = null;
  const stale = new Set(["points", "bright"]);
  const extras = []; // what others draw over the map

  const place = (at) => ({ x: at.x + 0.5 + corner.x, y: corner.y + corner.height - (at.y + 0.5) });
  const at = (told) => (spot, event) => told?.(place(spot), event);
  const view = viewportOf(root, moved, {
    hover: at(told.hover), click: at(told.click), leave: told.leave, press: at(told.press),
    drag: at(told.drag), drop: at(told.drop), cancel: told.cancel,
  });

  function moved() {
    stale.add("points").add("bright");
    draw();
  }

  function draw() {
    due ??= requestAnimationFrame(now);
  }

  /** Where things are on the canvas, in its own px. */
  function geometry() {
    const { width, height } = root.getBoundingClientRect();
    const dots = devicePixelRatio || 1;
    const each = view.scale * dots;
    const from = view.toScreen({ x: -0.5, y: -0.5 });
    const left = from.x * dots - corner.x * each;
    const bottom = from.y * dots + (corner.y + corner.height) * each;
    return { width: Math.round(width * dots), height: Math.round(height * dots), dots, each, left, bottom };
  }

  /** Small where there are many; of the same size while the map is shifted. */
  function sizeOf({ each, dots }, count) {
    const room = (corner.width * corner.height * each * each) / Math.max(count, 1);
    const least = count > CROWD ? 1 : SMALLEST * dots;
    return Math.min(Math.max(0.5 * Math.sqrt(room), least), LARGEST * dots);
  }

  /** The same for numbers that are `sub` a bin. */
  const fine = (where) => ({
    ...where, each: where.each / sub, left: where.left + (0.5 * where.each) / sub,
    bottom: where.bottom - (0.5 * where.each) / sub,
  });

  function now() {
    due = null;
    const where = geometry();
    const dark = isDark();
    const { drawn } = store;
    const size = sizeOf(where, drawn.count);
    if (stale.has("points")) {
      if (store.mode === "density") field.paint(where);
      else field.clear();
      root.dataset.visible = all.paint(drawn, tableOf(store), fine(where), size);
    }
    if (stale.has("bright")) {
      if (own) brushed.paint(own, table(256, (k) => time(dark)(k / 255)), fine(where), size + 1.5 * where.dots);
      else brushed.clear();
    }
    stale.clear();
    overlay(where, dark);
    Object.assign(root.dataset, {
      points: drawn.count, brush: own?.count ?? 0, line: own && own.count <= LONGEST ? "true" : "false",
      zoom: view.zoom.toFixed(3), left: where.left / where.dots, bottom: where.bottom / where.dots,
      each: where.each / where.dots,
    });
    told.drawn?.(view.zoom);
  }

  function overlay(where, dark) {
    if (over.width !== where.width || over.height !== where.height)
      Object.assign(over, { width: where.width, height: where.height });
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, over.width, over.height);
    const look = { pen, where, dark, ink: dark ? "#e4e8ec" : "#1b2026", ground: dark ? "#0d0f11" : "#ffffff" };
    if (store.outlined) for (const form of paths.values()) outline(look, form, own ? 0.3 : 0.55, 1);
    const strong = [...new Set([store.hovered, store.pinned])].filter((number) => paths.has(number));
    for (const number of strong)
      outline(look, paths.get(number), 1, number === store.pinned ? 2.6 : 1.8, number === store.pinned);
    if (own && own.count <= LONGEST) path(look, own, time(dark));
    for (const extra of extras) extra(look);
    if (store.named) labels(look, store, placeOf);
    if (store.cursor >= 0 && store.regionOf[store.cursor] >= 0) ring(look, spotOf(store.cursor));
  }

  /** In bins: the densest place of a region, a frame. */
  const placeOf = ({ x, y }) => ({ x: ((x + half) / (2 * half)) * bins, y: ((y + half) / (2 * half)) * bins });
  const spotOf = (frame) => ({
    x: (store.points[frame] + 0.5) / sub, y: (store.points[store.points.length / 2 + frame] + 0.5) / sub,
  });

  function brush() {
    const { brush: found } = store;
    const from = found && store.recordings[found.recording].offset;
    own = found ? stretch(store, from + found.first, from + found.last) : null;
    root.classList.toggle("brushed", own !== null);
    stale.add("bright");
    draw();
  }

  store.on("filter", moved);
  store.on("look", draw);
  store.on("hovered", draw);
  store.on("pinned", draw);
  store.on("cursor", draw);
  store.on("brush", brush);
  store.on("contents", () => {
    paths = outlines(store.labels, bins);
    moved();
  });
  for (const event of ["theme", "resize"]) addEventListener(event, moved);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", moved);
  view.resize(corner.width, corner.height);

  return {
    draw,
    placeOf,
    zoomBy: (factor) => view.zoomBy(factor),
    reset: view.reset,
    /** Shift what is seen, by shares of its width and height. */
    shift(dx, dy) {
      const { left, top, width, height } = root.getBoundingClientRect();
      const middle = { clientX: left + width * (0.5 + dx), clientY: top + height * (0.5 + dy) };
      view.look(view.toPicture(middle), view.zoom);
    },
    /** Bins as units of the map. */
    unitsOf: ({ x, y }) => ({ x: (2 * half * x) / bins - half, y: (2 * half * y) / bins - half }),
    regionAt({ x, y }) {
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (column < 0 || row < 0 || column >= bins || row >= bins) return 0;
      return store.labels[row * bins + column];
    },
    /** The shown frame near a place, or -1. */
    frameAt: (spot) => nearest(store.drawn, sub, spot, REACH / view.scale),
    /** Draw something over the map whenever it is drawn. */
    add: (extra) => extras.push(extra),
    pathOf: (number) => paths.get(number),
    /** Where a place is, in css px of the map. */
    screenOf: ({ x, y }) => view.toScreen({ x: x - corner.x - 0.5, y: corner.y + corner.height - y - 0.5 }),
  };
}
