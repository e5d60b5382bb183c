// The picture: zoom and pan, and what the mouse does to markers.
//
// The unit of the drawing is a px of the crop, the middle of the upper left one is 0, 0: hence the
// viewBox from -0.5.  Zoom and pan are a transform inside of it and stay from frame to frame.

import { by } from "/shared/dom.js";
import { onto } from "./actions.js";
import { sameCrop } from "./crops.js";
import { markersOf } from "./markers.js";
import { sidesOf } from "./sides.js";

const REACH = 12; // screen px around a marker's middle in which the mouse takes it
const INSIDE = 4; // screen px in which a click means the marker though another part waits for its place
const STILL = 3; // screen px; what moves less is a click
const FARTHEST = 60;
const TRIES = 3; // of a picture whose crop is cut again meanwhile

export function openCanvas(store, actions, { notify, held }) {
  const picture = by("picture");
  const surface = by("canvas");
  const frame = by("frame");
  let size = store.state.size;
  let zoom = 1;
  let pan = { x: 0, y: 0 }; // of the zoomed drawing, px of the picture at zoom 1
  let drag = null;
  let turn = 0; // the last call of show() wins
  let sides = sidesOf(store.state.skeleton);

  const fit = () => {
    const box = picture.getBoundingClientRect();
    const scale = Math.min(box.width, box.height) / size;
    return { box, scale: scale || 1 };
  };
  const scale = () => fit().scale * zoom;
  const markers = markersOf(store, () => sides, scale);

  /** Where an event is: u before zoom and pan, x and y px of the crop. */
  function placeOf(event) {
    const { box, scale: each } = fit();
    const u = (event.clientX - box.left - (box.width - size * each) / 2) / each - 0.5;
    const v = (event.clientY - box.top - (box.height - size * each) / 2) / each - 0.5;
    return { u, v, x: (u - pan.x) / zoom, y: (v - pan.y) / zoom };
  }

  const inside = ({ x, y }) => Math.min(x, y) >= -0.5 && Math.max(x, y) <= size - 0.5;
  const item = () => (store.visible === store.shown ? store.view() : null);

  function draw() {
    markers.draw(item(), drag?.moved);
  }

  function place() {
    // half of the window stays on the picture: it cannot get lost
    const most = (size - 1) / 2 + 0.5;
    const limit = (value) => Math.min(Math.max(value, most - zoom * (size - 0.5)), most + 0.5 * zoom);
    pan = { x: limit(pan.x), y: limit(pan.y) };
    by("view").setAttribute("transform", `translate(${pan.x} ${pan.y}) scale(${zoom})`);
    picture.dataset.zoom = zoom;
    by("zoom").textContent = `${Math.round(zoom * 100)} %`;
    draw();
    store.zoomed();
  }

  function zoomBy(factor, at) {
    const before = zoom;
    zoom = Math.min(Math.max(zoom * factor, 0.5), FARTHEST);
    if (Math.abs(zoom - 1) < 0.02) zoom = 1;
    const middle = (size - 1) / 2;
    const { u, v } = at ?? { u: middle, v: middle };
    pan = { x: u - ((u - pan.x) / before) * zoom, y: v - ((v - pan.y) / before) * zoom };
    place();
  }

  function resize(to) {
    size = to;
    picture.setAttribute("viewBox", `-0.5 -0.5 ${size} ${size}`);
    frame.setAttribute("width", size);
    frame.setAttribute("height", size);
    place();
  }

  /** The item and the decoded picture of its crop: {item, path}; null where nobody waits for them. */
  async function loaded(key, current) {
    for (let left = TRIES; ; left -= 1) {
      const item = await store.load(key, left < TRIES);
      const path = store.imagePath(item);
      const image = new Image();
      image.src = path;
      const fault = await image.decode().then(() => null, (error) => error);
      if (!current()) return null;
      // where crops were cut again, the server has no picture of the old one any more
      const now = fault ? null : await store.load(key);
      if (!current()) return null;
      if (now && sameCrop(now.crop, item.crop)) return { item: now, path };
      if (left === 1) throw fault ?? new Error("its crop changes");
    }
  }

  /** Show a frame: its picture, and only then its markers. */
  async function show(key) {
    cancel();
    const mine = (turn += 1);
    const current = () => mine === turn && store.shown === key;
    if (store.visible !== key) store.visible = null;
    document.body.dataset.item = key;
    surface.classList.add("loading");
    const summary = store.summary(key);
    by("absence").hidden = summary.here;
    if (!summary.here) {
      by("absence").textContent = `This frame cannot be shown: ${summary.why}.`;
      frame.removeAttribute("href");
      store.visible = null;
      draw();
      return;
    }
    try {
      const found = await loaded(key, current);
      if (!found) return;
      if (found.item.size !== size) resize(found.item.size);
      frame.setAttribute("href", found.path);
      store.visible = key;
      store.crop = found.item.crop;
      if (!store.selected) store.select(actions.unlabeledAfter(store.view(key), null));
    } catch (error) {
      if (!current()) return;
      by("absence").textContent = `The picture cannot be loaded (${error.message}); choose the frame again.`;
      by("absence").hidden = false;
      frame.removeAttribute("href");
      store.visible = null;
    }
    surface.classList.remove("loading");
    draw();
  }

  function start(event) {
    surface.focus({ preventScroll: true });
    const at = placeOf(event);
    if (event.button === 1 || (event.button === 0 && held.has("pan-hold"))) {
      drag = { kind: "pan", at, pan };
    } else if (event.button === 0 && item()) {
      const whole = event.altKey || held.has("whole-hold");
      const part = whole ? null : markers.nearest(item(), at, REACH);
      drag = { kind: whole ? "whole" : "part", part, at, from: markers.places(item()) };
    } else return;
    event.preventDefault();
    drag.begun = { x: event.clientX, y: event.clientY };
    drag.going = drag.kind === "pan";
    picture.setPointerCapture(event.pointerId);
  }

  function move(event) {
    const at = placeOf(event);
    if (!drag) {
      const part = item() && markers.nearest(item(), at, REACH);
      if (markers.hover(part)) draw();
      return;
    }
    if (drag.kind === "pan") {
      pan = { x: drag.pan.x + at.u - drag.at.u, y: drag.pan.y + at.v - drag.at.v };
      return place();
    }
    const far = Math.hypot(event.clientX - drag.begun.x, event.clientY - drag.begun.y);
    if (!drag.going && far < STILL) return;
    drag.going = true;
    const shift = { x: at.x - drag.at.x, y: at.y - drag.at.y };
    if (drag.kind === "whole") wholeTo(shift);
    else if (drag.part) {
      const { x, y } = drag.from[drag.part];
      drag.moved = { [drag.part]: onto(size, { x: x + shift.x, y: y + shift.y }) };
    }
    draw();
  }

  /** The whole keeps its form: it stops where its first part would leave the picture. */
  function wholeTo(shift) {
    const members = Object.entries(drag.from).filter(
      ([, { state }]) => state !== "unset" && state !== "absent",
    );
    const keep = (axis) => {
      const values = members.map(([, point]) => point[axis]);
      const low = Math.min(0, Math.max(...values.map((v) => -v)));
      const high = Math.max(0, Math.min(...values.map((v) => size - 1 - v)));
      return Math.min(Math.max(shift[axis], low), high);
    };
    drag.by = { x: keep("x"), y: keep("y") };
    drag.moved = Object.fromEntries(
      members.map(([part, { x, y }]) => [part, { x: x + drag.by.x, y: y + drag.by.y }]),
    );
  }

  function end(event) {
    if (!drag) return;
    const done = drag;
    drag = null;
    if (done.kind === "pan") return;
    if (!item()) return draw();
    if (done.going && done.kind === "whole") {
      if (done.moved && Object.keys(done.moved).length) actions.dropAll(done.by.x, done.by.y);
      else notify("Nothing to move: no part is set or estimated.");
    } else if (done.going && done.part) {
      actions.drop(done.part, done.moved[done.part]);
      store.select(done.part);
    } else if (!done.going && done.kind === "part") clicked(placeOf(event), event.shiftKey);
    store.refresh(store.shown);
    draw();
  }

  /** A click places the selected part, or selects the one whose marker it meets. */
  function clicked(at, always) {
    const all = markers.places(item());
    const waits = (all[store.selected]?.state ?? "unset") === "unset";
    // those not set are only a guide: a click beside one is for the part that is selected
    const near = always ? null : markers.nearest(item(), at, waits ? INSIDE : REACH);
    const hit = all[near]?.state === "unset" ? null : near;
    if (hit && hit !== store.selected) return store.select(hit);
    if (hit && hit in item().points) return;
    if (inside(at)) actions.place(at);
  }

  function cancel() {
    if (!drag) return false;
    if (drag.kind === "pan") pan = drag.pan;
    drag = null;
    place();
    if (store.shown) store.refresh(store.shown);
    return true;
  }

  picture.addEventListener("pointerdown", start);
  picture.addEventListener("pointermove", move);
  picture.addEventListener("pointerup", end);
  picture.addEventListener("pointercancel", cancel);
  picture.addEventListener("pointerleave", () => markers.hover(null) && draw());
  picture.addEventListener("auxclick", (event) => event.preventDefault());
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    // a wheel may count lines; two fingers on a touchpad come as small steps with Ctrl
    const pixels = event.deltaY * (event.deltaMode === 1 ? 30 : event.ctrlKey ? 5 : 1);
    zoomBy(Math.exp(-pixels / 500), placeOf(event));
  }, { passive: false });
  new ResizeObserver(place).observe(surface);
  store.busy = () => drag !== null && drag.kind !== "pan";
  store.on("item", (key) => key === store.shown && draw());
  store.on("selected", draw);
  store.on("shown", show);
  store.on("reloaded", show);
  resize(size);

  return {
    draw,
    cancel,
    zoomBy,
    /** Again from the skeleton, which has changed. */
    remake() {
      sides = sidesOf(store.state.skeleton);
      markers.remake();
      draw();
    },
    reset() {
      zoom = 1;
      pan = { x: 0, y: 0 };
      place();
    },
    hide: (hidden) => surface.classList.toggle("bare", hidden),
    get shownItem() {
      return item();
    },
  };
}
