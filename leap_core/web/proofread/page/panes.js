// The pictures, one or two side by side: zoom and pan that stay from frame to frame, and drags of
// an animal's ellipse and nose.

import { by } from "/shared/dom.js";
import { viewportOf } from "/shared/viewport.js";
import { overlayOf } from "./overlay.js";

const CLOSE = 5; // body lengths across, of the view of one animal

/** @param drawn  called when all that was asked for is on the screen */
export function openPanes(store, player, operations, { drawn }) {
  const surface = by("pane-here");
  let look = { trails: true, crops: false, bare: false };
  let pinned = null; // the frame of the left pane
  let drag = null;
  let due = null;
  let close = false;

  const view = viewportOf(surface, () => draw(), {
    press(at, event) {
      if (store.armed?.action === "place" && !touched(event)?.own) {
        drag = { part: "new", from: at };
        return true;
      }
      const found = touched(event);
      if (!found || player.playing) return false;
      if (!found.own) store.select(found.animal);
      const own = pose(found.animal);
      drag = { part: found.part, at: own, dx: own.x - at.x, dy: own.y - at.y };
      return true;
    },
    drag(at) {
      if (drag?.part === "body") operations.drawn(...within(at.x + drag.dx, at.y + drag.dy), drag.at.heading);
      else if (drag?.part === "nose")
        operations.drawn(drag.at.x, drag.at.y, Math.atan2(at.y - drag.at.y, at.x - drag.at.x));
      else if (drag?.part === "new")
        operations.drawn(...within(drag.from.x, drag.from.y), Math.atan2(at.y - drag.from.y, at.x - drag.from.x));
    },
    drop: () => (drag = null),
    cancel: () => (drag = null),
    click(at, event) {
      drag = null;
      const found = touched(event);
      if (found) operations.other(found.animal) || store.select(found.animal);
    },
    hover(at, event) {
      surface.dataset.over = store.armed?.action === "place" ? "new" : touched(event)?.part ?? "";
    },
  });
  const panes = {
    here: paneOf("here"),
    before: paneOf("before"),
  };
  /** Elsewhere than in the middle of the picture: x, y of a place on it. */
  const within = (x, y) => [
    Math.min(Math.max(x, 0), store.video.width - 1), Math.min(Math.max(y, 0), store.video.height - 1),
  ];

  function paneOf(name) {
    const canvas = by(`picture-${name}`);
    const svgRoot = by(`animals-${name}`);
    return {
      root: by(`pane-${name}`), canvas, context: canvas.getContext("2d"), told: by(`told-${name}`),
      overlay: overlayOf(svgRoot, store, view), drawn: null,
    };
  }

  const pose = (animal) => store.track.at(store.frame, animal, operations.prepared);

  /** Whom an event touches: {animal, part, own}; the selected one first. */
  function touched(event) {
    if (!store.track?.has(store.frame) || look.bare) return null;
    const { left, top } = surface.getBoundingClientRect();
    const at = { x: event.clientX - left, y: event.clientY - top };
    const order = [...Array(store.video.animals).keys()]
      .sort((a, b) => (b === store.animal) - (a === store.animal));
    for (const animal of order) {
      const part = panes.here.overlay.partAt(pose(animal), at);
      if (part) return { animal, part, own: animal === store.animal };
    }
    return null;
  }

  function paint(pane, frame, picture) {
    const { width, height } = pane.root.getBoundingClientRect();
    const dots = devicePixelRatio || 1;
    const { canvas, context } = pane;
    const [w, h] = [Math.round(width * dots), Math.round(height * dots)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    else context.clearRect(0, 0, w, h);
    const corner = view.toScreen({ x: -0.5, y: -0.5 });
    const side = view.scale * dots;
    context.imageSmoothingEnabled = side < 2;
    context.drawImage(picture, corner.x * dots, corner.y * dots, picture.width * side, picture.height * side);
  }

  function show(pane, frame, words) {
    const picture = player.picture(frame);
    const missing = picture?.why;
    pane.told.textContent = missing ? `Frame ${frame} cannot be shown: ${missing}.`
      : picture ? words : `Frame ${frame} is loading …`;
    pane.root.classList.toggle("loading", !picture);
    pane.root.classList.toggle("missing", Boolean(missing));
    if (!picture) return;
    if (!missing && (picture.width !== store.video.width || picture.height !== store.video.height)) {
      // the track does not say how large its frames are
      Object.assign(store.video, { width: picture.width, height: picture.height });
      view.resize(picture.width, picture.height);
    }
    if (missing) pane.context.clearRect(0, 0, pane.canvas.width, pane.canvas.height);
    else paint(pane, frame, picture);
    const prepared = operations.prepared;
    if (look.bare) pane.overlay.clear();
    else pane.overlay.draw(frame, { ...look, prepared });
    pane.root.dataset.frame = frame;
  }

  function drawNow() {
    due = null;
    if (!store.video) return;
    const two = pinned !== null;
    show(panes.here, store.frame, two ? `frame ${store.frame}, here` : "");
    if (two) show(panes.before, pinned, `frame ${pinned}`);
    aside();
    if (due === null) drawn();
  }

  /** What is prepared stands where it covers none of the animals that it is about. */
  function aside() {
    const strip = by("strip");
    if (!store.armed || strip.hidden) return;
    const { height } = surface.getBoundingClientRect();
    const room = strip.getBoundingClientRect().height + 40;
    const all = [store.armed.animal, store.armed.other].filter((k) => k !== null).map(pose);
    const down = all.filter(({ valid }) => valid).map((at) => view.toScreen(at).y);
    const covers = { true: down.some((y) => y < room), false: down.some((y) => y > height - room) };
    const above = strip.classList.contains("above");
    if (covers[above] && !covers[!above]) strip.classList.toggle("above");
  }

  function draw() {
    by("zoom").textContent = `${Math.round(view.zoom * 100)} %`;
    surface.dataset.zoom = view.zoom;
    due ??= requestAnimationFrame(drawNow);
  }

  by("pane-before").addEventListener("wheel", (event) => {
    event.preventDefault();
    const shift = by("pane-before").getBoundingClientRect().left - surface.getBoundingClientRect().left;
    const pixels = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    view.zoomBy(Math.exp(-pixels / 500), { clientX: event.clientX - shift, clientY: event.clientY });
  }, { passive: false });

  return {
    draw,
    zoomBy: (factor) => view.zoomBy(factor),
    reset() {
      close = false;
      view.reset();
    },
    open() {
      close = false;
      pinned = null;
      by("canvas").classList.remove("two");
      view.resize(store.video.width, store.video.height);
    },
    /** Near the selected animal, or the whole picture again. */
    toAnimal() {
      const at = pose(store.animal);
      if (close || !at.valid) return this.reset();
      close = true;
      const { width, height } = store.video;
      const side = CLOSE * (store.track.size?.length ?? 50);
      view.look(at, Math.max(1, Math.min(width, height) / side));
    },
    bare(on) {
      look.bare = on;
      by("canvas").classList.toggle("bare", on);
      draw();
    },
    toggle(what) {
      look = { ...look, [what]: !look[what] };
      draw();
      return look[what];
    },
    set(what, on) {
      look[what] = on;
    },
    /** Two frames side by side, that one and the cursor's; null: one. */
    pin(frame) {
      pinned = frame;
      by("canvas").classList.toggle("two", frame !== null);
      by("pane-before").hidden = frame === null;
      draw();
    },
    get pinned() {
      return pinned;
    },
    cancel() {
      if (!drag) return false;
      drag = null;
      view.cancel();
      return true;
    },
    get busy() {
      return drag !== null;
    },
  };
}
