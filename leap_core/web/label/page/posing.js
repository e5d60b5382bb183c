// The picture on which a skeleton is made: parts at their default places, edges, mirror partners,
// the axis.  It is shown in px of a crop with the head to the right.  A whole frame of a video is
// turned and shifted like a crop once a line from tail to head is drawn on it.

import { html, svg } from "/shared/dom.js";
import { viewportOf } from "/shared/viewport.js";

const REACH = 12; // screen px around a part in which the mouse takes it
const SHORTEST = 5; // px of a frame: a line from tail to head

/**
 * @param root   element to draw into
 * @param model  {parts() -> [{id, name, at, side}] with `at` px of the crop or null, edges(),
 *               pairs(), roles(), selected(), chosen() (ids that are marked),
 *               numbered() -> whether their order is shown}
 * @param told   {click(id | null, at, event), moved(id, at), aimed()}
 */
export function posingOf(root, model, told) {
  const image = svg("image", { preserveAspectRatio: "none" });
  const lines = svg("g", { class: "lines" });
  const marks = svg("g", { class: "marks" });
  const ghost = svg("line", { class: "aim" });
  const surface = svg("svg", { id: "posing", role: "img", "aria-label": "Picture with the parts of the skeleton" },
    image, lines, marks, ghost);
  root.replaceChildren(surface);
  let side = 1; // of the crop
  let frame = null; // {width, height} of a whole frame
  let aim = null; // {x, y, heading}: the crop on the frame
  let moving = null; // {id, at}: a part that is being dragged
  let line = null; // from tail to head, while it is drawn
  let hovered = null;
  let names = false;

  const aiming = () => frame !== null && aim === null;
  const view = viewportOf(root, draw, {
    press(at) {
      if (aiming()) {
        line = { from: at, to: at };
        return true;
      }
      const id = nearest(at);
      if (id === null) return false;
      const part = model.parts().find((one) => one.id === id);
      moving = { id, at: part.at, off: [part.at[0] - at.x, part.at[1] - at.y] };
      return true;
    },
    drag(at) {
      if (line) line.to = at;
      else if (moving) moving.at = within(at.x + moving.off[0], at.y + moving.off[1]);
      draw();
    },
    drop() {
      if (line) {
        const { from, to } = line;
        line = null;
        if (Math.hypot(to.x - from.x, to.y - from.y) >= SHORTEST) aimAt(from, to);
      } else if (moving) {
        const { id, at } = moving;
        moving = null;
        told.moved(id, at);
      }
      draw();
    },
    click(at, event) {
      const hit = moving?.id ?? null;
      moving = line = null;
      if (aiming()) return draw();
      told.click(hit, within(at.x, at.y), event);
    },
    cancel() {
      moving = line = null;
      draw();
    },
    hover(at) {
      const id = aiming() ? null : nearest(at);
      if (id === hovered) return;
      hovered = id;
      draw();
    },
    leave() {
      hovered = null;
      draw();
    },
  });

  const within = (x, y) => [Math.min(Math.max(x, 0), side - 1), Math.min(Math.max(y, 0), side - 1)];

  function aimAt(from, to) {
    aim = {
      x: (from.x + to.x) / 2, y: (from.y + to.y) / 2, heading: Math.atan2(to.y - from.y, to.x - from.x),
    };
    view.resize(side, side);
    told.aimed();
  }

  function nearest({ x, y }) {
    let best = null;
    let least = REACH / view.scale;
    for (const { id, at } of model.parts()) {
      if (!at) continue;
      const away = Math.hypot(at[0] - x, at[1] - y) - (id === model.selected() ? 3 / view.scale : 0);
      if (away <= least) [best, least] = [id, away];
    }
    return best;
  }

  function placeImage() {
    const { x, y } = view.toScreen({ x: 0, y: 0 });
    const each = view.scale;
    const screen = `translate(${x} ${y}) scale(${each})`;
    const middle = (side - 1) / 2;
    const turned = aim
      ? ` translate(${middle} ${middle}) rotate(${(-aim.heading * 180) / Math.PI}) translate(${-aim.x} ${-aim.y})`
      : "";
    image.setAttribute("transform", `${screen}${turned} translate(-0.5 -0.5)`);
    const { width, height } = frame ?? { width: side, height: side };
    image.setAttribute("width", width);
    image.setAttribute("height", height);
  }

  function draw() {
    placeImage();
    root.dataset.zoom = view.zoom;
    root.classList.toggle("aiming", aiming());
    const parts = aiming() ? [] : model.parts().map((part) => (part.id === moving?.id ? { ...part, at: moving.at } : part));
    const at = new Map(parts.filter((part) => part.at).map((part) => [part.id, view.toScreen({ x: part.at[0], y: part.at[1] })]));
    const drawn = [];
    const between = (pairs, kind) => {
      for (const [a, b] of pairs) {
        const [one, other] = [at.get(a), at.get(b)];
        if (!one || !other) continue;
        const side = parts.find(({ id }) => id === b)?.side;
        drawn.push(svg("line", { class: kind, "data-side": side, x1: one.x, y1: one.y, x2: other.x, y2: other.y }));
      }
    };
    const { tail, head, center } = model.roles();
    between(model.pairs(), "partner");
    between([[tail, head]], "axis");
    between(model.edges(), "edge");
    lines.replaceChildren(...drawn);
    const chosen = model.chosen();
    const few = parts.length <= 12;
    marks.replaceChildren(...parts.filter(({ id }) => at.has(id)).map(({ id, name, side, at: place }) => {
      const { x, y } = at.get(id);
      const special = id === model.selected() || id === hovered || chosen.includes(id);
      const role = id === head ? " (head)" : id === tail ? " (tail)" : "";
      const order = model.numbered() && chosen.includes(id) ? `${chosen.indexOf(id) + 1}` : "";
      return svg("g", {
        transform: `translate(${x} ${y})`, "data-part": name, "data-side": side,
        "data-x": place[0], "data-y": place[1],
        class: `${id === model.selected() ? "selected" : ""} ${chosen.includes(id) ? "chosen" : ""}`,
      },
      id === center ? svg("path", { class: "center", d: "M-13 0H-8M13 0H8M0-13V-8M0 13V8" }) : null,
      svg("circle", { class: "halo", r: 6 }), svg("circle", { class: "form", r: 6 }),
      special ? svg("circle", { class: "ring", r: 11 }) : null,
      names || few || special
        ? svg("text", { x: 12, y: -8 }, order && id !== hovered ? order : `${name}${special ? role : ""}`) : null);
    }));
    // the ones in hand lie above
    for (const mark of [...marks.querySelectorAll(".chosen"), ...marks.querySelectorAll(".selected")]) marks.append(mark);
    ghost.style.display = line ? "" : "none";
    if (line) {
      const [from, to] = [view.toScreen(line.from), view.toScreen(line.to)];
      for (const [name, value] of Object.entries({ x1: from.x, y1: from.y, x2: to.x, y2: to.y }))
        ghost.setAttribute(name, value);
    }
  }

  return {
    draw,
    get aiming() {
      return aiming();
    },
    /** A crop of a side; no source, no picture. */
    crop(source, size) {
      [side, frame, aim] = [size, null, null];
      if (source) image.setAttribute("href", source);
      else image.removeAttribute("href");
      view.resize(size, size);
    },
    /** A whole frame, on which crops will have a side. */
    async frame(source, size) {
      const picture = new Image();
      picture.src = source;
      await picture.decode();
      [side, frame, aim] = [size, { width: picture.naturalWidth, height: picture.naturalHeight }, null];
      image.setAttribute("href", source);
      view.resize(frame.width, frame.height);
    },
    again() {
      aim = null;
      view.resize(frame.width, frame.height);
    },
    names(on) {
      names = on;
      draw();
    },
    reset: view.reset,
    /** Ask for a name at a place of the crop; `done(name)` returns what is wrong, or nothing. */
    ask(at, done) {
      const { x, y } = view.toScreen({ x: at[0], y: at[1] });
      const { width, height } = root.getBoundingClientRect();
      const wrong = html("span", { class: "wrong", role: "alert" });
      const field = html("input", { "aria-label": "Name of the part", placeholder: "name", maxlength: 60, spellcheck: "false", autocomplete: "off" });
      const ask = html("div", { class: "naming" }, field, wrong);
      ask.style.left = `${Math.min(x + 10, width - 190)}px`;
      ask.style.top = `${Math.min(Math.max(y - 16, 4), height - 60)}px`;
      root.querySelector(".naming")?.remove();
      root.append(ask);
      let over = false;
      const end = () => {
        over = true;
        ask.remove();
      };
      const take = () => {
        if (over) return;
        const problem = done(field.value.trim());
        wrong.textContent = problem;
        if (!problem) end();
      };
      field.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Enter") take();
        else if (event.key === "Escape") end();
      });
      field.addEventListener("blur", () => (field.value.trim() ? take() : end()));
      field.focus();
    },
  };
}
