// The animals of one frame over its picture: ellipse and nose, name, trail, crop.  Colour, dashes
// and name tell them apart.

import { put, svg } from "/shared/dom.js";

const LOOKS = 6; // in style.css
const POINTS = 40; // of a trail, to either side
const NOSE = 7; // screen px
const RING = 6; // screen px around an ellipse that is prepared
const LEAST = 6; // screen px of an ellipse's half axis

export const lookOf = (animal) => animal % LOOKS;

/**
 * @param view  {toScreen, scale}
 * @returns     draw(frame, {trails, crops, prepared})
 */
export function overlayOf(root, store, view) {
  const size = () => store.track.size ?? { length: 40, width: 16 };

  function trail(animal, frame, step, prepared) {
    const reach = Math.max(2, Math.round(store.video.fps));
    const stride = Math.max(1, Math.ceil(reach / POINTS));
    const pieces = [[]];
    for (let k = 0; k <= reach; k += stride) {
      const at = store.track.at(frame + step * k, animal, prepared);
      if (at.valid) pieces.at(-1).push(view.toScreen(at));
      else if (pieces.at(-1).length) pieces.push([]);
    }
    return pieces.filter((points) => points.length > 1).map((points) => svg("polyline", {
      class: step < 0 ? "past" : "ahead",
      points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
    }));
  }

  function crop(at) {
    const half = (store.video.crop_size - 1) / 2 + 0.5;
    const [cos, sin] = [Math.cos(at.heading), Math.sin(at.heading)];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([u, v]) => {
      const { x, y } = view.toScreen({
        x: at.x + half * (u * cos - v * sin), y: at.y + half * (u * sin + v * cos),
      });
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return svg("polygon", { class: "crop", points: corners.join(" ") });
  }

  function body(at, kind, name, ring = false) {
    const { x, y } = view.toScreen(at);
    const long = Math.max((size().length / 2) * view.scale, LEAST);
    const wide = Math.max((size().width / 2) * view.scale, LEAST * 0.6);
    const turn = `translate(${x.toFixed(2)} ${y.toFixed(2)}) rotate(${((at.heading * 180) / Math.PI).toFixed(2)})`;
    const shape = (look, more = 0) => svg("ellipse", { class: look, rx: long + more, ry: wide + more });
    const nose = `M${long + NOSE} 0L${long - NOSE} ${NOSE}L${long - NOSE} ${-NOSE}Z`;
    const parts = [
      svg("g", { transform: turn }, ring ? shape("ring", RING) : null, shape("halo"), shape("form"),
        svg("path", { class: "nose", d: nose }), svg("circle", { class: "middle", r: 1.5 })),
    ];
    if (name !== null) {
      // on the side of the tail, where the nose's way is free
      const off = long + 12;
      const place = {
        x: x - off * Math.cos(at.heading), y: y - off * Math.sin(at.heading) + 4.5,
        "text-anchor": "middle",
      };
      parts.push(svg("text", place, name));
    }
    return svg("g", { class: kind }, ...parts);
  }

  /** One animal. */
  function animal(k, frame, { trails, crops, prepared }) {
    const line = prepared.find(({ first, last, animal, other }) =>
      frame >= first && frame <= last && (animal === k || other === k));
    const was = store.track.at(frame, k);
    const covered = line !== undefined;
    const at = covered ? store.track.at(frame, k, prepared) : was;
    const parts = [];
    if (trails) parts.push(...trail(k, frame, -1, prepared), ...trail(k, frame, 1, prepared));
    if (covered && was.valid && line.action !== "swap") parts.push(body(was, "was", null));
    if (at.valid) {
      if (crops && store.video.crop_size) parts.push(crop(at));
      parts.push(body(at, "there", String(k), covered));
    }
    const told = at.valid ? {
      "data-x": at.x.toFixed(2), "data-y": at.y.toFixed(2),
      "data-heading": ((((at.heading * 180) / Math.PI) % 360 + 360) % 360).toFixed(1),
    } : {};
    return svg("g", {
      "data-animal": k, "data-valid": String(at.valid), ...told,
      class: `look-${lookOf(k)}${k === store.animal ? " selected" : ""}`,
    }, ...parts);
  }

  return {
    draw(frame, look) {
      if (!store.track.has(frame)) return put(root, []);
      const order = [...Array(store.video.animals).keys()].sort((a, b) => (a === store.animal) - (b === store.animal));
      put(root, order.map((k) => animal(k, frame, look)));
    },
    clear: () => put(root, []),
    /** What of the selected animal a place on the screen means: "nose", "body", or null. */
    partAt(at, { x, y }) {
      if (!at.valid) return null;
      const middle = view.toScreen(at);
      const long = Math.max((size().length / 2) * view.scale, LEAST);
      const wide = Math.max((size().width / 2) * view.scale, LEAST);
      const [cos, sin] = [Math.cos(at.heading), Math.sin(at.heading)];
      const [dx, dy] = [x - middle.x, y - middle.y];
      const [u, v] = [dx * cos + dy * sin, dy * cos - dx * sin];
      if (Math.hypot(u - long, v) < NOSE + 5) return "nose";
      return (u / long) ** 2 + (v / wide) ** 2 < 1.15 ? "body" : null;
    },
  };
}
