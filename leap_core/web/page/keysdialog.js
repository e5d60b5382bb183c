// The list of keys, where each can be changed.

import { by, html } from "./dom.js";
import { nameOf, shownKey } from "./keys.js";

/** @param byHand  [[what, what it does]] of the mouse and of keys that cannot be changed */
export function keysDialog(keys, byHand) {
  const dialog = by("keys");
  let waiting = null; // the action that gets the next key
  let asked = null; // [action, key]: a key that another action has

  function draw() {
    const rows = Object.entries(keys.actions).map(([action, [text]]) => {
      const own = keys.keysOf(action);
      const listening = waiting === action;
      const shown = own.length ? own.map((key) => html("kbd", {}, shownKey(key))) : ["none"];
      const button = html("button", {
        type: "button", "data-rebind": action, "aria-label": `Change the key of: ${text}`,
        onclick: () => { waiting = action; asked = null; draw(); },
      }, listening ? "press a key …" : "change");
      const conflict = asked?.[0] === action && html("p", { class: "warning", role: "alert" },
        html("kbd", {}, shownKey(asked[1])), ` is taken: ${keys.takenBy(asked[1], action)}. `,
        keys.free(asked[1]) ? html("button", {
          type: "button", "data-take": action,
          onclick: () => { keys.choose(...asked); asked = null; draw(); },
        }, "Take it from there") : "It cannot be changed.",
        html("button", { type: "button", onclick: () => { asked = null; draw(); } }, "Leave it"));
      return html("li", { "data-action-row": action }, html("span", { class: "keys" }, ...shown),
        html("span", { class: "grow" }, text), button, conflict || null);
    });
    const fixed = byHand.map(([what, text]) => html("li", {},
      html("span", { class: "keys" }, html("kbd", {}, what)), html("span", { class: "grow" }, text)));
    dialog.replaceChildren(
      html("header", {}, html("h2", {}, "Keys"), html("span", { class: "spring" }),
        html("button", { type: "button", onclick: () => { keys.reset(); waiting = asked = null; draw(); } },
          "All as they were"),
        html("button", { type: "button", "data-close": true, onclick: () => dialog.close() }, "Close")),
      html("div", { class: "columns" }, html("ul", {}, ...rows), html("ul", {}, ...fixed)));
    if (waiting) dialog.querySelector(`[data-rebind="${waiting}"]`).focus();
  }

  dialog.addEventListener("keydown", (event) => {
    if (!waiting) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") waiting = null;
    const name = nameOf(event);
    if (!waiting || name === null) return void draw();
    const action = waiting;
    waiting = null;
    if (keys.takenBy(name, action)) asked = [action, name];
    else keys.choose(action, name);
    draw();
    dialog.querySelector(asked ? `[data-take="${action}"]` : `[data-rebind="${action}"]`)?.focus();
  });
  dialog.addEventListener("cancel", (event) => waiting && event.preventDefault());

  return {
    open() {
      waiting = asked = null;
      draw();
      dialog.showModal();
      dialog.querySelector("[data-close]").focus();
    },
    onclose: (listener) => dialog.addEventListener("close", listener),
  };
}
