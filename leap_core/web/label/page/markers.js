// The markers on the picture.  Each state has a form of its own, open in the middle, so that
// neither colour alone tells it nor the target is covered; sizes are screen px.
//
// `<g data-part data-state data-side>`: state unset, estimate, placed or occluded; absent parts
// have no place and are hidden.

import { by, svg } from "/shared/dom.js";
import { shownOf } from "./actions.js";

const FORMS = {
  unset: () => [svg("path", { d: "M-7-7L-3-3M3 3L7 7M7-7L3-3M-3 3L-7 7", class: "dashed" })],
  estimate: () => [svg("circle", { r: 7, class: "dashed" })],
  placed: () => [svg("circle", { r: 6 })],
  occluded: () => [svg("path", { d: "M-6-6H6V6H-6ZM-10 10L-6 6M6-6L10-10" })],
  absent: () => [],
};
const TICKS = { left: "M-7 0H-12", right: "M7 0H12", middle: "" };

function build(part, side) {
  const halo = svg("g", { class: "halo" });
  const form = svg("g", { class: "form" });
  const text = svg("text", { x: 14, y: -10 });
  const ring = svg("circle", { r: 13, class: "chosen" });
  const group = svg("g", { "data-part": part, "data-side": side, role: "img" });
  group.append(ring, halo, form, text);
  return { group, halo, form, text, state: null };
}

/** @param scale  () => screen px per px of the picture */
export function markersOf(store, sides, scale) {
  const built = new Map();
  const edges = [];
  let hovered = null;

  function remake() {
    built.clear();
    edges.length = 0;
    for (const part of store.parts) built.set(part, build(part, sides()[part]));
    by("markers").replaceChildren(...[...built.values()].map(({ group }) => group));
    for (const [a, b] of store.state.skeleton.edges) {
      const ends = [store.parts[a], store.parts[b]];
      const side = sides()[ends[1]] !== "middle" ? sides()[ends[1]] : sides()[ends[0]];
      edges.push({ ends, line: svg("line", { "data-side": side }) });
    }
    by("edges").replaceChildren(...edges.map(({ line }) => line));
  }

  /** Where each part is shown: part -> {x, y, state, confidence?}, with what is being dragged. */
  function places(item, moved) {
    const found = {};
    for (const part of store.parts)
      found[part] = { ...shownOf(item, part, store.state.typical), ...moved?.[part] };
    return found;
  }

  function form(marker, part, state) {
    if (marker.state === state) return;
    const tick = TICKS[sides()[part]];
    const shapes = () => [...FORMS[state](), ...(tick && state !== "absent" ? [svg("path", { d: tick })] : [])];
    marker.halo.replaceChildren(...shapes());
    marker.form.replaceChildren(...shapes());
    marker.state = state;
    marker.group.setAttribute("data-state", state);
  }

  function draw(item, moved) {
    if (built.size !== store.parts.length || !built.has(store.parts[0])) remake();
    const at = item ? places(item, moved) : {};
    const one = 1 / scale();
    for (const [part, marker] of built) {
      const { x, y, state, confidence } = at[part] ?? { x: null, state: "absent" };
      const nowhere = x === null || x === undefined;
      marker.group.toggleAttribute("hidden", nowhere);
      marker.group.style.display = nowhere ? "none" : "";
      marker.group.classList.toggle("selected", part === store.selected);
      marker.group.classList.toggle("hovered", part === hovered);
      form(marker, part, state);
      if (nowhere) continue;
      marker.group.setAttribute("transform", `translate(${x} ${y}) scale(${one})`);
      marker.group.setAttribute("data-x", x);
      marker.group.setAttribute("data-y", y);
      const sure = confidence === undefined ? "" : ` ${confidence.toFixed(2)}`;
      marker.text.textContent = `${part}${sure}`;
      marker.group.setAttribute("aria-label", `${part}, ${state}${sure}`);
    }
    for (const { ends, line } of edges) {
      const [a, b] = ends.map((part) => at[part] ?? { x: null });
      const drawn = typeof a.x === "number" && typeof b.x === "number";
      line.style.display = drawn ? "" : "none";
      if (!drawn) continue;
      line.setAttribute("class", a.state === "unset" || b.state === "unset" ? "faint" : "");
      for (const [name, value] of Object.entries({ x1: a.x, y1: a.y, x2: b.x, y2: b.y }))
        line.setAttribute(name, value);
    }
    const top = built.get(hovered ?? store.selected)?.group;
    if (top && top !== by("markers").lastChild) by("markers").append(top);
  }

  return {
    draw,
    remake,
    places,
    /** The part whose marker is nearest to a place, within so many screen px; those that are not
     *  set, which only guide, come after all others. */
    nearest(item, place, reach) {
      const within = (guides) => {
        let best = null;
        let least = reach / scale();
        for (const [part, { x, y, state }] of Object.entries(places(item))) {
          if (x === null || state === "absent" || (state === "unset") !== guides) continue;
          const favor = part === store.selected ? 3 / scale() : 0;
          const away = Math.hypot(x - place.x, y - place.y) - favor;
          if (away <= least) [best, least] = [part, away];
        }
        return best;
      };
      return within(false) ?? within(true);
    },
    hover(part) {
      if (part === hovered) return false;
      hovered = part;
      return true;
    },
  };
}
