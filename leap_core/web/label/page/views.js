// The views of the page and their addresses.

import { by } from "/shared/dom.js";

const VIEWS = ["label", "check", "skeleton"];

/** @param mounts  view -> module with `mount(root, app)` (see check.js) */
export function openViews({ store, notify, adding, mounts }) {
  const again = {};
  let shown = "label";

  const app = {
    store,
    notify,
    open(key, part) {
      store.open(key, part);
      location.hash = `label/${encodeURIComponent(key)}`;
      show("label");
    },
  };

  function show(view) {
    if (shown === "label" && view !== "label") store.leave();
    shown = view;
    for (const name of VIEWS) {
      by(`${name}-view`).hidden = name !== view;
      document.querySelector(`[data-view=${name}]`).toggleAttribute("aria-current", name === view);
    }
    if (view === "label") return;
    if (view in again) again[view]?.();
    else again[view] = mounts[view].mount(by(`${view}-view`), app) ?? null;
  }

  async function route() {
    const [view, ...rest] = location.hash.slice(1).split("/").map(decodeURIComponent);
    if (view === "add" && rest.length === 2) {
      show("label");
      await adding.fromAddress(...rest);
    } else if (view === "label" || !VIEWS.includes(view)) {
      show("label");
      if (rest[0] && rest[0] !== store.shown) store.open(rest[0]);
    } else show(view);
  }

  store.on("shown", (key) => {
    if (shown === "label") history.replaceState(null, "", `#label/${encodeURIComponent(key)}`);
  });
  addEventListener("hashchange", route);

  return {
    get shown() {
      return shown;
    },
    /** What the address asks for, else the first frame that is not done. */
    async start() {
      // without a skeleton there is nothing to label
      if (!store.parts.length && !location.hash) location.replace("#skeleton");
      await route();
      if (store.shown) return;
      const { keys } = store;
      const first = keys.find((key) => store.summary(key).here && !store.summary(key).done) ?? keys[0];
      if (!first) return;
      store.open(first);
    },
  };
}
