// What a person prepares and does: one correction, for this frame, until another, or to the end.
//
// A key prepares it with the frames that are likely meant; the same key again offers others; moving
// chooses the other end; Enter does it.  `store.armed` is
// {action, animal, other, first, last, ways, way, at, x, y, heading, drawn}.

import { FAR, breakOf, breaksOf, exchanged, stretchOf } from "./stretches.js";

const TO_END = "to the end";
const NEEDS_OTHER = ["swap", "join"];
const rounded = (value) => Math.round(value * 100) / 100;

export function openOperations(store, { notify, ready, reason }) {
  store.armed = null;
  const at = (frame, animal) => store.track.at(frame, animal);
  const length = () => store.track.size?.length ?? 50;
  const end = () => store.video.frames - 1;
  const body = (animal) => (frame) => breakOf(at(frame - 1, animal), at(frame, animal), length());

  /** The other animal that is meant: that of the moment, where it is near, else the nearest one. */
  function otherOf(animal, seen = false) {
    const { chosen, frame, video } = store;
    const others = [...Array(video.animals).keys()].filter((one) => one !== animal);
    const near = chosen && frame >= chosen.first - video.fps && frame <= chosen.last + video.fps;
    const pair = near ? [chosen.animal, chosen.other ?? chosen.partner ?? null] : [];
    const meant = pair[1] !== null && pair.includes(animal) ? pair.find((one) => one !== animal) : undefined;
    if (meant !== undefined) return meant;
    const own = at(frame, animal);
    const far = (one) => {
      const there = at(frame, one);
      if (!there.valid) return seen ? Infinity : 1e9;
      return own.valid ? Math.hypot(own.x - there.x, own.y - there.y) : 0;
    };
    return others.sort((a, b) => far(a) - far(b))[0] ?? null;
  }

  /** The frames that a correction is likely meant for: [{first, last, words}], the likeliest first. */
  function waysOf(action, animal, other) {
    const { frame, chosen, video } = store;
    const stretch = (broken, ...who) =>
      stretchOf(frame, video.frames, broken, breaksOf(store.moments, who));
    const words = ({ last, why }, who = animal) =>
      why ? `until ${who === null ? why : `${who} ${why}`} at ${last + 1}` : TO_END;
    const ways = [];
    const inside = chosen && chosen.animal === animal && chosen.first <= frame && frame <= chosen.last;
    if (action === "swap") {
      const found = stretch((k) => exchanged(at, k, animal, other, length()), animal, other);
      if (found.begins) ways.push({ ...found, words: words(found, null) });
      ways.push({ first: frame, last: found.last, words: `from here ${words(found, null)}` });
    } else if (action === "join") {
      const found = stretch(body(other), other);
      ways.push({ ...found, words: `the fragment of ${other}` });
    } else if (action === "fragment") {
      ways.push({ ...stretch(body(animal), animal), words: "the fragment" });
    } else if (action === "place") {
      ways.push({ first: frame, last: frame, words: "this frame" });
      if (!at(frame, animal).valid) ways.push({ ...stretch(body(animal), animal), words: "while it is lost" });
    } else {
      const found = stretch(body(animal), animal);
      const short = found.last - found.first < 2 * video.fps;
      const likely = { ...found, words: words(found) };
      if (action === "flip" || short) ways.push(likely);
      if (inside) ways.push({ first: chosen.first, last: chosen.last, words: "the moment" });
    }
    if (action !== "bridge") {
      ways.push({ first: frame, last: frame, words: "this frame" });
      if (action !== "place" && action !== "fragment" && action !== "join")
        ways.push({ first: frame, last: end(), words: TO_END });
    } else {
      ways.push({ first: frame, last: frame, words: "this frame" });
    }
    return ways.filter(
      (way, k) => ways.findIndex((one) => one.first === way.first && one.last === way.last) === k);
  }

  /** Why something cannot be done, or null. */
  function against({ action, animal, other, first, last, x }) {
    if (NEEDS_OTHER.includes(action) && other === null) return "There is one animal only.";
    if (action === "bridge") {
      if (first === 0 || last === end()) return "Nothing to interpolate from at the video's end.";
      if (!at(first - 1, animal).valid || !at(last + 1, animal).valid)
        return `Animal ${animal} must be seen in frames ${first - 1} and ${last + 1}.`;
    }
    if (action === "place" && (x === null || x === undefined))
      return "Draw a line from the animal's middle to its nose.";
    return null;
  }

  function set(armed) {
    store.armed = armed;
    store.emit("armed");
  }

  /** The line that a prepared correction is. */
  const lineOf = ({ action, animal, other, first, last, x, y, heading }) => ({
    action: action === "fragment" ? "drop" : action, first, last,
    animal: action === "swap" ? Math.min(animal, other) : animal,
    other: action === "swap" ? Math.max(animal, other) : other,
    x: x ?? null, y: y ?? null,
    heading_deg: heading === null || heading === undefined ? null : rounded(degrees(heading)),
  });

  const degrees = (angle) => ((angle * 180) / Math.PI % 360 + 360) % 360;

  async function arm(action, more = {}) {
    const { armed, frame, animal } = store;
    const again = armed?.action === action && armed.at === frame && armed.animal === animal && !more.drawn;
    if (again) {
      const way = (armed.way + 1) % armed.ways.length;
      return set({ ...armed, ...armed.ways[way], way });
    }
    await store.track.need(frame - FAR, frame + FAR).catch(() => {});
    if (frame !== store.frame || animal !== store.animal) return;
    const other = NEEDS_OTHER.includes(action) ? otherOf(animal, action === "join") : null;
    if (NEEDS_OTHER.includes(action) && other === null) return notify("There is one animal only.");
    if (action === "join" && !at(frame, other).valid)
      return notify(`Animal ${other} is not here either; go to a frame where the fragment is.`);
    const own = at(frame, animal);
    if ((action === "flip" || action === "fragment") && !own.valid)
      return notify(`Animal ${animal} is lost in this frame.`);
    const ways = waysOf(action, animal, other);
    const place = action === "place"
      ? { x: own.x, y: own.y, heading: own.heading } : { x: null, y: null, heading: null };
    set({ action, animal, other, at: frame, ways, way: 0, ...place, ...ways[0], ...more });
  }

  function act(armed) {
    const no = against(armed);
    if (no) return notify(no), false;
    if (!ready()) return notify("The frame is still loading: look at it first."), false;
    const line = lineOf(armed);
    store.write({ ...line, last: line.last >= end() ? null : line.last, reason: reason.take() });
    set(null);
    return true;
  }

  return {
    arm,
    /** Do at once, from here to the end. */
    async toEnd(action) {
      const { frame, animal } = store;
      const other = NEEDS_OTHER.includes(action) ? otherOf(animal) : null;
      act({ action, animal, other, first: frame, last: end() });
    },
    /** Do what is prepared; false where nothing is. */
    act: () => (store.armed ? (act(store.armed), true) : false),
    cancel() {
      if (!store.armed) return false;
      set(null);
      return true;
    },
    /** The cursor has moved: it is the other end of what is prepared. */
    moved() {
      const { armed, frame } = store;
      if (!armed || frame === armed.to) return;
      const from = armed.from ?? armed.at;
      if (frame === armed.at && armed.to === undefined) return;
      const [first, last] = [Math.min(from, frame), Math.max(from, frame)];
      set({ ...armed, first, last, to: frame, words: frame === from ? "this frame" : "until here" });
    },
    /** Choose whom it is exchanged with, or joined from. */
    other(animal) {
      const { armed } = store;
      if (!armed || armed.other === null || animal === armed.animal) return false;
      const ways = waysOf(armed.action, armed.animal, animal);
      set({ ...armed, other: animal, ways, way: 0, ...ways[0] });
      return true;
    },
    /** A drag on the picture: the animal is here. */
    drawn(x, y, heading) {
      const { armed, frame, animal } = store;
      const place = { x: rounded(x), y: rounded(y), heading, drawn: true };
      if (armed?.action === "place" && armed.animal === animal) return set({ ...armed, ...place });
      set({
        action: "place", animal, other: null, at: frame, way: 0, ...place,
        ways: waysOf("place", animal, null), ...waysOf("place", animal, null)[0],
      });
    },
    /** What is prepared, as a line over the track. */
    get prepared() {
      const { armed } = store;
      return armed && !against(armed) ? [lineOf(armed)] : [];
    },
    against,
  };
}
