// The whole video at a glance: doubtful moments, crossings, where animals are lost, what was
// corrected.  Click and drag to go there; the wheel zooms about the mouse.

import { by } from "/shared/dom.js";
import { isCrossing } from "./kinds.js";

const NAMES = 76; // css px for the names of rows
const ROW = 14;
const RULER = 18;
const NEAREST = 60; // frames across, at the largest zoom
const STEPS = [1, 2, 5];

export function openTimeline(store, player, { go }) {
  const root = by("timeline");
  const canvas = by("lanes");
  const context = canvas.getContext("2d");
  const over = by("hand"); // what moves with the cursor, over the lanes
  const hand = over.getContext("2d");
  let from = 0; // the frame at the left end
  let across = 1; // frames that are shown
  let scrubbing = false;
  let stale = true; // whether the lanes have changed
  let due = null;

  const frames = () => store.video.frames;
  const width = () => Math.max(canvas.clientWidth - NAMES, 1);
  const xOf = (frame) => NAMES + ((frame - from) / across) * width();
  const frameOf = (x) => from + ((x - NAMES) / width()) * across;

  function limit() {
    across = Math.min(Math.max(across, Math.min(NEAREST, frames())), frames());
    from = Math.min(Math.max(from, 0), frames() - across);
  }

  function zoomBy(factor, x = NAMES + width() / 2) {
    const at = frameOf(x);
    across /= factor;
    limit();
    from = at - ((x - NAMES) / width()) * across;
    limit();
    draw();
  }

  /** The colours of the theme as they are now: a canvas knows no variables. */
  function colours() {
    const found = {};
    for (const swatch of root.querySelectorAll("[data-colour]"))
      found[swatch.dataset.colour] = getComputedStyle(swatch).color;
    return found;
  }

  /** Frames in words: their number, and the time. */
  function time(frame) {
    const seconds = frame / (store.video.fps || 1);
    const minutes = Math.floor(seconds / 60);
    return `${minutes}:${(seconds - 60 * minutes).toFixed(across < 20 * store.video.fps ? 1 : 0).padStart(across < 20 * store.video.fps ? 4 : 2, "0")}`;
  }

  function ruler(c) {
    const least = (across / width()) * 110;
    let step = 1;
    for (let ten = 1; step < least; ten *= 10) for (const k of STEPS) if (step < least) step = k * ten;
    context.fillStyle = c.quiet;
    context.textAlign = "left";
    for (let frame = Math.ceil(from / step) * step; frame <= from + across; frame += step) {
      const x = xOf(frame);
      context.fillRect(x, 0, 1, 5);
      if (x < canvas.clientWidth - 70) context.fillText(`${frame} · ${time(frame)}`, x + 4, 11);
    }
  }

  /** A row of spans [first, last, colour, height 0..1, hollow]. */
  function lane(top, name, spans, c) {
    context.fillStyle = c.quiet;
    context.textAlign = "right";
    context.fillText(name, NAMES - 8, top + ROW - 4);
    context.fillStyle = c.field;
    context.fillRect(NAMES, top, width(), ROW - 2);
    for (const [first, last, colour, high, hollow] of spans) {
      const [a, b] = [Math.max(xOf(first), NAMES), Math.min(xOf(last + 1), canvas.clientWidth)];
      if (b < NAMES || a > canvas.clientWidth || b < a) continue;
      const tall = (ROW - 2) * high;
      const wide = Math.max(b - a, 2);
      if (hollow) {
        context.strokeStyle = colour;
        context.strokeRect(a + 0.5, top + ROW - 2 - tall + 0.5, Math.max(wide - 1, 2), tall - 1);
      } else {
        context.fillStyle = colour;
        context.fillRect(a, top + ROW - 2 - tall, wide, tall);
      }
    }
  }

  function ofAnimal(animal, moments, c) {
    const { overview } = store;
    const told = overview?.animals[animal];
    if (!told) return [];
    const each = frames() / overview.bins;
    const spans = moments.filter((one) => one.animal === animal || one.other === animal)
      .filter((one) => !store.accepted(one))
      .map(({ first, last, severity }) => [first, last, c.warn, 0.25 + 0.75 * severity]);
    for (let k = 0; k < overview.bins; k += 1) {
      const [first, last] = [k * each, (k + 1) * each - 1];
      if (told.lost[k] > 0) spans.push([first, last, c.bad, 0.2 + 0.8 * told.lost[k]]);
    }
    return spans;
  }

  const heightOf = ({ animals }) => RULER + ROW * (animals + 2 + (animals > 1 ? 1 : 0));

  /** Empty a canvas of so many css px, at the screen's own px. */
  function emptied(element, drawing, height) {
    element.style.height = `${height}px`;
    const dots = devicePixelRatio || 1;
    const [w, h] = [Math.round(canvas.clientWidth * dots), Math.round(height * dots)];
    if (element.width !== w || element.height !== h) Object.assign(element, { width: w, height: h });
    drawing.setTransform(dots, 0, 0, dots, 0, 0);
    drawing.clearRect(0, 0, canvas.clientWidth, height);
  }

  function drawLanes() {
    const { video } = store;
    emptied(canvas, context, heightOf(video));
    context.font = "11px system-ui, sans-serif";
    const c = colours();
    let top = RULER;
    const row = (name, spans) => {
      lane(top, name, spans, c);
      top += ROW;
    };
    const span = (one, colour) => [
      one.first, one.last, colour, 0.35 + 0.65 * one.severity, store.accepted(one),
    ];
    // a doubt about the whole track says nothing of where
    const moments = store.moments.filter(({ whole }) => !whole);
    row("doubts", moments.filter((one) => !isCrossing(one)).map((one) => span(one, c.accent)));
    if (video.animals > 1)
      row("crossings", moments.filter(isCrossing).map((one) => span(one, c.text)));
    for (let k = 0; k < video.animals; k += 1) row(`animal ${k}`, ofAnimal(k, moments, c));
    row("corrections", [...store.lines, ...store.waiting].map(({ first, last }) => [first, last, c.good, 0.8]));
    ruler(c);
    root.dataset.from = from;
    root.dataset.across = across;
  }

  function drawNow() {
    due = null;
    if (!store.video) return;
    if (stale) drawLanes();
    stale = false;
    const height = heightOf(store.video);
    emptied(over, hand, height);
    bands(height, colours());
    root.setAttribute("aria-valuenow", store.frame);
    root.setAttribute("aria-valuemax", frames() - 1);
    root.setAttribute("aria-valuetext", `frame ${store.frame}, ${time(store.frame)}`);
  }

  function bands(height, c) {
    const band = (first, last, colour) => {
      const [a, b] = [Math.max(xOf(first), NAMES), Math.max(xOf(last + 1), xOf(first) + 2)];
      if (b < a) return;
      hand.globalAlpha = 0.22;
      hand.fillStyle = colour;
      hand.fillRect(a, RULER - 3, b - a, height);
      hand.globalAlpha = 1;
      hand.strokeStyle = colour;
      hand.strokeRect(a + 0.5, RULER - 2.5, Math.max(b - a - 1, 1), height - RULER + 1);
    };
    if (player.loop) band(...player.loop, c.quiet);
    if (store.armed) band(store.armed.first, store.armed.last, c.accent);
    const x = xOf(store.frame + 0.5);
    if (x < NAMES) return;
    hand.fillStyle = c.text;
    hand.fillRect(x - 1, 0, 2, height);
    hand.beginPath();
    hand.moveTo(x - 6, 0);
    hand.lineTo(x + 6, 0);
    hand.lineTo(x, 8);
    hand.fill();
  }

  /** The cursor and what is prepared; the lanes below them stay. */
  function move() {
    due ??= requestAnimationFrame(drawNow);
  }

  function draw() {
    stale = true;
    due ??= requestAnimationFrame(drawNow);
  }

  const localX = (event) => event.clientX - canvas.getBoundingClientRect().left;

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    scrubbing = true;
    player.leave();
    go(Math.floor(frameOf(localX(event))));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (scrubbing) go(Math.floor(frameOf(localX(event))));
  });
  for (const name of ["pointerup", "pointercancel"])
    canvas.addEventListener(name, () => (scrubbing = false));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 30 : 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      from += ((event.deltaX || event.deltaY) * pixels * across) / width();
      limit();
      return draw();
    }
    zoomBy(Math.exp((-event.deltaY * pixels) / 400), localX(event));
  }, { passive: false });
  new ResizeObserver(draw).observe(canvas);

  return {
    draw,
    move,
    zoomBy,
    whole() {
      from = 0;
      across = frames();
      draw();
    },
    open() {
      from = 0;
      across = frames();
      draw();
    },
    /** Keep the cursor in sight. */
    follow() {
      const { frame } = store;
      if (!scrubbing && (frame < from || frame >= from + across)) {
        from = player.playing ? frame - across * 0.05 : frame - across / 2;
        limit();
        draw();
      }
      move();
    },
  };
}
