// At the left: which recordings are shown, and the regions by number.

import { by, html, put } from "/shared/dom.js";
import { css, oneOf } from "./colours.js";
import { percent } from "./plots.js";

/** Check boxes of groups and recordings. */
export function openFilters(store) {
  const { recordings, groups } = store;
  const boxes = new Map(); // recording -> its box
  const grouped = new Map(); // group -> its box

  const of = (group) => recordings.filter((one) => one.group === group).map(({ index }) => index);
  const swatch = (colour) => {
    const made = html("i", { class: "swatch" });
    made.style.background = colour;
    return made;
  };

  function row(text, colour, attributes, changed) {
    const box = html("input", { type: "checkbox", ...attributes });
    box.addEventListener("change", () => changed(box.checked));
    return [box, html("label", { class: "check", title: text }, box, colour, html("span", {}, text))];
  }

  function set(indices, on) {
    const shown = new Set(store.shown);
    for (const index of indices) on ? shown.add(index) : shown.delete(index);
    store.show(shown);
  }

  function make() {
    const rows = [];
    for (const [k, group] of groups.entries()) {
      const [box, label] = row(group, swatch(css(oneOf(k))), { "data-group": group }, (on) => set(of(group), on));
      grouped.set(group, box);
      rows.push(label);
    }
    put(by("groups"), rows);
    by("groups-part").hidden = !groups.length;
    put(by("recordings"), recordings.map((one) => {
      const colour = swatch(css(oneOf(one.index)));
      const [box, label] = row(one.name, colour, { "data-recording": one.name }, (on) => set([one.index], on));
      boxes.set(one.index, box);
      return label;
    }));
  }

  function draw() {
    for (const [index, box] of boxes) box.checked = store.shown.has(index);
    for (const [group, box] of grouped) {
      const on = of(group).filter((index) => store.shown.has(index)).length;
      box.checked = on === of(group).length;
      box.indeterminate = on > 0 && !box.checked;
    }
    by("left").dataset.colour = store.mode;
    by("recordings-count").textContent = `${store.shown.size}/${recordings.length}`;
  }

  by("all").addEventListener("click", () => store.show(new Set(recordings.keys())));
  by("none").addEventListener("click", () => store.show(new Set()));
  store.on("filter", draw);
  make();
  draw();
}

/** The regions, to go through and to pin. */
export function openRegions(store) {
  const place = by("regions");
  const rows = new Map();
  let at = 0; // where arrows are

  function make() {
    rows.clear();
    const most = Math.max(...store.regions.map(({ occupancy }) => occupancy), 1e-9);
    put(place, store.regions.map((region) => {
      const bar = html("i", { class: "bar" });
      bar.style.width = `${(100 * region.occupancy) / most}%`;
      bar.style.background = store.colourOf(region.number);
      const row = html("div", {
        role: "option", id: `region-${region.number}`, "data-number": region.number, "aria-selected": "false",
        "aria-label": `region ${region.number}${region.name ? `, ${region.name}` : ""}, ${(100 * region.occupancy).toFixed(1)} % of frames`,
        title: region.evidence || null, onclick: () => (mark(region.number), store.pin(region.number)),
        onpointerenter: () => store.hover(region.number), onpointerleave: () => store.hover(0),
      },
      html("span", { class: "number" }, String(region.number)),
      html("span", { class: "name" }, region.name || html("span", { class: "quiet" }, region.evidence || "no name")),
      html("span", { class: "share quiet" }, percent(region.occupancy)),
      html("span", { class: "whole" }, bar));
      rows.set(region.number, row);
      return row;
    }));
    by("regions-count").textContent = store.regions.length;
    if (!store.regions.length) place.append(html("p", { class: "empty" }, "The map has no regions."));
    draw();
  }

  function mark(number) {
    at = number;
    rows.get(number)?.scrollIntoView({ block: "nearest" });
    if (rows.has(number)) place.setAttribute("aria-activedescendant", `region-${number}`);
    for (const [own, row] of rows) row.classList.toggle("at", own === number);
  }

  function draw() {
    for (const [number, row] of rows) row.setAttribute("aria-selected", String(number === store.pinned));
    if (store.pinned) mark(store.pinned);
  }

  place.addEventListener("keydown", (event) => {
    const order = store.regions.map(({ number }) => number);
    const now = order.indexOf(at);
    const to = {
      ArrowDown: Math.min(now + 1, order.length - 1), ArrowUp: Math.max(now - 1, 0), Home: 0, End: order.length - 1,
    }[event.key];
    if (to !== undefined && order.length) {
      mark(order[to]);
      store.hover(order[to]);
      if (store.pinned && store.pinned !== order[to]) store.pin(order[to]); // who goes on, looks on
    } else if (event.key === "Enter" || event.key === " ") {
      if (rows.has(at)) store.pin(at);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  place.addEventListener("focus", () => rows.has(at) || mark(store.regions[0]?.number));
  place.addEventListener("blur", () => store.hover(0));
  store.on("pinned", draw);
  store.on("contents", make);
  make();

  return {
    /** The next region, or the one before, pinned. */
    step(way) {
      const order = store.regions.map(({ number }) => number);
      if (!order.length) return;
      const to = order.indexOf(store.pinned || at) + way;
      store.pin(order[(to + order.length) % order.length]);
    },
  };
}
