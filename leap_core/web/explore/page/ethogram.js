// What every shown recording does when: a strip each, coloured by region.  A drag brushes a stretch;
// with the keyboard arrows move it, Shift and arrows change its length.

import { by } from "/shared/dom.js";
import { openAxis } from "./axis.js";
import { css, rgbOf, time, isDark } from "./colours.js";
import { LONGEST } from "./map.js";
import { strip } from "./strip.js";

export const NAMES = 118; // css px for the names of recordings
export const ROW = 17;
const BAR = 13;
const GRIP = 5; // css px around an end of the brush in which it is taken
const FIRST = 0.05; // of the time in sight: a brush that the keyboard begins

export function openEthogram(store, { told, click }) {
  const root = by("ethogram");
  const rows = by("strips");
  const [canvas, hand, ruler] = ["lanes", "hand", "ruler"].map(by);
  const [pen, over] = [canvas.getContext("2d"), hand.getContext("2d")];
  const axis = openAxis(store, ruler, NAMES, moved);
  let stale = true;
  let due = null;
  let drag = null; // {kind, recording, from, brush}

  const listed = () => store.recordings.filter(({ index }) => store.shown.has(index));
  const timeOf = ({ begin, each }, frame) => begin + frame * each;
  const frameOf = ({ begin, each }, at) => Math.floor((at - begin) / each);

  function moved() {
    stale = true;
    due ??= requestAnimationFrame(now);
  }
  function overlay() {
    due ??= requestAnimationFrame(now);
  }

  function emptied(element, context, width, height) {
    const dots = devicePixelRatio || 1;
    const [w, h] = [Math.max(Math.round(width * dots), 1), Math.max(Math.round(height * dots), 1)];
    if (element.width !== w || element.height !== h) Object.assign(element, { width: w, height: h });
    element.style.height = `${height}px`;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, w, h);
    context.setTransform(dots, 0, 0, dots, 0, 0);
    return dots;
  }

  /** The colours of the theme: a canvas knows no variables. */
  function colours() {
    const found = {};
    for (const swatch of root.querySelectorAll("[data-colour]"))
      found[swatch.dataset.colour] = getComputedStyle(swatch).color;
    return found;
  }

  function fitting(text, room) {
    if (pen.measureText(text).width <= room) return text;
    let end = text.length;
    while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
    return `${text.slice(0, end)}…`;
  }

  function lanes() {
    const all = listed();
    const wide = rows.clientWidth;
    const dots = emptied(canvas, pen, wide, Math.max(all.length * ROW, ROW));
    const c = colours();
    const dark = isDark();
    const none = rgbOf(dark ? "#565f68" : "#b4bac1");
    const between = rgbOf(dark ? "#24292f" : "#ffffff");
    const colour = (region) => (region > 0 ? rgbOf(store.colourOf(region)) : region < 0 ? none : between);
    const across = Math.max(Math.round((wide - NAMES) * dots), 1);
    pen.font = "11.5px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const [k, recording] of all.entries()) {
      pen.fillStyle = c.text;
      pen.fillText(fitting(recording.name, NAMES - 14), NAMES - 8, k * ROW + ROW / 2 + 0.5);
      const image = strip(store, recording, axis, across, Math.round(BAR * dots), colour);
      pen.putImageData(image, Math.round(NAMES * dots), Math.round((k * ROW + (ROW - BAR) / 2) * dots));
    }
    if (!all.length) {
      pen.fillStyle = c.quiet;
      pen.textAlign = "left";
      pen.fillText("No recording is shown: choose some at the left.", NAMES, ROW / 2);
    }
  }

  function marks() {
    const all = listed();
    emptied(hand, over, rows.clientWidth, Math.max(all.length * ROW, ROW));
    const c = colours();
    const row = (index) => all.findIndex((one) => one.index === index);
    over.save();
    over.beginPath();
    over.rect(NAMES - 4, 0, rows.clientWidth, hand.clientHeight);
    over.clip();
    const { brush, cursor } = store;
    if (brush && row(brush.recording) >= 0) {
      const recording = store.recordings[brush.recording];
      const top = row(brush.recording) * ROW;
      const [a, b] = [axis.x(timeOf(recording, brush.first)), axis.x(timeOf(recording, brush.last + 1))];
      const wide = Math.max(b - a, 2);
      const shades = over.createLinearGradient(a, 0, a + wide, 0);
      for (let k = 0; k <= 8; k += 1) shades.addColorStop(k / 8, css(time(isDark())(k / 8)));
      over.fillStyle = shades; // what the colours of the path mean
      over.fillRect(a, top + ROW - 7, wide, 6);
      over.strokeStyle = c.text;
      over.lineWidth = 1.5;
      over.strokeRect(a, top + 0.75, wide, ROW - 1.5);
      over.fillStyle = c.text;
      for (const x of [a, a + wide]) over.fillRect(x - 1.5, top, 3, ROW);
    }
    if (cursor >= 0) {
      const recording = store.recordingOf(cursor);
      const x = axis.x(timeOf(recording, cursor - recording.offset + 0.5));
      const top = row(recording.index) * ROW;
      over.fillStyle = c.text;
      if (top >= 0) over.fillRect(x - 0.75, top, 1.5, ROW);
    }
    over.restore();
  }

  function now() {
    due = null;
    if (stale) {
      lanes();
      axis.draw(colours(), rows.clientWidth);
    }
    stale = false;
    marks();
    const { brush } = store;
    Object.assign(root.dataset, {
      brush: brush ? `${store.recordings[brush.recording].name}:${brush.first}-${brush.last}` : "",
      from: axis.from, across: axis.across, rows: listed().length,
    });
    root.setAttribute("aria-valuenow", brush ? brush.first : 0);
    root.setAttribute("aria-valuemax", brush ? store.recordings[brush.recording].frames - 1 : 0);
    root.setAttribute("aria-valuetext", words() || "no stretch is brushed; an arrow begins one");
    by("brushed").textContent = words() || "Drag on a strip: the path of that stretch is drawn on the map";
    by("brushed").classList.toggle("quiet", !brush);
    by("brush-clear").hidden = !brush;
  }

  /** The brushed stretch in words. */
  function words() {
    const { brush } = store;
    if (!brush) return "";
    const recording = store.recordings[brush.recording];
    const [a, b] = [timeOf(recording, brush.first), timeOf(recording, brush.last)];
    const frames = brush.last - brush.first + 1;
    const line = frames > LONGEST ? `, as points: a line is drawn up to ${LONGEST.toLocaleString("en")}` : "";
    return `${recording.name} · ${store.clock(a)} – ${store.clock(b)} · ${frames.toLocaleString("en")} frames${line}`;
  }

  // ----- mouse

  function spot(event) {
    const { left, top } = canvas.getBoundingClientRect();
    const x = event.clientX - left;
    const recording = listed()[Math.floor((event.clientY - top) / ROW)];
    return { x, recording, at: axis.at(x) };
  }

  /** The end of the brush, or the brush, that is at a place. */
  function held({ x, recording }) {
    const { brush } = store;
    if (!brush || recording?.index !== brush.recording) return null;
    const [a, b] = [brush.first, brush.last + 1].map((frame) => axis.x(timeOf(recording, frame)));
    if (Math.abs(x - a) <= GRIP) return "first";
    if (Math.abs(x - b) <= GRIP) return "last";
    return x > a && x < b ? "whole" : null;
  }

  canvas.addEventListener("pointerdown", (event) => {
    const found = spot(event);
    if (event.button !== 0 || !found.recording || found.x < NAMES) return;
    canvas.setPointerCapture(event.pointerId);
    const kind = held(found) ?? "new";
    drag = { kind, recording: found.recording, from: frameOf(found.recording, found.at), x: found.x, brush: store.brush, going: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    const found = spot(event);
    if (!drag) {
      canvas.dataset.over = held(found) ?? "";
      if (!found.recording || found.x < NAMES) return store.point(-1);
      const frame = frameOf(found.recording, found.at);
      const inside = frame >= 0 && frame < found.recording.frames;
      store.point(inside ? found.recording.offset + frame : -1);
      return told(inside ? found.recording.offset + frame : -1);
    }
    if (Math.abs(found.x - drag.x) > 2) drag.going = true;
    if (!drag.going) return;
    const frame = Math.min(Math.max(frameOf(drag.recording, found.at), 0), drag.recording.frames - 1);
    store.point(drag.recording.offset + frame);
    told(store.cursor);
    const { kind, recording: { index }, from, brush } = drag;
    if (kind === "new") store.paint(index, from, frame);
    else if (kind === "first") store.paint(index, Math.min(frame, brush.last), brush.last);
    else if (kind === "last") store.paint(index, brush.first, Math.max(frame, brush.first));
    else shift(brush, frame - from);
  });
  canvas.addEventListener("pointerup", () => {
    if (drag && !drag.going) {
      if (drag.kind === "new" && store.brush) store.clear();
      const { recording, from } = drag;
      if (from >= 0 && from < recording.frames) click(recording.offset + from);
    }
    drag = null;
  });
  canvas.addEventListener("pointercancel", () => (drag = null));
  canvas.addEventListener("pointerleave", () => (store.point(-1), told(-1)));
  root.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && !event.target.closest("#strips, #ruler")) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 30 : 1;
    if (sideways) axis.shift((event.deltaX || event.deltaY) * pixels);
    else axis.zoomBy(Math.exp((-event.deltaY * pixels) / 400), spot(event).x);
  }, { passive: false });

  // ----- keyboard

  /** Move a brush, as long as it is. */
  function shift({ recording, first, last }, frames) {
    const most = store.recordings[recording].frames - 1;
    const by = Math.min(Math.max(frames, -first), most - last);
    store.paint(recording, first + by, last + by);
  }

  function begin(recording) {
    const middle = frameOf(recording, axis.from + axis.across / 2);
    const frames = Math.max(Math.round((axis.across * FIRST) / recording.each), 1);
    const first = Math.min(Math.max(middle, 0), Math.max(recording.frames - frames, 0));
    store.paint(recording.index, first, first + frames - 1);
  }

  /** @returns whether the key did something here */
  function key(event) {
    const all = listed();
    if (!all.length || event.altKey || event.metaKey) return false;
    const { brush } = store;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way && !up && !["Home", "End", "Enter"].includes(event.key)) return false;
    if (!brush) return begin(all[0]), reveal(), true;
    const recording = store.recordings[brush.recording];
    const step = way * Math.max(1, Math.round(axis.across / 100 / recording.each / (event.ctrlKey ? 10 : 1)));
    if (way && event.shiftKey) store.paint(brush.recording, brush.first, Math.max(brush.first, brush.last + step));
    else if (way) shift(brush, step);
    else if (event.key === "Home") shift(brush, -brush.first);
    else if (event.key === "End") shift(brush, recording.frames);
    else if (up) {
      const at = all.findIndex(({ index }) => index === brush.recording);
      const other = all[Math.min(Math.max(at + up, 0), all.length - 1)];
      const began = frameOf(other, timeOf(recording, brush.first + 0.5));
      const frames = Math.round(((brush.last - brush.first) * recording.each) / other.each);
      const first = Math.min(Math.max(began, 0), Math.max(other.frames - 1 - frames, 0));
      store.paint(other.index, first, first + frames);
    }
    reveal();
    return true;
  }

  /** Have the brush in sight. */
  function reveal() {
    const { recording, first, last } = store.brush;
    const one = store.recordings[recording];
    axis.reveal(timeOf(one, first), timeOf(one, last + 1));
    const top = listed().findIndex(({ index }) => index === recording) * ROW;
    if (top < rows.scrollTop) rows.scrollTop = top;
    if (top + ROW > rows.scrollTop + rows.clientHeight) rows.scrollTop = top + ROW - rows.clientHeight;
  }

  for (const name of ["filter", "contents"]) store.on(name, moved);
  for (const name of ["brush", "cursor"]) store.on(name, overlay);
  addEventListener("theme", moved);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", moved);
  new ResizeObserver(moved).observe(rows);
  moved();
  return { key, axis };
}
