// What is drawn over the points, with lines.  A look is {pen, where, dark, ink, ground}; `where`
// says where bins are on the canvas.

import { css } from "./colours.js";

const BATCHES = 48; // colours of a path
const LONGEST = 28; // letters of a name on the map

const toBins = ({ pen, where: { each, left, bottom } }) => pen.setTransform(each, 0, 0, -each, left, bottom);
const toScreen = ({ pen }) => pen.setTransform(1, 0, 0, 1, 0, 0);
const spot = ({ where: { each, left, bottom } }, { x, y }) => [left + x * each, bottom - y * each];

/** @param form  a path in bins */
export function outline(look, form, strength, width, filled = false) {
  const { pen, where, ink, ground } = look;
  toBins(look);
  pen.lineJoin = "round";
  const each = where.dots / where.each;
  if (strength === 1) {
    pen.globalAlpha = 0.9;
    pen.lineWidth = (width + 2.4) * each;
    pen.strokeStyle = ground;
    pen.stroke(form);
  }
  if (filled) {
    pen.globalAlpha = 0.07;
    pen.fillStyle = ink;
    pen.fill(form);
  }
  pen.globalAlpha = strength;
  pen.lineWidth = width * each;
  pen.strokeStyle = ink;
  pen.stroke(form);
  pen.globalAlpha = 1;
  toScreen(look);
}

/** The way of a stretch, coloured by time; it is broken where a frame has no place. */
export function path(look, { count, xs, ys, breaks, map: { sub } }, scale) {
  const { pen, where, ground } = look;
  const at = (k) => spot(look, { x: (xs[k] + 0.5) / sub, y: (ys[k] + 0.5) / sub });
  pen.lineJoin = pen.lineCap = "round";
  for (const under of [true, false])
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const [from, to] = [Math.floor((count * batch) / BATCHES), Math.floor((count * (batch + 1)) / BATCHES)];
      if (to <= from) continue;
      pen.beginPath();
      pen.moveTo(...at(Math.max(from - 1, 0)));
      for (let k = from; k < to; k += 1)
        if (breaks[k]) pen.moveTo(...at(k));
        else pen.lineTo(...at(k));
      pen.globalAlpha = under ? 0.35 : 0.8;
      pen.lineWidth = (under ? 2.6 : 1.1) * where.dots;
      pen.strokeStyle = under ? ground : css(scale((batch + 0.5) / BATCHES));
      pen.stroke();
    }
  pen.globalAlpha = 1;
  for (const k of [0, count - 1]) if (count) dot(look, at(k), css(scale(k ? 1 : 0)));
}

function dot({ pen, where, ground }, [x, y], colour) {
  pen.beginPath();
  pen.arc(x, y, 4.2 * where.dots, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
  pen.lineWidth = 1.6 * where.dots;
  pen.strokeStyle = ground;
  pen.stroke();
}

/** A frame that is pointed at. */
export function ring(look, at) {
  const { pen, where, ink, ground } = look;
  for (const [colour, width] of [[ground, 4], [ink, 1.8]]) {
    pen.beginPath();
    pen.arc(...spot(look, at), 7 * where.dots, 0, 2 * Math.PI);
    pen.strokeStyle = colour;
    pen.lineWidth = width * where.dots;
    pen.stroke();
  }
}

/** Numbers and names of regions: the large ones first, the name left away where it has no room. */
export function labels(look, store, placeOf) {
  const { pen, where, ink, ground } = look;
  const taken = [];
  const marked = new Set([store.pinned, store.hovered]);
  const order = store.regions.toSorted((a, b) =>
    marked.has(b.number) - marked.has(a.number) || b.occupancy - a.occupancy);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const region of order) {
    const [x, y] = spot(look, placeOf(region));
    const name = region.name.length > LONGEST ? `${region.name.slice(0, LONGEST - 1)}…` : region.name;
    const words = name ? [`${region.number} ${name}`, `${region.number}`] : [`${region.number}`];
    for (const text of words) {
      pen.font = `600 ${12 * where.dots}px system-ui, "Segoe UI", Roboto, sans-serif`;
      const wide = pen.measureText(text).width / 2 + 3 * where.dots;
      const box = [x - wide, y - 8 * where.dots, x + wide, y + 8 * where.dots];
      if (taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) continue;
      taken.push(box);
      pen.lineWidth = 3.6 * where.dots;
      pen.strokeStyle = ground;
      pen.globalAlpha = 0.85;
      pen.strokeText(text, x, y);
      pen.globalAlpha = 1;
      pen.fillStyle = ink;
      pen.fillText(text, x, y);
      break;
    }
  }
}

/** A line between two places, with an arrow's side: what lies left of it is shaded by `form`. */
export function cut(look, [a, b], colour) {
  const { pen, where, ground } = look;
  for (const [style, width] of [[ground, 5], [colour, 2.2]]) {
    pen.beginPath();
    pen.moveTo(...spot(look, a));
    pen.lineTo(...spot(look, b));
    pen.strokeStyle = style;
    pen.lineWidth = width * where.dots;
    pen.stroke();
  }
  for (const end of [a, b]) dot(look, spot(look, end), colour);
}

/** Hatch the part of a region that lies left of a directed line. */
export function hatch(look, form, [a, b], colour) {
  const { pen, where } = look;
  toBins(look);
  pen.save();
  pen.clip(form);
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const far = 4000 / Math.hypot(dx, dy);
  const [ux, uy] = [dx * far, dy * far];
  pen.beginPath();
  pen.moveTo(a.x - ux, a.y - uy);
  pen.lineTo(b.x + ux, b.y + uy);
  pen.lineTo(b.x + ux - uy, b.y + uy + ux);
  pen.lineTo(a.x - ux - uy, a.y - uy + ux);
  pen.closePath();
  pen.globalAlpha = 0.35;
  pen.fillStyle = colour;
  pen.fill();
  pen.restore();
  pen.globalAlpha = 1;
  pen.lineWidth = where.dots;
  toScreen(look);
}
