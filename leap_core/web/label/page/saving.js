// Whether everything is on the server's disk, said as it is.

import { by, html, put } from "./dom.js";

const plural = (count) => (count === 1 ? "1 edit waits" : `${count} edits wait`);

export function showSaving(store) {
  const { queue } = store;
  const saved = by("saved");

  function draw() {
    const { pending, trouble, safe } = store.queue;
    const state = !pending ? "saved" : trouble ? "trouble" : "saving";
    saved.dataset.pending = pending;
    saved.dataset.state = state;
    saved.textContent = { saved: "Saved", saving: "Saving …" }[state] ?? `Not saved: ${plural(pending)}`;
    saved.title = trouble ? trouble.message : "";
    const words = [];
    if (store.expired || trouble?.status === 401)
      words.push("The server does not know this page any more. Open the link that `leap label` printed again: here or in another tab.");
    else if (pending && trouble) words.push(`Not saved yet: ${trouble.message}. It is tried again.`);
    if (pending && !safe) words.push("This browser keeps nothing for this page: leave it open.");
    else if (pending && words.length) words.push("What waits is kept in this browser.");
    by("banner").textContent = words.join(" ");
    by("banner").hidden = words.length === 0;
  }

  /** Edits that were refused stay until a person decides. */
  function drawRefused() {
    const { all, safe } = store.refused;
    by("refused").hidden = all.length === 0;
    const button = (text, name, onclick) =>
      html("button", { type: "button", [`data-${name}`]: true, onclick }, text);
    const many = all.length === 1 ? "1 edit was refused" : `${all.length} edits were refused`;
    const why = [...new Set(all.map((one) => one.why))].join("; ");
    put(by("refused"), all.length === 0 ? [] : [
      html("span", {}, `${many}: ${why}.${safe ? "" : " This browser keeps nothing for this page: leave it open."}`),
      button("Try again", "retry", store.tryAgain),
      button("Discard", "discard", () =>
        confirm(`${many}. Discard ${all.length === 1 ? "it" : "them"} for good?`) && store.refused.clear()),
    ]);
  }

  store.on("saving", draw);
  store.on("refused", drawRefused);
  addEventListener("beforeunload", (event) => {
    if (queue.pending || !store.refused.safe) event.preventDefault();
  });
  addEventListener("online", () => queue.retry());
  addEventListener("focus", () => queue.trouble && queue.retry());
  draw();
  drawRefused();
}
