// Whether everything is on the server's disk, said as it is.

import { by, html, put } from "./dom.js";

/**
 * @param store    with `queue`, `refused`, `expired`, `tryAgain`; signals "saving", "refused"
 * @param what     what waits, one and many: ["edit", "edits"]
 * @param command  that prints the page's link
 */
export function showSaving(store, [one, many], command) {
  const counted = (count, single, several) =>
    count === 1 ? `1 ${one} ${single}` : `${count} ${many} ${several}`;
  const { queue } = store;
  const saved = by("saved");

  function draw() {
    const { pending, trouble, safe } = store.queue;
    const state = !pending ? "saved" : trouble ? "trouble" : "saving";
    saved.dataset.pending = pending;
    saved.dataset.state = state;
    saved.textContent = { saved: "Saved", saving: "Saving …" }[state] ?? `Not saved: ${counted(pending, "waits", "wait")}`;
    saved.title = trouble ? trouble.message : "";
    const words = [];
    if (store.expired || trouble?.status === 401)
      words.push(`The server does not know this page any more. Open the link that \`${command}\` printed again: here or in another tab.`);
    else if (pending && trouble) words.push(`Not saved yet: ${trouble.message}. It is tried again.`);
    if (pending && !safe) words.push("This browser keeps nothing for this page: leave it open.");
    else if (pending && words.length) words.push("What waits is kept in this browser.");
    by("banner").textContent = words.join(" ");
    by("banner").hidden = words.length === 0;
  }

  /** What was refused stays until a person decides. */
  function drawRefused() {
    const { all, safe } = store.refused;
    by("refused").hidden = all.length === 0;
    const button = (text, name, onclick) =>
      html("button", { type: "button", [`data-${name}`]: true, onclick }, text);
    const told = counted(all.length, "was refused", "were refused");
    const why = [...new Set(all.map((each) => each.why))].join("; ");
    put(by("refused"), all.length === 0 ? [] : [
      html("span", {}, `${told}: ${why}.${safe ? "" : " This browser keeps nothing for this page: leave it open."}`),
      button("Try again", "retry", store.tryAgain),
      button("Discard", "discard", () =>
        confirm(`${told}. Discard ${all.length === 1 ? "it" : "them"} for good?`) && store.refused.clear()),
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
