// A split that is prepared: a line through the region, and which part becomes one of its own: what
// lies left of the line, as it is directed.

import { by } from "/shared/dom.js";
import { cut, hatch } from "./over.js";

const COLOUR = "#e8459a"; // of none of the regions
const TURN = Math.PI / 36; // by a key
const MOVE = 0.02; // of the region's size, by a key

export function openSplit(store, map, act) {
  const root = by("map");
  let armed = null; // {number, line: [a, b] in bins}
  let drawing = false;

  /** Middle and the two axes of a region. */
  function formOf(number) {
    const { bins } = store.map;
    let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
    store.labels.forEach((label, k) => {
      if (label !== number) return;
      const [column, row] = [(k % bins) + 0.5, Math.trunc(k / bins) + 0.5];
      n += 1;
      x += column;
      y += row;
      xx += column * column;
      yy += row * row;
      xy += column * row;
    });
    if (!n) return null;
    const middle = { x: x / n, y: y / n };
    const [a, b, c] = [xx / n - middle.x ** 2, xy / n - middle.x * middle.y, yy / n - middle.y ** 2];
    const angle = 0.5 * Math.atan2(2 * b, a - c); // of the long axis
    return { middle, angle, size: Math.sqrt(Math.max(a + c, 1)) };
  }

  const sideOf = ([a, b], x, y) => (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);

  /** How many of the region's frames, and of its bins, lie left of the line. */
  function shareOf({ number, line }) {
    const { points, regionOf, labels, map: { sub, bins } } = store;
    const total = points.length / 2;
    let [left, all, part, bin] = [0, 0, 0, 0];
    for (let k = 0; k < total; k += 1) {
      if (regionOf[k] !== number) continue;
      all += 1;
      if (sideOf(line, (points[k] + 0.5) / sub, (points[total + k] + 0.5) / sub) > 0) left += 1;
    }
    for (let k = 0; k < labels.length; k += 1) {
      if (labels[k] !== number) continue;
      bin += 1;
      if (sideOf(line, (k % bins) + 0.5, Math.trunc(k / bins) + 0.5) > 0) part += 1;
    }
    return { left, all, cuts: part > 0 && part < bin };
  }

  function draw() {
    by("strip").hidden = !armed;
    root.classList.toggle("cutting", Boolean(armed));
    root.dataset.split = armed ? armed.number : "";
    if (armed) {
      const { left, all, cuts } = shareOf(armed);
      root.dataset.cut = armed.line.flatMap(({ x, y }) => Object.values(map.unitsOf({ x, y })).map((v) => v.toFixed(3))).join(" ");
      by("split-do").disabled = !cuts;
      // it covers no part of what is cut
      by("strip").classList.toggle("low", map.screenOf(armed.middle).y < root.clientHeight / 2);
      const share = all ? `${((100 * left) / all).toFixed(0)} %` : "none";
      by("strip-words").textContent = cuts
        ? `Split ${store.nameOf(armed.number)}: ${share} of its frames become a new region (shaded).`
        : `The line does not cut ${store.nameOf(armed.number)}: draw it across.`;
    }
    map.draw();
  }

  map.add((look) => {
    if (!armed) return;
    const form = map.pathOf(armed.number);
    if (form) hatch(look, form, armed.line, COLOUR);
    cut(look, armed.line, COLOUR);
  });

  function arm(number) {
    const form = formOf(number);
    if (!form) return;
    const across = form.angle + Math.PI / 2;
    const reach = 2.4 * form.size;
    const end = (way) => ({
      x: form.middle.x + way * reach * Math.cos(across), y: form.middle.y + way * reach * Math.sin(across),
    });
    armed = { number, line: [end(-1), end(1)], size: form.size, middle: form.middle };
    draw();
    root.focus({ preventScroll: true });
  }

  function cancel() {
    const was = armed !== null;
    armed = null;
    drawing = false;
    draw();
    return was;
  }

  const flip = () => {
    armed.line.reverse();
    draw();
  };

  function move(dx, dy) {
    armed.line = armed.line.map(({ x, y }) => ({ x: x + dx * armed.size * MOVE, y: y + dy * armed.size * MOVE }));
    draw();
  }

  function turn(way) {
    const [a, b] = armed.line;
    const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
    const [cos, sin] = [Math.cos(way * TURN), Math.sin(way * TURN)];
    armed.line = armed.line.map((end) => ({
      x: x + (end.x - x) * cos - (end.y - y) * sin, y: y + (end.x - x) * sin + (end.y - y) * cos,
    }));
    draw();
  }

  function apply() {
    if (by("split-do").disabled) return;
    const { number, line } = armed;
    cancel();
    act(number, line.map(map.unitsOf).flatMap(({ x, y }) => [x, y]));
  }

  by("split-do").addEventListener("click", apply);
  by("split-flip").addEventListener("click", flip);
  by("split-cancel").addEventListener("click", cancel);
  store.on("contents", cancel);
  store.on("pinned", () => armed && armed.number !== store.pinned && cancel());

  return {
    arm,
    cancel,
    get armed() {
      return armed !== null;
    },
    /** A key while it is prepared; whether it did something. */
    key(event) {
      if (!armed || event.ctrlKey || event.altKey || event.metaKey) return false;
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (way && event.shiftKey) turn(-way[0] || way[1]);
      else if (way) move(...way);
      else if (event.key === "Enter") apply();
      else if (event.key.toLowerCase() === "f") flip();
      else return false;
      return true;
    },
    mouse: {
      press: (at) => {
        if (!armed) return false;
        drawing = at;
        return true;
      },
      drag: (at) => {
        if (!armed || !drawing) return;
        if (Math.hypot(at.x - drawing.x, at.y - drawing.y) < 0.5) return;
        armed.line = [drawing, at];
        draw();
      },
    },
  };
}
