// The labels of all frames on one picture: a canvas for the points, as there may be tens of
// thousands, and over it an SVG with medians, names, and what the mouse is on.
//
// Left parts are filled discs, right ones rings, those of the middle squares; the colour is the
// group's.

import { html, svg } from "/shared/dom.js";
import { viewportOf } from "/shared/viewport.js";

const REACH = 10; // screen px around a point in which the mouse finds it
const HALO = "#000b";

/** A symbol as a picture: to copy it is ten times as fast as to draw each anew. */
function stamp(side, color, r, dense) {
  const half = Math.ceil((r + 2.5) * dense);
  const made = html("canvas", { width: 2 * half, height: 2 * half });
  const pen = made.getContext("2d");
  pen.translate(half, half);
  pen.scale(dense, dense);
  pen.beginPath();
  if (side === "middle") pen.rect(-0.85 * r, -0.85 * r, 1.7 * r, 1.7 * r);
  else pen.arc(0, 0, r, 0, 2 * Math.PI);
  pen.lineWidth = side === "right" ? 3.2 : 1.4;
  pen.strokeStyle = HALO;
  pen.stroke();
  pen.lineWidth = 1.7;
  pen.strokeStyle = pen.fillStyle = color;
  if (side === "right") pen.stroke();
  else pen.fill();
  return { made, half };
}

/**
 * @param root  element to draw into
 * @param told  {open(key, part), hovered(point | null)}: what a click and the mouse do
 */
export function cloudOf(root, told) {
  const picture = html("img", { class: "beneath", alt: "", draggable: "false" });
  const canvas = html("canvas", { class: "points" });
  const above = svg("svg", { class: "above", "aria-hidden": "true" });
  root.replaceChildren(picture, canvas, above);
  let data = { size: 1, points: [], parts: new Map() };
  let shown = new Set();
  let near = null; // the point that the mouse is on
  let lit = []; // points that a list row is about
  let due = null; // the next drawing
  let only = null; // the part that a list row is about
  let options = { medians: true, names: false };

  const view = viewportOf(root, place, {
    click(at) {
      const point = nearest(at);
      if (point) told.open(point.key, point.part);
    },
    hover: (at) => mark(nearest(at)),
    leave: () => mark(null),
  });

  function mark(point) {
    if (point === near) return;
    near = point;
    root.classList.toggle("on-point", point !== null);
    told.hovered(point);
    overlay();
  }

  function nearest({ x, y }) {
    let best = null;
    let least = REACH / view.scale;
    for (const point of data.points) {
      if (!shown.has(point.part)) continue;
      const away = Math.hypot(point.x - x, point.y - y);
      if (away < least) [best, least] = [point, away];
    }
    return best;
  }

  function place() {
    const from = view.toScreen({ x: -0.5, y: -0.5 });
    Object.assign(picture.style, {
      transform: `translate(${from.x}px, ${from.y}px)`,
      width: `${data.size * view.scale}px`, height: `${data.size * view.scale}px`,
    });
    root.dataset.zoom = view.zoom;
    draw();
  }

  /** Small where there are many. */
  const radius = () => Math.max(1.8, Math.min(4.5, 6.9 - 1.1 * Math.log10(1 + data.points.length))) *
    Math.min(1.6, Math.sqrt(view.zoom));

  /** Once a frame of the screen, however often it is asked for. */
  function draw() {
    due ??= requestAnimationFrame(() => {
      due = null;
      points();
      overlay();
    });
  }

  function points() {
    const { width, height } = root.getBoundingClientRect();
    const dense = devicePixelRatio || 1;
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    const pen = canvas.getContext("2d");
    const r = radius();
    const from = view.toScreen({ x: 0, y: 0 });
    const each = view.scale * dense;
    for (const [part, { side, color, points }] of data.parts) {
      if (!shown.has(part)) continue;
      const { made, half } = stamp(side, color, r, dense);
      pen.globalAlpha = only && only !== part ? 0.12 : 1;
      for (const { x, y } of points) {
        const left = Math.round(from.x * dense + x * each) - half;
        const top = Math.round(from.y * dense + y * each) - half;
        if (left > -2 * half && top > -2 * half && left < canvas.width && top < canvas.height)
          pen.drawImage(made, left, top);
      }
    }
  }

  function name(text, { x, y }, kind) {
    const right = x > root.clientWidth - 140;
    return svg("text", {
      class: kind, x: x + (right ? -11 : 11), y: y - 9, "text-anchor": right ? "end" : "start",
    }, text);
  }

  function overlay() {
    const drawn = [];
    const row = near ? data.rows.get(near.key) : null;
    if (row)
      for (const [a, b] of data.edges)
        if (row[a] && row[b]) {
          const [one, other] = [row[a], row[b]].map(([x, y]) => view.toScreen({ x, y }));
          drawn.push(svg("line", { class: "pose", x1: one.x, y1: one.y, x2: other.x, y2: other.y }));
        }
    const names = [];
    if (options.medians)
      for (const [part, { median, side, color }] of data.parts) {
        if (!median || !shown.has(part) || (only && only !== part)) continue;
        const at = view.toScreen(median);
        drawn.push(svg("path", {
          class: "median", "data-median": part, transform: `translate(${at.x} ${at.y})`,
          d: "M-6 0H6M0-6V6", "data-side": side,
        }));
        drawn.at(-1).style.setProperty("--of", color);
        if (options.names || only === part) names.push(name(part, at, "name"));
      }
    const ring = ({ x, y }, kind) => {
      const at = view.toScreen({ x, y });
      return svg("circle", { class: kind, cx: at.x, cy: at.y, r: 11 });
    };
    drawn.push(...lit.map((point) => ring(point, "lit")), ...names);
    if (near) {
      drawn.push(ring(near, "near"), name(near.part, view.toScreen(near), "name near"));
      const { median } = data.parts.get(near.part);
      const [one, other] = [view.toScreen(near), view.toScreen(median)];
      drawn.push(svg("line", { class: "away", x1: one.x, y1: one.y, x2: other.x, y2: other.y }));
    }
    above.replaceChildren(...drawn);
  }

  return {
    /** @param made {size, points: [{key, part, x, y, text}], rows, edges, parts: Map(part -> look)} */
    show(made, source) {
      const other = made.size !== data.size;
      data = made;
      near = null;
      lit = [];
      root.dataset.points = data.points.length;
      if (source && picture.getAttribute("src") !== source) picture.src = source;
      if (other) view.resize(data.size, data.size);
      else place();
    },
    filter(parts) {
      shown = parts;
      near = null;
      draw();
    },
    choose(changed) {
      options = { ...options, ...changed };
      overlay();
    },
    /** Ring points of a frame, or nothing. */
    light(key, parts) {
      lit = key ? data.points.filter((p) => p.key === key && (!parts.length || parts.includes(p.part))) : [];
      overlay();
    },
    single(part) {
      only = part;
      draw();
    },
    reset: view.reset,
    zoomBy: view.zoomBy,
  };
}
