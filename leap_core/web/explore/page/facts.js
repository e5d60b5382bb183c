// What is known of the region that is pinned, or that the mouse is on; else of the whole map.

import { by, html, put, remember, remembered } from "/shared/dom.js";
import { openClips } from "./clips.js";
import { gaitBars, heatMap, percent, speedPlot } from "./plots.js";

const UNKNOWN = 255; // of a spectrum
const STEPS = 254;

export function openFacts(store) {
  const root = by("facts");
  const clips = openClips(store, by("clips"), by("clips-pause"));
  let own = remembered("explore.scale", true); // whether the scale is the region's own
  let shown = null;
  let last = 0; // the region that the mouse was on
  let resting = null; // the timer of clips: they are made for who stays

  // what the mouse was on stays, so that it can go there
  const current = () => store.pinned || store.hovered || last;

  function draw(anew = false) {
    if (store.hovered) last = store.hovered;
    const number = current();
    root.dataset.region = number || "";
    root.dataset.pinned = String(Boolean(store.pinned));
    by("unpin").hidden = !store.pinned;
    if (number === shown && !anew) return;
    shown = number;
    const region = store.region(number);
    by("of-region").hidden = !region;
    by("of-map").hidden = Boolean(region);
    clearTimeout(resting);
    if (!region) {
      clips.show(null);
      return whole();
    }
    said(region);
    plots(region);
    clips.show(null);
    resting = setTimeout(() => clips.show(region), store.pinned ? 0 : 250);
  }

  function said(region) {
    by("swatch").style.background = store.colourOf(region.number);
    by("region-title").textContent = `Region ${region.number}`;
    by("region-name").textContent = region.name;
    by("region-name").hidden = !region.name;
    const more = [`${(100 * region.occupancy).toFixed(1)} % of frames`];
    if (region.locomotor !== null) more.push(region.locomotor ? "locomotor" : "not locomotor");
    if (region.origin && region.origin !== String(region.number)) more.push(`was ${region.origin.replaceAll("+", " + ")}`);
    put(by("words"), [
      html("p", { id: "share" }, more.join(" · ")),
      region.evidence ? html("p", { class: "evidence quiet" }, region.evidence) : null,
    ]);
  }

  function part(id, content, otherwise) {
    put(by(id), [content ?? html("p", { class: "empty" }, otherwise)]);
  }

  function plots(region) {
    const colour = store.colourOf(region.number);
    part("speed", speedPlot(store, region, colour), "Speed is not known.");
    by("speed-units").textContent = store.head.units;
    part("gait", gaitBars(store, region), "Gait is not known.");
    spectrum(region);
  }

  function spectrum(region) {
    const { channels, frequencies, largest } = store.map;
    const size = channels.length * frequencies.length;
    const raw = store.spectra.subarray((region.number - 1) * size, region.number * size);
    const values = Float32Array.from(raw, (v) => (v === UNKNOWN ? NaN : (v / STEPS) * largest));
    const most = values.reduce((a, b) => (b > a ? b : a), 0);
    by("scale-own").checked = own;
    part("spectrum", heatMap(store.map, values, own ? most : largest, {
      label: `Mean spectrum of region ${region.number}: ${channels.length} channels, ${frequencies.length} frequencies`,
    }));
  }

  /** The map as a whole. */
  function whole() {
    const { regionOf, head, recordings } = store;
    let [none, between] = [0, 0];
    for (let k = 0; k < regionOf.length; k += 1) {
      if (regionOf[k] < 0) none += 1;
      else if (regionOf[k] === 0) between += 1;
    }
    const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
    const shown = regionOf.length;
    const thin = shown < head.total ? ` of ${head.total.toLocaleString("en")}: one in ${Math.max(...recordings.map(({ step }) => step))}` : "";
    const share = (part) => (shown ? percent(part / shown) : "–");
    const rows = [
      ["regions", head.regions.length], ["recordings", recordings.length],
      ["frames", `${shown.toLocaleString("en")}${thin}`],
      ["between regions", share(between)], ["no place on the map", share(none)], ["map", store.map.key],
    ];
    put(by("totals"), rows.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, String(value))]));
    put(by("map-notes"), head.notes.map((note) => html("li", {}, note)));
    by("map-notes-heading").hidden = !head.notes.length;
    by("map-notes-heading").textContent = count(head.notes.length, "note", "notes");
  }

  by("scale-own").addEventListener("change", () => {
    own = by("scale-own").checked;
    remember("explore.scale", own);
    const region = store.region(shown);
    if (region) spectrum(region);
  });
  by("clips-pause").addEventListener("click", clips.toggle);
  store.on("hovered", () => draw());
  store.on("pinned", () => {
    last = 0;
    draw();
  });
  store.on("contents", () => {
    last = 0;
    draw(true);
  });
  draw(true);
  return { toggleClips: clips.toggle };
}
