// The list of frames, its order and filters, and the jumps.

import { get } from "/shared/api.js";
import { by, html, icon, put } from "/shared/dom.js";
import { doubtOf } from "./actions.js";

const OLD = 10000; // ms after which suspects are asked for again

/** How far an item is: the name of its sign. */
export function statusOf({ here, conflicts, done, placed, occluded, absent, estimated }) {
  if (!here) return "gone";
  if (conflicts) return "conflict";
  if (done) return "done";
  if (placed + occluded + absent) return "partly";
  return estimated ? "estimated" : "untouched";
}

const WORDS = {
  gone: "not here", conflict: "two versions", done: "done", partly: "partly labeled",
  estimated: "estimates only", untouched: "not labeled",
};

export function frameList(store, { notify }) {
  const place = by("frames");
  const rows = new Map();
  let list = []; // the keys as shown; they keep their places while one works
  let least = false;
  let suspects = new Map();
  let asked = 0;

  const wanted = {
    all: () => true,
    todo: (s) => s.here && !s.done,
    partly: (s) => statusOf(s) === "partly",
    done: (s) => s.done,
    estimated: (s) => s.estimated > 0,
    doubtful: (s) => doubtOf(s, suspects) !== null,
    gone: (s) => !s.here,
  };
  const sure = (key) => store.summary(key).confidence ?? Infinity;
  const nameOf = (s) => `${s.recording || s.video}`;

  function row(key) {
    const element = html("div", { role: "option", "data-key": key, id: `frame-${key}`,
      onclick: () => store.open(key) });
    rows.set(key, element);
    fill(key);
    return element;
  }

  function fill(key) {
    const element = rows.get(key);
    if (!element) return;
    const s = store.summary(key);
    const status = statusOf(s);
    const labeled = s.placed + s.occluded + s.absent;
    const sureness = s.confidence === null ? "" : s.confidence.toFixed(2);
    const written = [status, labeled, sureness, s.why].join();
    if (element.dataset.written === written) return;
    element.dataset.written = written;
    element.dataset.status = status;
    element.setAttribute("aria-label",
      `${nameOf(s)} frame ${s.frame}, ${WORDS[status]}, ${labeled} of ${store.parts.length} parts`);
    put(element, [icon(`i-${status}`), html("span", { class: "name" }, nameOf(s)),
      html("span", { class: "number" }, String(s.frame)),
      html("span", { class: "sure", title: sureness ? "least sure estimate" : null }, sureness),
      html("span", { class: "count" }, `${labeled}/${store.parts.length}`),
      s.here ? null : html("span", { class: "why" }, s.why)]);
    element.title = s.here ? WORDS[status] : s.why;
  }

  /** Choose and order the list anew. */
  function arrange() {
    const chosen = wanted[by("filter").value];
    list = store.keys.filter((key) => chosen(store.summary(key)));
    if (least) list.sort((a, b) => sure(a) - sure(b));
    rows.clear();
    place.replaceChildren(...list.map(row));
    if (!list.length) place.append(html("p", { class: "empty" }, "No frame is like that."));
    by("shown-count").textContent =
      list.length === store.keys.length ? String(list.length) : `${list.length} of ${store.keys.length}`;
    progress();
    mark();
  }

  function mark() {
    place.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
    const element = rows.get(store.shown);
    element?.setAttribute("aria-selected", "true");
    if (element) place.setAttribute("aria-activedescendant", element.id);
    element?.scrollIntoView({ block: "nearest" });
  }

  function bar(id, count, all, what) {
    const share = all ? count / all : 0;
    by(id).querySelector("i").style.width = `${100 * share}%`;
    by(id).querySelector("span").textContent = `${count} of ${all} ${what}`;
    by(id).setAttribute("aria-valuenow", Math.round(100 * share));
    by(id).setAttribute("aria-valuetext", `${count} of ${all} ${what}`);
  }

  function progress() {
    const here = store.keys.map((key) => store.summary(key)).filter((s) => s.here);
    const labeled = here.reduce((sum, s) => sum + s.placed + s.occluded + s.absent, 0);
    bar("frames-bar", here.filter((s) => s.done).length, here.length, "frames done");
    bar("parts-bar", labeled, here.length * store.parts.length, "parts");
  }

  /** The first key after the shown one for which something holds, from the start again at the end. */
  function after(holds) {
    const keys = list.length ? list : store.keys;
    const start = keys.indexOf(store.shown) + 1;
    return [...keys.slice(start), ...keys.slice(0, start)].find(
      (key) => key !== store.shown && holds(store.summary(key)),
    );
  }

  function go(key, otherwise) {
    if (key) store.open(key);
    else notify(otherwise);
  }

  function step(by) {
    const at = list.indexOf(store.shown);
    const to = list[at < 0 ? 0 : at + by];
    if (to) store.open(to);
    else notify(by > 0 ? "This is the last frame of the list." : "This is the first frame of the list.");
  }

  async function suspicion() {
    if (Date.now() - asked < OLD) return;
    asked = Date.now();
    try {
      const found = (await get("/api/check")).suspects;
      suspects = new Map(found.map(({ key, text }) => [key, text]));
    } catch {
      suspects = new Map(); // then doubts are those of the network alone
    }
  }

  by("filter").addEventListener("change", async () => {
    if (by("filter").value === "doubtful") await suspicion();
    arrange();
  });
  by("sort").addEventListener("click", () => sort());
  place.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  });

  function sort(on = !least) {
    least = on;
    by("sort").setAttribute("aria-pressed", least);
    arrange();
  }

  let due = null; // progress counts all: once for many changes
  store.on("item", (key) => {
    fill(key);
    due ??= requestAnimationFrame(() => ((due = null), progress()));
  });
  store.on("items", arrange);
  store.on("shown", mark);
  arrange();

  return {
    sort,
    next: () => step(1),
    previous: () => step(-1),
    unlabeled: () => go(after((s) => s.here && !s.done), "Every frame is done."),
    /** The frame of which the network is least sure; asked again, the next one. */
    least(anew = false) {
      const found = store.keys.filter((key) => store.summary(key).confidence !== null)
        .sort((a, b) => sure(a) - sure(b));
      if (!found.length) return notify("No estimates wait: train a network first.");
      const at = anew ? 0 : (found.indexOf(store.shown) + 1) % found.length;
      store.open(found[at]);
    },
    async doubtful() {
      await suspicion();
      const key = after((s) => doubtOf(s, suspects) !== null);
      go(key, "Nothing speaks against any other frame.");
      if (key) notify(`${key}: ${doubtOf(store.summary(key), suspects)}.`);
    },
    /** The frames above the shown one in the list. */
    before: () => list.slice(0, Math.max(list.indexOf(store.shown), 0)),
    /** Those that come next in it. */
    following(count) {
      const at = list.indexOf(store.shown) + 1;
      return list.slice(at, at + count);
    },
    get done() {
      return store.keys.filter((key) => store.summary(key).done).length;
    },
  };
}
