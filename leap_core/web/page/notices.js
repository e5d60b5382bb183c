// Short words to the person, above the picture; the page never stops for them.

import { by, html } from "./dom.js";

const LASTS = 5000; // ms

/** @param options  stay: until it is closed; action: [words, function] of a button */
export function notify(text, { stay = false, action } = {}) {
  const place = by("notices");
  for (const old of [...place.children]) if (old.dataset.text === text) old.remove();
  const close = () => notice.remove();
  const notice = html("div", { class: "notice", "data-text": text },
    html("span", {}, text),
    action ? html("button", { type: "button", onclick: () => { close(); action[1](); } }, action[0]) : null,
    html("button", { type: "button", "aria-label": "Close", onclick: close }, "×"));
  place.append(notice);
  while (place.children.length > 4) place.firstChild.remove();
  if (!stay) setTimeout(close, LASTS);
}
