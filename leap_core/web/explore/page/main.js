// The page: what is made, and which key or button does what.
//
// For tests these names stay:
//   body[data-ready]                     "true" once the map is drawn; data-busy: an edit waits
//   #map[data-points]                    frames that are shown; data-visible: of them in the window
//   #map[data-left][data-bottom][data-each]  css px of the map's corner, and of one bin
//   #map[data-brush][data-line]          brushed frames that are drawn; whether joined by a line
//   #map[data-region][data-split]        the region under the mouse; that of a prepared split, with its
//                                        line in data-cut: x1 y1 x2 y2, units of the map
//   #facts[data-region][data-pinned]     the region whose facts are shown
//   #regions [data-number]               a row
//   #ethogram[data-brush]                NAME:FIRST-LAST, frames from 0 on; data-from, data-across,
//                                        data-rows
//   #saved[data-pending][data-state]     edits that wait; state: saved, saving, trouble

import { by } from "/shared/dom.js";
import { openKeys } from "/shared/keys.js";
import { keysDialog } from "/shared/keysdialog.js";
import { notify } from "/shared/notices.js";
import { keysOnButtons, themeButton } from "/shared/topbar.js";
import { actionsOf, handsOf } from "./actionkeys.js";
import { densityGradient } from "./colours.js";
import { openEdits } from "./edits.js";
import { openEthogram } from "./ethogram.js";
import { openFacts } from "./facts.js";
import { openFilters, openRegions } from "./lists.js";
import { openMap } from "./map.js";
import { openMoment } from "./moment.js";
import { openSource } from "./source.js";
import { openSplit } from "./split.js";
import { MODES, openStore } from "./store.js";

const REPEATED = /^(left|right|up|down|zoom-.*|next|previous)$/; // while a key is held
const PANELS = ["recordings", "regions", "map", "right", "ethogram", "top"];
const FOCUSABLE = "button, input, select, summary, [tabindex]";
const STEP = 0.1; // of the window, that an arrow shifts the map

