// The corrections made: newest first, each can be taken back.

import { by, html, icon, put } from "/shared/dom.js";
import { animalsOf, rangeOf, signOfAction, wordOfAction } from "./kinds.js";

export function lineList(store, { go }) {
  const place = by("lines");

  function row(line, state) {
    const foreign = store.foreign.has(JSON.stringify(line));
    const busy = store.queue.of(store.video.id).length > 0;
    return html("div", {
      class: foreign ? "line foreign" : "line", "data-line": line.number ?? "", "data-state": state,
      "data-action": line.action, onclick: () => go(line.first, line.animal),
    },
    icon(signOfAction(line.action)),
    html("span", { class: "what" }, wordOfAction(line.action), " ", html("span", { class: "who" }, animalsOf(line))),
    html("span", { class: "number" }, rangeOf(line, store.video.frames)),
    state === "waiting" ? html("span", { class: "state", title: "not saved yet" }, "↑")
      : html("button", {
        type: "button", class: "small", title: "Take this line back", "aria-label": `Take line ${line.number + 1} back`,
        "data-remove": line.number, disabled: busy,
        onclick: (event) => {
          event.stopPropagation();
          store.remove(line.number);
        },
      }, "×"),
    line.reason || foreign
      ? html("span", { class: "text" }, [foreign ? "new, from elsewhere" : null, line.reason].filter(Boolean).join(": "))
      : null);
  }

  function draw() {
    if (!store.video) return;
    const waiting = store.waiting.map((line) => row(line, "waiting"));
    const kept = store.lines.map((line, number) => row({ ...line, number: line.number ?? number }, "saved"));
    put(place, [...kept, ...waiting].reverse());
    if (!place.children.length) place.append(html("p", { class: "empty" }, "No correction yet."));
    by("line-count").textContent = store.video.corrections ? `${kept.length}` : "";
    by("line-count").title = store.video.corrections ?? "";
    document.querySelector("[data-action=undo]").disabled = !kept.length && !waiting.length;
    document.querySelector("[data-action=redo]").disabled = !store.redo;
  }

  store.on("lines", draw);
  store.on("video", draw);
  return { draw };
}
