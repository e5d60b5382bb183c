// What the page knows and what is chosen on it.
//
// Signals: "contents" (regions are others), "filter" (other frames are shown), "look" (colours,
// outlines, names), "hovered", "pinned" (region), "brush" (stretch), "cursor" (frame).

import { remember, remembered, signals } from "/shared/dom.js";
import { chosen, extent, regionsOf } from "./frames.js";

const ARRAYS = ["points", "far", "labels", "density", "spectra", "speeds"];
const CHANGED = ["labels", "spectra", "speeds"]; // by edits of regions
export const MODES = ["region", "recording", "group", "density"];

const load = async (source, names) =>
  Object.fromEntries(await Promise.all(names.map(async (name) => [name, await source.array(name)])));

/** Head and arrays of one state: somebody may edit between two answers of a server. */
async function agreeing(source) {
  for (let head = await source.head(); ; ) {
    const arrays = await load(source, ARRAYS);
    const after = source.live ? await source.head() : head;
    if (JSON.stringify(after.edits) === JSON.stringify(head.edits)) return { head, arrays };
    head = after;
  }
}

export async function openStore(source) {
  const { on, emit } = signals();
  const { head, arrays } = await agreeing(source);
  let regionOf = null;
  let drawn = null; // the frames that are shown, once they are asked for
  const groups = [...new Set(head.recordings.map(({ group }) => group))].filter(Boolean);
  const timed = head.recordings.every(({ fps }) => fps);

  const store = {
    on,
    emit,
    source,
    live: source.live,
    head,
    map: head.map,
    timed,
    groups,
    recordings: head.recordings.map((one, index) => ({
      ...one, index,
      groupIndex: Math.max(groups.indexOf(one.group), 0),
      // on the time axis: its begin, and a step of its frames
      begin: timed ? one.first / one.fps : one.first,
      each: timed ? one.step / one.fps : one.step,
    })),
    ...arrays,
    shown: new Set(head.recordings.keys()),
    hideFar: false,
    outlined: remembered("explore.outlines", true),
    named: remembered("explore.names", true),
    mode: "region",
    hovered: 0,
    pinned: 0,
    brush: null, // {recording, first, last}: frames of it
    cursor: -1,
    get regions() {
      return store.head.regions;
    },
    region: (number) => store.regions.find((one) => one.number === number),
    colourOf: (number) => store.head.colours[number] ?? "#7f7f7f",
    get regionOf() {
      regionOf ??= regionsOf(store);
      return regionOf;
    },
    get drawn() {
      drawn ??= chosen(store);
      return drawn;
    },
    extent: () => extent(store),

    // ----- choices

    hover(number) {
      if (number === store.hovered) return;
      store.hovered = number;
      emit("hovered");
    },
    pin(number) {
      store.pinned = number === store.pinned ? 0 : number;
      emit("pinned");
    },
    show(shown) {
      store.shown = shown;
      if (store.brush && !shown.has(store.brush.recording)) store.clear();
      if (store.cursor >= 0 && !shown.has(store.recordingOf(store.cursor).index)) store.point(-1);
      drawn = null;
      emit("filter");
    },
    choose(changes) {
      const others = ["mode", "hideFar"].some((name) => name in changes && changes[name] !== store[name]);
      Object.assign(store, changes);
      if (others) drawn = null;
      remember("explore.outlines", store.outlined);
      remember("explore.names", store.named);
      emit(others ? "filter" : "look");
    },
    /** Brush a stretch; its frames are kept within the recording. */
    paint(recording, first, last) {
      const { frames } = store.recordings[recording];
      if (!frames) return;
      const within = (frame) => Math.min(Math.max(Math.round(frame), 0), frames - 1);
      store.brush = { recording, first: within(Math.min(first, last)), last: within(Math.max(first, last)) };
      emit("brush");
    },
    clear() {
      store.brush = null;
      emit("brush");
    },
    point(frame) {
      if (frame === store.cursor) return;
      store.cursor = frame;
      emit("cursor");
    },

    // ----- words

    recordingOf: (frame) => store.recordings.findLast(({ offset }) => offset <= frame),
    nameOf(number) {
      if (number < 0) return "no place on the map";
      if (number === 0) return "between regions";
      const { name } = store.region(number) ?? {};
      return name ? `region ${number} (${name})` : `region ${number}`;
    },
    /** A time of the axis. */
    clock(time, digits = 2, long = time >= 60) {
      if (!timed) return `frame ${Math.round(time).toLocaleString("en")}`;
      if (!long) return `${time.toFixed(digits)} s`;
      const minutes = Math.floor(time / 60);
      const seconds = (time - 60 * minutes).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
      if (minutes < 60) return `${minutes}:${seconds}`;
      return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
    },
    /** A frame in words: where it stands, and when. */
    said(frame) {
      const recording = store.recordingOf(frame);
      const own = frame - recording.offset;
      const number = recording.first + own * recording.step;
      const when = timed ? ` · ${store.clock(recording.begin + own * recording.each)}` : "";
      return `${recording.name} · frame ${number.toLocaleString("en")}${when}`;
    },

    // ----- other regions

    /** Regions as the server has them now. */
    async take(found) {
      // points may be others, too
      if (found.map.key !== store.map.key || found.edits.made !== store.head.edits.made) return location.reload();
      const kept = store.region(store.pinned)?.id;
      const fresh = await load(source, CHANGED);
      Object.assign(store, fresh, { head: found });
      regionOf = drawn = null;
      store.hovered = 0;
      store.pinned = store.regions.find(({ id }) => id === kept)?.number ?? 0;
      emit("contents");
    },
  };
  return store;
}
