// What is prepared, below the picture: which frames, and how to do it.

import { by, html, icon, put } from "/shared/dom.js";
import { shownKey } from "/shared/keys.js";
import { animalsOf, rangeOf, signOfAction, wordOfAction } from "./kinds.js";

export function preparedStrip(store, operations, keys) {
  const place = by("strip");
  const key = (action) => html("kbd", {}, shownKey(keys.keysOf(action)[0] ?? "–"));

  function draw() {
    const { armed } = store;
    place.hidden = !armed;
    document.body.dataset.armed = armed ? armed.action : "";
    if (!armed) return put(place, []);
    const { action, first, last } = armed;
    const shown = action === "fragment" ? "drop" : action;
    const count = last - first + 1;
    const no = operations.against(armed);
    place.dataset.first = first;
    place.dataset.last = last;
    const ways = armed.ways.map((way, k) => html("button", {
      type: "button", "data-way": k, "aria-pressed": String(way.first === first && way.last === last),
      onclick: () => {
        store.armed = { ...armed, ...way, way: k };
        store.emit("armed");
      },
    }, way.words));
    const others = armed.other === null || store.video.animals < 3 ? [] : [
      html("span", { class: "quiet" }, action === "join" ? "from" : "with"),
      ...[...Array(store.video.animals).keys()].filter((k) => k !== armed.animal).map((k) => html("button", {
        type: "button", "data-other": k, "aria-pressed": String(k === armed.other), onclick: () => operations.other(k),
      }, String(k))),
    ];
    put(place, [
      html("div", { class: "row" }, icon(signOfAction(shown)),
        html("strong", {}, `${wordOfAction(shown)} ${animalsOf({ ...armed, action: shown })}`),
        html("span", {}, first === last ? `frame ${first}` : `frames ${rangeOf(armed, store.video.frames)}`),
        html("span", { class: "quiet" }, count === 1 ? "" : `${count} frames`),
        html("span", { class: "spring" }),
        html("button", {
          type: "button", class: "primary", "data-do": true, disabled: Boolean(no), onclick: () => operations.act(),
        }, "Do it"), key("accept"),
        html("button", { type: "button", "data-cancel": true, onclick: () => operations.cancel() }, "Not"),
        html("kbd", {}, "Esc")),
      html("div", { class: "row ways" }, ...others, ...ways, key(action),
        html("span", { class: "quiet" }, no ?? "or go to the other end of what is meant")),
    ]);
  }

  store.on("armed", draw);
  store.on("track", draw);
  return { draw };
}
