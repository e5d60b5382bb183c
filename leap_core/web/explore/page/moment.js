// One frame of a recording, where a server can be asked: its spectrum and a short clip around it.

import { by, html, put } from "/shared/dom.js";
import { movie } from "./clips.js";
import { heatMap } from "./plots.js";

const REST = 350; // ms that the mouse rests before it is asked

export function openMoment(store) {
  let turn = 0;
  let timer = null;

  async function ask(frame) {
    turn += 1;
    const mine = turn;
    const recording = store.recordingOf(frame);
    const number = recording.first + (frame - recording.offset) * recording.step;
    by("moment").hidden = false;
    by("moment").dataset.frame = number;
    by("moment-said").textContent = `${store.nameOf(store.regionOf[frame])} · ${store.said(frame)}`;
    const found = await store.source.frame(recording.name, number).catch((why) => ({ why: why.message }));
    if (mine !== turn) return;
    const away = Number.isFinite(found.error)
      ? `${found.error.toPrecision(2)} from the nearest training frame (Hellinger distance)${store.far[frame] ? ": far" : ""}` : null;
    const clip = found.clip ? movie(store, { recording: recording.name, ...found.clip, url: found.url }) : null;
    const values = found.spectrum && Float32Array.from(found.spectrum.flat(), (value) => value ?? NaN);
    const spectrum = values && heatMap(store.map, values, values.reduce((a, b) => (b > a ? b : a), 0), {
      label: `Spectrum of ${store.said(frame)}`, names: false, high: 90, unit: "amplitude",
    });
    put(by("moment-shown"), [
      clip ?? (found.why ? null : html("p", { class: "quiet" }, "no clip")),
      spectrum || (found.why ? null : html("p", { class: "quiet" }, "its spectrum is no longer there")),
      found.why || away ? html("p", { class: "empty" }, found.why ?? away) : null,
    ]);
    if (clip && !matchMedia("(prefers-reduced-motion: reduce)").matches) clip.play().catch(() => {});
  }

  return {
    /** Show a frame at once. */
    show(frame) {
      clearTimeout(timer);
      if (store.live && frame >= 0) ask(frame);
    },
    /** Show it when the mouse stays there. */
    soon(frame) {
      clearTimeout(timer);
      if (store.live && frame >= 0) timer = setTimeout(() => ask(frame), REST);
    },
  };
}
