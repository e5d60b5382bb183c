// Brightness, contrast and gamma of the picture on the screen; files stay as they are.

import { by, remember, remembered } from "./dom.js";

const PLAIN = { brightness: 0, contrast: 1, gamma: 1 };

/** @param show  told the filter of the picture, an address in the page; null is none */
export function toneSliders(show) {
  let tone = { ...PLAIN, ...remembered("tone", {}) };

  function apply() {
    const { brightness, contrast, gamma } = tone;
    for (const name of Object.keys(PLAIN)) by(name).value = tone[name];
    for (const part of by("tone").querySelectorAll(".gamma > *")) part.setAttribute("exponent", 1 / gamma);
    for (const part of by("tone").querySelectorAll(".linear > *")) {
      part.setAttribute("slope", contrast);
      part.setAttribute("intercept", 0.5 - 0.5 * contrast + brightness);
    }
    const plain = Object.keys(PLAIN).every((name) => Number(tone[name]) === PLAIN[name]);
    show(plain ? null : "url(#tone)");
    remember("tone", tone);
  }

  for (const name of Object.keys(PLAIN))
    by(name).addEventListener("input", () => {
      tone[name] = Number(by(name).value);
      apply();
    });
  apply();
  return {
    reset() {
      tone = { ...PLAIN };
      apply();
    },
  };
}
