// A stretch of one recording's time, brushed on its strip.  A drag draws, moves or resizes it; with
// the keyboard arrows move it, and with Shift they change its length.

import { by } from "/shared/dom.js";
import { frameOf, timeOf } from "./axis.js";

export const NAMES = 118; // css px for the names of recordings
export const ROW = 17; // css px
const GRIP = 5; // css px around an end of the brush in which it is taken
const FIRST = 0.05; // of the time in sight: a brush that the keyboard begins

/**
 * @param listed  () -> the recordings in the order of their strips
 * @param told    what the mouse is on: a frame, or -1
 * @param click   told a frame
 */
export function openBrushing(store, { axis, canvas, rows, listed, told, click }) {
  let drag = null; // {kind, recording, from, x, brush, going}

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
      if (!found.recording || found.x < NAMES) return (store.point(-1), told(-1));
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
  by("ethogram").addEventListener("wheel", (event) => {
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
  return { key };
}
