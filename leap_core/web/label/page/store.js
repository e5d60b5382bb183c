// What the page knows: the server's items, and over them the edits that still wait.
//
// Signals: "items" (list or order changed), "item" (key), "shown" (key), "selected" (part),
// "reloaded" (key), "zoom", "training", "saving", "refused", "conflict" (key), "estimates",
// "skeleton".

import { get } from "/shared/api.js";
import { signals } from "/shared/dom.js";
import { openQueue } from "/shared/queue.js";
import { openRefused } from "/shared/refused.js";
import { between, sameCrop } from "./crops.js";
import { itemPath } from "./items.js";

const USUAL_AGAIN = 5000; // ms

/** An item as it will be when what waits has been saved. */
export function folded(item, entries) {
  const points = { ...item.points };
  let done = item.done;
  for (const { kind, body } of entries) {
    if (kind !== "edit") continue;
    // one that waited while crops were cut again stays at its place in the video
    const moved = sameCrop(body.crop, item.crop) ? (at) => at : between(body.crop, item.crop);
    for (const [part, point] of Object.entries(body.points)) {
      if (point === null) delete points[part];
      else points[part] = { ...point, ...moved(point), by: body.by, how: body.how };
    }
    if (body.accept && body.model === item.model) {
      for (const [part, { x, y }] of Object.entries(item.estimates))
        points[part] ??= { x, y, state: "placed", by: body.by, how: "accepted" };
      done = true;
    }
    if (body.done !== undefined) done = body.done;
  }
  return { ...item, points, done };
}

