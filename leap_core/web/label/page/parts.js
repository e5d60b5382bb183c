// The list of parts: number, state, how sure the network is.

import { by, html, icon } from "/shared/dom.js";
import { shownOf } from "./actions.js";

const TWO_DIGITS = 700; // ms in which a second digit belongs to the first
const WORDS = {
  unset: "not labeled", estimate: "estimate", placed: "placed", occluded: "occluded", absent: "absent",
};

export function partList(store) {
  const place = by("parts");
  let rows = new Map();
  let typed = { number: 0, at: 0 };

  function remake() {
    rows = new Map(store.parts.map((part, i) => [part, html("div", {
      role: "option", id: `part-${i}`, "data-part-row": part, onclick: () => store.select(part),
    })]));
    place.replaceChildren(...rows.values());
    draw();
  }

  function draw() {
    if (rows.size !== store.parts.length || store.parts.some((part) => !rows.has(part))) return remake();
    const item = store.view();
    let labeled = 0;
    store.parts.forEach((part, i) => {
      const point = item ? shownOf(item, part, store.state.typical) : { state: "unset" };
      const row = rows.get(part);
      const sure = point.confidence === undefined ? "" : point.confidence.toFixed(2);
      labeled += ["placed", "occluded", "absent"].includes(point.state);
      row.setAttribute("aria-selected", part === store.selected);
      const written = `${point.state} ${sure}`;
      if (row.dataset.written === written) return;
      row.dataset.written = written;
      row.dataset.state = point.state;
      row.setAttribute("aria-label", `${part}, ${WORDS[point.state]} ${sure}`);
      row.replaceChildren(html("kbd", {}, String(i + 1)), icon(`p-${point.state}`),
        html("span", { class: "name" }, part),
        html("span", { class: "state" }, sure || WORDS[point.state]));
    });
    by("part-count").textContent = `${labeled} of ${store.parts.length}`;
    const row = rows.get(store.selected);
    if (row) place.setAttribute("aria-activedescendant", row.id);
    row?.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const count = store.parts.length;
    const at = store.parts.indexOf(store.selected);
    store.select(store.parts[at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count]);
  }

  place.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  });
  store.on("item", (key) => key === store.shown && draw());
  store.on("shown", draw);
  store.on("selected", draw);
  remake();

  return {
    remake,
    step,
    /** A digit chooses a part by its number; two in a row make one of two digits. */
    digit(value) {
      const both = typed.number * 10 + value;
      const joined = Date.now() - typed.at < TWO_DIGITS && typed.number > 0;
      const number = joined && both <= store.parts.length ? both : value;
      typed = { number, at: Date.now() };
      if (number >= 1 && number <= store.parts.length) store.select(store.parts[number - 1]);
    },
  };
}
