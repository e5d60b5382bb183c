// What a person does to a pose.  Each ends in one edit; positions are px of the crop, rounded to
// 1e-4, and stay on the picture.

import { sameCrop } from "./crops.js";

const NUDGES_TOGETHER = 400; // ms; a held arrow key is one edit
const DOUBTFUL = 0.6; // confidence below which an estimate is worth a look

export const rounded = (value) => Math.round(value * 1e4) / 1e4;

/** A place on the picture: that one, or the nearest. */
export function onto(size, { x, y }) {
  const within = (value) => rounded(Math.min(Math.max(value, 0), size - 1));
  return { x: within(x), y: within(y) };
}

/** What is shown of a part: {state, x, y, confidence?}; x, y are null where it is nowhere. */
export function shownOf(item, part, typical) {
  const point = item.points[part];
  if (point) return point;
  const estimate = item.estimates[part];
  if (estimate) return { ...estimate, state: "estimate" };
  const [x, y] = typical[part] ?? [null, null];
  return { state: "unset", x, y };
}

export function poseActions(store, notify) {
  const shown = (item, part) => shownOf(item, part, store.state.typical);
  const isLabel = (point) => point.state === "placed" || point.state === "occluded";
  const here = () => {
    const item = store.view();
    // what is not seen is neither changed nor accepted
    if (!item || store.visible !== store.shown) return null;
    if (item.conflicts.length)
      return void notify("Choose one of the two versions first.");
    return item;
  };

  /** The next part that nobody has labeled, after a part; null where all are. */
  function unlabeledAfter(item, part) {
    const { parts } = store;
    const start = parts.indexOf(part) + 1;
    const order = [...parts.slice(start), ...parts.slice(0, start)];
    return order.find((name) => !(name in item.points)) ?? null;
  }

  function change(points, how, more) {
    if (Object.keys(points).length) store.edit(store.shown, points, how, more);
  }

  function needed(part) {
    if (!part) notify("Choose a part first: a digit, Tab, or a click in the list.");
    return part;
  }

  return {
    unlabeledAfter,

    /** A click: the selected part is here; go on to the next one. */
    place(at) {
      const item = here();
      if (!item || !needed(store.selected)) return;
      const part = store.selected;
      const state = item.points[part]?.state === "occluded" ? "occluded" : "placed";
      change({ [part]: { ...onto(item.size, at), state } }, "place");
      store.select(unlabeledAfter(store.view(), part));
    },

    /** The end of a drag of one part. */
    drop(part, at) {
      const item = here();
      if (!item) return;
      const state = item.points[part]?.state === "occluded" ? "occluded" : "placed";
      change({ [part]: { ...onto(item.size, at), state } }, "drag");
    },

    /** The end of a drag of all that is set or estimated. */
    dropAll(dx, dy) {
      const item = here();
      if (!item) return;
      const points = {};
      for (const part of store.parts) {
        const point = shown(item, part);
        if (!isLabel(point) && point.state !== "estimate") continue;
        const state = point.state === "occluded" ? "occluded" : "placed";
        points[part] = { ...onto(item.size, { x: point.x + dx, y: point.y + dy }), state };
      }
      change(points, "move");
    },

    nudge(dx, dy) {
      const item = here();
      if (!item || !needed(store.selected)) return;
      const part = store.selected;
      const point = shown(item, part);
      if (point.x === null || point.state === "unset")
        return void notify(`${part} is not on the picture yet; click where it is.`);
      const state = point.state === "occluded" ? "occluded" : "placed";
      const to = { ...onto(item.size, { x: point.x + dx, y: point.y + dy }), state };
      const until = Date.now() + NUDGES_TOGETHER;
      const joined = store.queue.amend((last) => {
        const same = last.kind === "edit" && last.key === item.key && last.body.how === "nudge";
        if (!same || !last.until || !(part in last.body.points)) return false;
        if (!sameCrop(last.body.crop, store.crop)) return false;
        last.body.points[part] = to;
        last.until = until;
        return true;
      });
      if (joined) store.changed(item.key);
      else change({ [part]: to }, "nudge", { until });
    },

    /** Covered, but its place is known; pressed again it is seen. */
    occluded() {
      const item = here();
      if (!item || !needed(store.selected)) return;
      const point = shown(item, store.selected);
      if (point.x === null || point.state === "unset")
        return void notify("Place the part where it must be, then mark it as occluded.");
      const state = point.state === "occluded" ? "placed" : "occluded";
      change({ [store.selected]: { ...onto(item.size, point), state } }, "state");
    },

    /** Not there, or its place cannot be told; pressed again it is not labeled. */
    absent() {
      const item = here();
      if (!item || !needed(store.selected)) return;
      const part = store.selected;
      const was = item.points[part]?.state === "absent";
      change({ [part]: was ? null : { x: null, y: null, state: "absent" } }, "state");
      if (!was) store.select(unlabeledAfter(store.view(), part));
    },

    unset() {
      const item = here();
      if (!item || !needed(store.selected)) return;
      if (item.points[store.selected]) change({ [store.selected]: null }, "unset");
    },

    /** Parts not labeled yet take the labels of the nearest frame before that has any. */
    async copy(before) {
      const item = here();
      if (!item) return;
      const labeled = ({ placed, occluded, absent }) => placed + occluded + absent > 0;
      const from = before.findLast((key) => labeled(store.summary(key)));
      if (!from) return void notify("No frame before this one has labels.");
      try {
        await store.load(from);
      } catch (error) {
        return void notify(`The frame before cannot be read: ${error.message}`);
      }
      if (store.shown !== item.key || !here()) return;
      const points = {};
      for (const [part, { x, y, state }] of Object.entries(store.view(from).points)) {
        if (part in store.view().points || !store.parts.includes(part)) continue;
        const size = item.size / store.view(from).size;
        points[part] = state === "absent"
          ? { x: null, y: null, state }
          : { ...onto(item.size, { x: x * size, y: y * size }), state };
      }
      const count = Object.keys(points).length;
      change(points, "copy");
      notify(count ? `${count} parts copied from ${from}.` : "Every part is labeled already.");
    },

    /** Mirror partners change places: their labels, or, where there are none, their estimates. */
    mirror() {
      const item = here();
      if (!item) return;
      const { parts, swap } = store.state.skeleton;
      const pairs = parts.map((part, i) => [part, parts[swap[i]]]).filter(([a, b]) => a !== b);
      const labels = pairs.some(([part]) => part in item.points);
      const points = {};
      for (const [part, partner] of pairs) {
        const other = labels ? item.points[partner] : item.estimates[partner];
        if (other) {
          const { x, y, state = "placed" } = other;
          points[part] = { x, y, state };
        } else if (part in item.points) points[part] = null;
      }
      if (!Object.keys(points).length) return void notify("No left or right part has a place yet.");
      change(points, "mirror");
    },

    /** Say that the frame is done as it is, or take that back. */
    done() {
      const item = here();
      if (item) store.edit(item.key, {}, "done", { done: !item.done });
    },

    /** Estimates become labels and the frame is done; true where that was sent. */
    accept() {
      const item = here();
      if (!item) return false;
      const left = Object.keys(item.estimates).some((part) => !(part in item.points));
      if (!left && !Object.keys(item.points).length) {
        notify("Nothing to accept: no part has a label or an estimate.");
        return false;
      }
      store.edit(item.key, {}, "accept", { accept: true, model: item.model });
      return true;
    },
  };
}

/** Whether something speaks against a frame, and what. */
export function doubtOf(summary, suspects) {
  if (summary.conflicts) return "two versions: choose one";
  if (suspects.has(summary.key)) return suspects.get(summary.key);
  if (summary.confidence !== null && summary.confidence < DOUBTFUL)
    return `an estimate of confidence ${summary.confidence.toFixed(2)}`;
  return null;
}
