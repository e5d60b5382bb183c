// Label a frame that the sample does not hold: by a form, or by `#add/RECORDING/FRAME`.

import { post } from "/shared/api.js";
import { by, html } from "/shared/dom.js";

export function addingDialog(store, { onclose }) {
  const dialog = by("adding");
  dialog.addEventListener("close", onclose);

  /** Ask the server for a frame and show it; returns what went wrong, if anything. */
  async function add(recording, frame) {
    try {
      const body = { id: crypto.randomUUID(), recording, frame, by: store.person, tab: store.queue.tab };
      const { summary } = await post("/api/items", body);
      store.keepSummary(summary);
      store.open(summary.key);
      return null;
    } catch (error) {
      return error.message;
    }
  }

  function open(recording, frame = "", problem = "") {
    const shown = store.shown && store.summary(store.shown);
    const named = store.state.recordings ?? [
      ...new Set(store.keys.map((key) => store.summary(key).recording).filter(Boolean)),
    ];
    const warning = html("p", { class: "warning", role: "alert" }, problem);
    const which = html("select", { name: "recording", required: true },
      ...named.map((name) => html("option", { value: name, selected: name === (recording ?? shown?.recording) }, name)));
    const number = html("input", { name: "frame", type: "number", min: 0, step: 1, required: true, value: frame });
    const form = html("form", { onsubmit: async (event) => {
      event.preventDefault();
      const wrong = await add(which.value, Number(number.value));
      if (wrong) warning.textContent = wrong;
      else dialog.close();
    } },
    html("h2", {}, "Label a frame"),
    html("label", {}, "Recording ", which),
    html("label", {}, "Frame, counted from 0 ", number),
    warning,
    html("div", { class: "row" },
      html("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
      html("button", { type: "submit", class: "primary" }, "Label it")));
    dialog.replaceChildren(form);
    dialog.showModal();
    number.focus();
  }

  return {
    open,
    async fromAddress(recording, frame) {
      const wrong = /^\d+$/.test(frame) ? await add(recording, Number(frame)) : `Frame ${frame} is no number.`;
      if (wrong) open(recording, /^\d+$/.test(frame) ? frame : "", wrong);
    },
  };
}
