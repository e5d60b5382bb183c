// A window on a picture that can be zoomed about the mouse and shifted: between px of the picture
// (middle of the upper left one at 0, 0) and px of the surface.

const MOST = 40;
const STILL = 3; // screen px; what moves less is a click

/**
 * @param surface  the element that shows it
 * @param changed  called when what is shown has moved
 * @param mouse    {press(at, event) -> whether a drag of one's own begins, drag(at, event),
 *                 drop(at, event), click(at, event), hover(at, event), leave()}; all may be
 *                 missing.  What presses nothing shifts the picture.
 */
export function viewportOf(surface, changed, mouse = {}) {
  let size = { width: 1, height: 1 };
  let zoom = 1;
  let pan = { x: 0, y: 0 };
  let drag = null;

  const box = () => surface.getBoundingClientRect();
  function scale() {
    const { width, height } = box();
    return (Math.min(width / size.width, height / size.height) || 1) * zoom;
  }

  /** Surface px of the left upper corner of the picture. */
  function corner() {
    const { width, height } = box();
    const each = scale();
    return {
      x: (width - size.width * each) / 2 + pan.x, y: (height - size.height * each) / 2 + pan.y,
    };
  }

  function limit() {
    const { width, height } = box();
    const each = scale();
    const most = (side, room) => Math.max(0, (side * each) / 2 + room / 2 - 40);
    const within = (value, limits) => Math.min(Math.max(value, -limits), limits);
    pan = {
      x: within(pan.x, most(size.width, width)), y: within(pan.y, most(size.height, height)),
    };
  }

  const view = {
    get scale() {
      return scale();
    },
    get zoom() {
      return zoom;
    },
    toScreen({ x, y }) {
      const from = corner();
      const each = scale();
      return { x: from.x + (x + 0.5) * each, y: from.y + (y + 0.5) * each };
    },
    toPicture(event) {
      const { left, top } = box();
      const from = corner();
      const each = scale();
      return {
        x: (event.clientX - left - from.x) / each - 0.5,
        y: (event.clientY - top - from.y) / each - 0.5,
      };
    },
    inside: ({ x, y }) => x >= -0.5 && y >= -0.5 && x <= size.width - 0.5 && y <= size.height - 0.5,
    resize(width, height) {
      size = { width, height };
      view.reset();
    },
    reset() {
      zoom = 1;
      pan = { x: 0, y: 0 };
      changed();
    },
    /** Have a place of the picture in the middle. */
    look(at, larger) {
      zoom = Math.min(Math.max(larger, 1), MOST);
      const each = scale();
      pan = { x: (size.width / 2 - at.x - 0.5) * each, y: (size.height / 2 - at.y - 0.5) * each };
      limit();
      changed();
    },
    zoomBy(factor, event) {
      const { left, top, width, height } = box();
      const at = event
        ? { x: event.clientX - left, y: event.clientY - top }
        : { x: width / 2, y: height / 2 };
      const before = corner();
      const old = scale();
      zoom = Math.min(Math.max(zoom * factor, 1), MOST);
      const grown = scale() / old;
      pan = { x: 0, y: 0 };
      const middle = corner();
      pan = {
        x: at.x - (at.x - before.x) * grown - middle.x,
        y: at.y - (at.y - before.y) * grown - middle.y,
      };
      if (zoom === 1) pan = { x: 0, y: 0 };
      limit();
      changed();
    },
    cancel() {
      drag = null;
    },
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1 || event.target.closest("input, button")) return;
    const own = event.button === 0 && mouse.press?.(view.toPicture(event), event);
    drag = { own, pan, x: event.clientX, y: event.clientY, going: false };
    surface.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => {
    if (!drag) return mouse.hover?.(view.toPicture(event), event);
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    if (!drag.going && far < STILL) return;
    drag.going = true;
    if (drag.own) return mouse.drag?.(view.toPicture(event), event);
    pan = { x: drag.pan.x + event.clientX - drag.x, y: drag.pan.y + event.clientY - drag.y };
    limit();
    changed();
  });
  surface.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { own, going } = drag;
    drag = null;
    const at = view.toPicture(event);
    if (!going && event.button === 0) mouse.click?.(at, event);
    else if (own) mouse.drop?.(at, event);
  });
  surface.addEventListener("pointercancel", () => {
    if (drag?.own) mouse.cancel?.();
    drag = null;
  });
  surface.addEventListener("pointerleave", () => mouse.leave?.());
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    view.zoomBy(Math.exp(-pixels / 500), event);
  }, { passive: false });
  new ResizeObserver(() => {
    limit();
    changed();
  }).observe(surface);
  return view;
}
