// What every shown recording does when: a strip each, coloured by region, under a time axis.

import { by } from "/shared/dom.js";
import { openAxis, timeOf } from "./axis.js";
import { NAMES, openBrushing, ROW } from "./brushing.js";
import { css, rgbOf, time, isDark } from "./colours.js";
import { LONGEST } from "./map.js";
import { strip } from "./strip.js";

const BAR = 13; // css px of a strip, within its row

export function openEthogram(store, { told, click }) {
  const root = by("ethogram");
  const rows = by("strips");
  const [canvas, hand, ruler] = ["lanes", "hand", "ruler"].map(by);
  const [pen, over] = [canvas.getContext("2d"), hand.getContext("2d")];
  const axis = openAxis(store, ruler, NAMES, moved);
  let stale = true;
  let due = null;

  const listed = () => store.recordings.filter(({ index }) => store.shown.has(index));

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

  const { key } = openBrushing(store, { axis, canvas, rows, listed, told, click });
  for (const name of ["filter", "contents"]) store.on(name, moved);
  for (const name of ["brush", "cursor"]) store.on(name, overlay);
  addEventListener("theme", moved);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", moved);
  new ResizeObserver(moved).observe(rows);
  moved();
  return { key, axis };
}