export async function openStore({ clock, notify }) {
  const { on, emit } = signals();
  let state = await get("/api/state");
  let summaries = new Map(state.items.map((summary) => [summary.key, summary]));
  const bases = new Map(); // key -> item as the server has it
  const seen = new Map(); // key -> newest revision heard of
  const stale = new Set(); // keys of items to be loaded again as soon as that disturbs nobody
  let asked = 0; // when it was last looked where parts usually are
  let stamp = Date.now(); // pictures are kept until all is loaded again
  let busy = () => false; // whether a drag is going on

  const refused = openRefused(state.space, () => emit("refused"));
  const queue = await openQueue(state.space, {
    settled(entry, answer) {
      if (entry.kind === "time") return void (answer.summary && keepSummary(answer.summary));
      const { item, summary } = answer;
      const { key, revision } = summary;
      if (item) take(item, summary);
      else gone(summary);
      // an answer that may be a repeated one tells what has become of the frame since
      const step = entry.kind === "undo" || entry.kind === "redo";
      const own = step ? !entry.again : revision === entry.body.revision + 1;
      if (own) queue.rebase(entry, key, revision);
      if (step) store.open(key);
      if (item?.conflicts.length) emit("conflict", key);
    },
    refused(entry, error) {
      if (entry.kind === "time") return;
      const { item, summary, conflict } = error.content;
      if (item) take(item, summary);
      else if (summary) gone(summary);
      else if (entry.key) {
        stale.add(entry.key);
        refresh(entry.key);
      }
      if (error.status === 409 && conflict) emit("conflict", entry.key);
      else if (entry.kind !== "edit") notify(error.message);
      // nothing to be kept: those estimates are no more
      else if (error.status === 409 && entry.body.accept) notify(error.message, { stay: true });
      else refused.add(entry, error.message);
    },
    lost(count) {
      const what = count === 1 ? "An undo or redo was" : `${count} undos and redos were`;
      notify(`${what} left out: the edit that was meant has not come about.`, { stay: true });
    },
    changed: () => emit("saving"),
  });

  /** What waits for an item, but for work time, which changes no label. */
  const waiting = (key) => queue.of(key).filter((entry) => entry.kind !== "time");

  function keepSummary(summary) {
    const fresh = !summaries.has(summary.key);
    summaries.set(summary.key, summary);
    seen.set(summary.key, Math.max(seen.get(summary.key) ?? 0, summary.revision));
    emit(fresh ? "items" : "item", summary.key);
  }

  function take(item, summary) {
    stale.delete(item.key);
    bases.set(item.key, item);
    seen.set(item.key, Math.max(seen.get(item.key) ?? 0, item.revision));
    const { revision, done } = item;
    const told = { ...summaries.get(item.key), revision, done, conflicts: item.conflicts.length };
    summaries.set(item.key, summary ?? told);
    if (store.visible === item.key && !sameCrop(item.crop, store.crop)) showAgain();
    emit("item", item.key);
  }

  /** The frame has no crop any more; its labels are kept. */
  function gone(summary) {
    bases.delete(summary.key);
    keepSummary(summary);
    if (store.shown === summary.key) showAgain();
  }

  /** The picture that is on the screen is none of the item's crop: nothing is done on it. */
  function showAgain() {
    store.visible = null;
    emit("reloaded", store.shown);
  }

  const loading = new Map();
  /** The server's item; asked for once. */
  function load(key, again = false) {
    if (bases.has(key) && !again) return Promise.resolve(bases.get(key));
    if (!loading.has(key)) {
      const asked = get(itemPath(key))
        .then((item) => {
          // asked before all was loaded again
          if (loading.get(key) !== asked) return load(key);
          // an answer that was overtaken by one of our own edits is old
          if (item.revision >= (bases.get(key)?.revision ?? 0)) take(item);
          return bases.get(key);
        })
        .finally(() => loading.get(key) === asked && loading.delete(key));
      loading.set(key, asked);
    }
    return loading.get(key);
  }

  /** Take over what others did, unless own edits of the same item wait or a drag goes on. */
  async function refresh(key) {
    if (busy() || waiting(key).length) return;
    const known = bases.has(key) && bases.get(key).revision >= (seen.get(key) ?? 0);
    if (known && !stale.has(key)) return;
    await load(key, true).catch(() => {});
  }

  async function reload() {
    state = await get("/api/state");
    stamp = Date.now();
    loading.clear();
    summaries = new Map(state.items.map((summary) => [summary.key, summary]));
    for (const [key, { revision }] of bases) {
      const { revision: there = 0 } = summaries.get(key) ?? {};
      // a lower one: the folder of labels was put back to an older state
      if (!waiting(key).length && (key !== store.shown || there < revision)) bases.delete(key);
      else stale.add(key);
    }
    emit("items");
    emit("training", state.training);
    const summary = summaries.get(store.shown);
    if (!summary || busy()) return;
    if (!summary.here) return showAgain();
    await load(store.shown, true);
    if (store.shown === summary.key && store.visible !== summary.key) emit("reloaded", summary.key);
  }

  const store = {
    on,
    queue,
    refused,
    load,
    refresh,
    reload,
    keepSummary,
    shown: null,
    visible: null, // the key whose picture is on the screen, where it is of the item's crop
    crop: null, // of that picture
    selected: null,
    get state() {
      return state;
    },
    saving: () => emit("saving"),
    zoomed: () => emit("zoom"),
    expired: false, // the server does not know this page
    imagePath: ({ key, crop }) =>
      `${itemPath(key)}/image.png?v=${encodeURIComponent(crop.join())}&at=${stamp}`,
    /** Have frames at hand before they are asked for. */
    prefetch(keys) {
      for (const key of keys) {
        if (!summaries.get(key)?.here) continue;
        load(key).then((item) => (new Image().src = store.imagePath(item)), () => {});
      }
    },
    /** Where parts usually are, as soon as there are labels of all. */
    async usual() {
      const known = Object.keys(state.typical).length === state.skeleton.parts.length;
      if (known || Date.now() - asked < USUAL_AGAIN || ![...summaries.values()].some((s) => s.placed + s.occluded)) return;
      asked = Date.now();
      const { typical } = await get("/api/state").catch(() => state);
      state.typical = typical;
      if (store.shown) emit("item", store.shown);
    },
    get parts() {
      return state.skeleton.parts;
    },
    get keys() {
      return [...summaries.keys()];
    },
    /** Let the page say when markers are being dragged. */
    set busy(asked) {
      busy = asked;
    },
    /** The item with all that waits, or null while it is not loaded. */
    view(key = store.shown) {
      const base = bases.get(key);
      return base ? folded(base, queue.of(key)) : null;
    },
    /** Counts and status of an item, as they will be. */
    summary(key) {
      const told = summaries.get(key);
      if (!told || !bases.has(key) || !waiting(key).length) return told;
      const { points, estimates, done } = store.view(key);
      const all = Object.values(points);
      const count = (state) => all.filter((point) => point.state === state).length;
      const left = Object.keys(estimates).filter((part) => !(part in points));
      return {
        ...told,
        done,
        placed: count("placed"),
        occluded: count("occluded"),
        absent: count("absent"),
        estimated: left.length,
        confidence: left.length ? Math.min(...left.map((p) => estimates[p].confidence)) : null,
      };
    },
    open(key, part) {
      if (!summaries.has(key)) return notify(`There is no frame ${key} here.`);
      if (key !== store.shown) store.leave();
      store.shown = key;
      store.selected = part ?? null;
      emit("shown", key);
    },
    /** Note the time that was spent on the frame without an edit. */
    leave() {
      const seconds = clock.take();
      if (!store.shown || seconds < 0.5) return;
      const id = crypto.randomUUID();
      const path = `/api/time/${encodeURIComponent(store.shown)}`;
      const body = { id, seconds, by: store.person, tab: queue.tab };
      queue.push({ id, kind: "time", key: store.shown, path, body });
    },
    select(part) {
      store.selected = part;
      emit("selected", part);
    },
    person: state.person,
    changed: (key) => emit("item", key),
    /** Put an edit of an item into the queue; `more` may hold done, accept. */
    edit(key, points, how, more = {}) {
      const base = bases.get(key);
      if (!base || store.visible !== key) return notify("The frame is not loaded yet.");
      const id = crypto.randomUUID();
      const { until, ...rest } = more;
      const seconds = clock.take();
      const body = {
        id, revision: base.revision, crop: store.crop, points, how, seconds, by: store.person,
        tab: queue.tab, ...rest,
      };
      queue.push({ id, kind: "edit", key, path: `${itemPath(key)}/edits`, body, until });
      emit("item", key);
    },
    /** Send what was refused once more; what has changed meanwhile is a conflict. */
    tryAgain() {
      const chain = crypto.randomUUID();
      for (const { entry } of refused.all) {
        queue.push({ ...entry, chain });
        emit("item", entry.key);
      }
      refused.clear(); // they wait now
    },
    /** undo, redo: what it changes is shown when the server has answered. */
    step(kind) {
      const id = crypto.randomUUID();
      const body = { id, by: store.person, tab: queue.tab };
      queue.push({ id, kind, path: `/api/${kind}`, body });
    },
    resolve(key, conflict, keep) {
      const id = crypto.randomUUID();
      const body = { id, conflict, keep, by: store.person, tab: queue.tab };
      queue.push({ id, kind: "resolve", key, path: `${itemPath(key)}/resolve`, body });
      emit("item", key);
    },
    /** One event of the server. */
    async hear(event) {
      if (event.type === "item") {
        const other = event.tab !== queue.tab;
        keepSummary(event.summary);
        const known = bases.get(event.key)?.revision ?? -1;
        if (event.summary.revision <= known || waiting(event.key).length) return;
        if (event.key !== store.shown) return void bases.delete(event.key);
        await refresh(event.key);
        if (other) notify(`Changed by ${event.by || "somebody"} in another window.`);
      } else if (event.type === "training") {
        state.training = event.training;
        emit("training", event.training);
      } else if (event.type === "estimates") {
        await reload();
        emit("estimates");
      } else if (event.type === "reload") {
        await reload();
      } else if (event.type === "skeleton") {
        emit("skeleton");
      }
    },
  };
  return store;
}
