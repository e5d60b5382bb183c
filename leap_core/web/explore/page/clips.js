// Example bouts of a region: short movies that loop.

import { html, put } from "/shared/dom.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** A movie with its words. */
export function movie(store, { recording, first, last, url }) {
  const words = `${recording}, frames ${first} to ${last}`;
  const video = html("video", {
    src: url, muted: true, loop: true, playsinline: true, preload: "auto", "data-recording": recording,
    "data-first": first, "data-last": last, "aria-label": words, title: words,
  });
  video.muted = true;
  video.addEventListener("error", () => video.replaceWith(html("p", { class: "empty" }, "This browser cannot show the clip.")));
  return video;
}

/** @param place  element that holds them */
export function openClips(store, place, button) {
  let paused = still.matches;
  let turn = 0;

  const framed = (one) => {
    const recording = store.recordings.find(({ name }) => name === one.recording);
    const when = store.timed && recording ? store.clock(one.first / recording.fps, 1) : one.first;
    return html("figure", {}, movie(store, one), html("figcaption", {}, html("span", {}, one.recording), html("span", {}, String(when))));
  };
  const all = () => place.querySelectorAll("video");
  function play() {
    for (const video of all())
      if (paused) video.pause();
      else video.play().catch(() => {}); // it was taken away meanwhile
    button.textContent = paused ? "Play" : "Pause";
    button.setAttribute("aria-label", paused ? "Play the clips" : "Pause the clips");
  }

  return {
    toggle() {
      paused = !paused;
      play();
    },
    /** Show those of a region; null shows none. */
    async show(region) {
      turn += 1;
      const mine = turn;
      place.dataset.region = region?.number ?? "";
      for (const video of all()) video.removeAttribute("src");
      button.hidden = true;
      if (!region) return put(place, []);
      put(place, [html("p", { class: "empty" }, "Loading …")]);
      const found = await store.source.clips(region).catch((error) => error);
      if (mine !== turn) return;
      if (found instanceof Error) return put(place, [html("p", { class: "empty" }, `No clips: ${found.message}`)]);
      put(place, found.length ? found.map(framed) : [html("p", { class: "empty" }, "No clip of this region.")]);
      button.hidden = !found.length;
      play();
    },
  };
}