async function start() {
  themeButton();
  const store = await openStore(openSource());
  const { live, head } = store;
  by("dataset").textContent = head.dataset;
  document.title = `${head.dataset} · behavior map`;
  const keys = openKeys(actionsOf(live), { digits: "digits mean nothing yet", name: "keys.explore" });
  const moment = openMoment(store);
  let split = null;
  const map = openMap(store, {
    hover: (at) => hover(at),
    leave: () => (moment.soon(-1), store.hover(0), store.point(-1), under("")),
    click,
    press: (at) => split?.mouse.press(at) ?? false,
    drag: (at) => split?.mouse.drag(at),
    drawn: (zoom) => (by("zoom").textContent = `${Math.round(100 * zoom)} %`),
  });
  const ethogram = openEthogram(store, {
    told: (frame) => under(frame < 0 ? "" : words(frame)),
    click: (frame) => keep(Math.max(store.regionOf[frame], 0), frame),
  });
  const facts = openFacts(store);
  openFilters(store);
  const regions = openRegions(store);
  const edits = live ? await openEdits(store, { notify }) : null;
  if (live) split = openSplit(store, map, edits.split);
  const dialog = keysDialog(keys, handsOf(live));
  dialog.onclose(() => (keysOnButtons(keys), by("map").focus()));

  // ----- map

  const words = (frame) => `${store.nameOf(store.regionOf[frame])} · ${store.said(frame)}`;

  function under(text) {
    by("under").textContent = text;
  }

  function hover(at) {
    const region = map.regionAt(at);
    const frame = map.frameAt(at);
    by("map").classList.toggle("on-region", region > 0);
    by("map").dataset.region = region || "";
    store.hover(region);
    store.point(frame);
    if (region) moment.soon(frame);
    under(frame >= 0 ? words(frame) : region ? store.nameOf(region) : "");
  }

  function click(at, event) {
    if (split?.armed || event.detail > 1) return;
    keep(map.regionAt(at), map.frameAt(at));
  }

  /** Pin a region, or none; a click elsewhere in the pinned one is about another frame. */
  function keep(region, frame) {
    if (region !== store.pinned) store.pin(region || store.pinned);
    if (store.pinned) moment.show(frame);
  }

  function looks() {
    by("mode").value = store.mode;
    by("far").checked = !store.hideFar;
    by("outlines").checked = store.outlined;
    by("names").checked = store.named;
    by("legend").hidden = store.mode !== "density";
    by("legend").querySelector("i").style.background = `linear-gradient(to right, ${densityGradient()})`;
  }
  if (!store.groups.length) by("mode").querySelector("[value=group]").remove();
  by("mode").addEventListener("change", () => store.choose({ mode: by("mode").value }));
  by("far").addEventListener("change", () => store.choose({ hideFar: !by("far").checked }));
  by("outlines").addEventListener("change", () => store.choose({ outlined: by("outlines").checked }));
  by("names").addEventListener("change", () => store.choose({ named: by("names").checked }));
  by("map").addEventListener("dblclick", map.reset);
  by("unpin").addEventListener("click", () => store.pinned && store.pin(store.pinned));
  by("brush-clear").addEventListener("click", store.clear);
  by("time-in").addEventListener("click", () => ethogram.axis.zoomBy(2));
  by("time-out").addEventListener("click", () => ethogram.axis.zoomBy(0.5));
  by("time-whole").addEventListener("click", ethogram.axis.whole);
  for (const signal of ["filter", "look"]) store.on(signal, looks);
  addEventListener("theme", looks);
  store.on("pinned", () => {
    const region = store.region(store.pinned);
    by("said").textContent = region ? `${store.nameOf(region.number)}, ${(100 * region.occupancy).toFixed(1)} % of frames` : "no region is kept";
  });
  looks();

  // ----- keys

  const onTime = () => by("bottom").contains(document.activeElement);
  const nextMode = () => {
    const modes = MODES.filter((mode) => mode !== "group" || store.groups.length);
    return modes[(modes.indexOf(store.mode) + 1) % modes.length];
  };
  const pinned = (then) => () => (store.pinned ? then() : notify("Choose a region first."));
  const does = {
    next: () => regions.step(1), previous: () => regions.step(-1),
    colour: () => store.choose({ mode: nextMode() }),
    far: () => store.choose({ hideFar: !store.hideFar }),
    outlines: () => store.choose({ outlined: !store.outlined }),
    names: () => store.choose({ named: !store.named }),
    clips: facts.toggleClips,
    "zoom-in": () => (onTime() ? ethogram.axis.zoomBy(1.5) : map.zoomBy(1.25)),
    "zoom-out": () => (onTime() ? ethogram.axis.zoomBy(1 / 1.5) : map.zoomBy(0.8)),
    "reset-view": () => (onTime() ? ethogram.axis.whole() : map.reset()),
    left: () => map.shift(-STEP, 0), right: () => map.shift(STEP, 0),
    up: () => map.shift(0, -STEP), down: () => map.shift(0, STEP),
    panel: nextPanel, help: dialog.open,
    rename: pinned(() => by("region-rename").focus()), merge: pinned(() => by("region-other").focus()),
    split: pinned(() => (store.queue.pending ? notify("The last edit is not saved yet.") : split.arm(store.pinned))),
    undo: () => edits.undo(),
  };

  function nextPanel() {
    const at = PANELS.findIndex((id) => by(id).contains(document.activeElement));
    for (let step = 1; step <= PANELS.length; step += 1) {
      const panel = by(PANELS[(at + step) % PANELS.length]);
      const within = [...panel.querySelectorAll(FOCUSABLE)].find((one) => one.offsetParent && !one.disabled);
      const to = panel.tabIndex >= 0 ? panel : within;
      if (to) return to.focus();
    }
  }

  function escape() {
    if (split?.cancel()) return;
    if (store.brush) store.clear();
    else store.pin(store.pinned);
  }

  function pressed(event) {
    const { target } = event;
    if (target.closest("dialog")) return;
    const writes = target.matches("input:not([type=checkbox]), select");
    if (event.key === "Escape") return writes ? by("map").focus() : escape();
    if (writes) return;
    if (target.closest("button, summary") && ["Enter", " "].includes(event.key)) return;
    if (target.matches("[type=checkbox]") && event.key === " ") return;
    const inMap = target === document.body || by("map").contains(target);
    if ((inMap && split?.key(event)) || (by("ethogram").contains(target) && ethogram.key(event)))
      return event.preventDefault();
    const action = keys.actionOf(event);
    // elsewhere arrows scroll
    if (!action || (/^(left|right|up|down)$/.test(action) && !inMap)) return;
    event.preventDefault();
    if (!event.repeat || REPEATED.test(action)) does[action](event);
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("click", ({ target }) => {
    const action = target.closest("button")?.dataset.action;
    if (action) does[action]();
  });
  keysOnButtons(keys);
  by("loading").remove();
  requestAnimationFrame(() => requestAnimationFrame(() => (document.body.dataset.ready = "true")));
}

start().catch((error) => {
  const expired = error.status === 401;
  by("banner").hidden = false;
  by("banner").textContent = expired
    ? "This page needs its link: open the one that `leap explore` has printed."
    : `The page cannot start: ${error.message}. Reload it.`;
  if (error.status === undefined) throw error;
});
