// What the page knows: the server's items, and over them the edits that still wait.
//
// Signals: "items" (list or order changed), "item" (key), "shown" (key), "selected" (part),
// "reloaded" (key), "zoom", "training", "saving", "conflict" (key), "estimates", "skeleton".

import { get, itemPath } from "./api.js";
import { signals } from "./dom.js";
import { openQueue } from "./queue.js";

const USUAL_AGAIN = 5000; // ms

/** An item as it will be when what waits has been saved. */
export function folded(item, entries) {
  const points = { ...item.points };
  let done = item.done;
  for (const { kind, body } of entries) {
    if (kind !== "edit") continue;
    for (const [part, point] of Object.entries(body.points)) {
      if (point === null) delete points[part];
      else points[part] = { ...point, by: body.by, how: body.how };
    }
    if (body.accept) {
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
  let asked = 0; // when it was last looked where parts usually are
  let stamp = Date.now(); // names the crops as they are: pictures are kept until then
  let busy = () => false; // whether a drag is going on

  const queue = await openQueue(state.dataset, {
    settled(entry, answer) {
      if (entry.kind === "time") return void (answer.summary && keepSummary(answer.summary));
      take(answer.item, answer.summary);
      queue.rebase(answer.item.key, answer.item.revision);
      if (entry.kind === "undo" || entry.kind === "redo") store.open(answer.item.key);
      if (answer.item.conflicts.length) emit("conflict", answer.item.key);
    },
    refused(entry, error) {
      if (entry.kind === "time") return;
      if (error.content.item) take(error.content.item, error.content.summary);
      else if (entry.key) refresh(entry.key);
      if (error.status === 409 && error.content.conflict) emit("conflict", entry.key);
      else if (entry.kind === "edit") notify(`Not saved, refused: ${error.message}`, { stay: true });
      else notify(error.message);
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
    bases.set(item.key, item);
    seen.set(item.key, Math.max(seen.get(item.key) ?? 0, item.revision));
    const { revision, done } = item;
    const told = { ...summaries.get(item.key), revision, done, conflicts: item.conflicts.length };
    summaries.set(item.key, summary ?? told);
    emit("item", item.key);
  }

  const loading = new Map();
  /** The server's item; asked for once. */
  function load(key, again = false) {
    if (bases.has(key) && !again) return Promise.resolve(bases.get(key));
    if (!loading.has(key)) {
      const asked = get(itemPath(key))
        .then((item) => {
          // an answer that was overtaken by one of our own edits is old
          if (item.revision >= (bases.get(key)?.revision ?? 0)) take(item);
          return bases.get(key);
        })
        .finally(() => loading.delete(key));
      loading.set(key, asked);
    }
    return loading.get(key);
  }

  /** Take over what others did, unless own edits of the same item wait or a drag goes on. */
  async function refresh(key) {
    if (busy() || waiting(key).length) return;
    if (bases.has(key) && bases.get(key).revision >= (seen.get(key) ?? 0)) return;
    await load(key, true).catch(() => {});
  }

  async function reload() {
    state = await get("/api/state");
    stamp = Date.now();
    summaries = new Map(state.items.map((summary) => [summary.key, summary]));
    for (const [key, base] of bases) {
      const { revision = 0 } = summaries.get(key) ?? {};
      if (!waiting(key).length && (base.revision !== revision || key !== store.shown))
        bases.delete(key);
    }
    emit("items");
    emit("training", state.training);
    if (store.shown && summaries.has(store.shown) && !busy()) {
      if (summaries.get(store.shown).here) await load(store.shown, true);
      emit("reloaded", store.shown);
    }
  }

  const store = {
    on,
    queue,
    load,
    refresh,
    reload,
    keepSummary,
    shown: null,
    visible: null, // the key whose picture is on the screen
    selected: null,
    get state() {
      return state;
    },
    saving: () => emit("saving"),
    zoomed: () => emit("zoom"),
    expired: false, // the server does not know this page
    imagePath: (key) => `${itemPath(key)}/image.png?v=${stamp}`,
    /** Have frames at hand before they are asked for. */
    prefetch(keys) {
      for (const key of keys) {
        if (!summaries.get(key)?.here) continue;
        load(key).catch(() => {});
        new Image().src = store.imagePath(key);
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
      if (!store.shown || seconds < 0.5 || state.writable === false) return;
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
      if (state.writable === false) return notify("This folder is open for reading only.");
      const base = bases.get(key);
      if (!base) return notify("The frame is not loaded yet.");
      const id = crypto.randomUUID();
      const { until, ...rest } = more;
      const seconds = clock.take();
      const body = {
        id, revision: base.revision, crop: base.crop, points, how, seconds, by: store.person,
        tab: queue.tab, ...rest,
      };
      queue.push({ id, kind: "edit", key, path: `${itemPath(key)}/edits`, body, until });
      emit("item", key);
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
        bases.forEach((_, key) => key !== store.shown && bases.delete(key));
        await reload();
        emit("estimates");
      } else if (event.type === "skeleton") {
        emit("skeleton");
      }
    },
  };
  return store;
}
