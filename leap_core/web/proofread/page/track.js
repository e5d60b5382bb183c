// Where the animals are: the server's track in blocks, and over it the lines that wait.
//
// A line is {action, first, last, animal, other, x, y, heading_deg}; `last` is a frame.

import { get } from "/shared/api.js";

const BLOCK = 1000; // frames a call
const MOST = 60; // blocks that are kept
const AGAIN = 2000; // ms
export const NOWHERE = { x: null, y: null, heading: null, valid: false, area: null, quality: null };

const between = (a, b, share) => a + (b - a) * share;

/** An angle between two, the shorter way. */
function turned(a, b, share) {
  const way = Math.atan2(Math.sin(b - a), Math.cos(b - a));
  return a + way * share;
}

/**
 * Where an animal is after the first `count` of some lines.
 *
 * @param base  (frame, animal) -> where it is before them
 */
export function corrected(base, lines, frame, animal, count = lines.length) {
  for (let k = count - 1; k >= 0; k -= 1) {
    const line = lines[k];
    if (frame < line.first || frame > line.last) continue;
    const before = (at) => corrected(base, lines, at, animal, k);
    if (line.action === "swap") {
      if (animal === line.animal) animal = line.other;
      else if (animal === line.other) animal = line.animal;
    } else if (line.action === "join" && animal === line.other) {
      return NOWHERE;
    } else if (animal !== line.animal) {
      continue;
    } else if (line.action === "join") {
      const taken = corrected(base, lines, frame, line.other, k);
      if (taken.valid) return taken;
    } else if (line.action === "drop") {
      return NOWHERE;
    } else if (line.action === "place") {
      const heading = (line.heading_deg * Math.PI) / 180;
      return { ...NOWHERE, x: line.x, y: line.y, heading, valid: true, quality: 1 };
    } else if (line.action === "flip") {
      const was = before(frame);
      return was.valid ? { ...was, heading: was.heading + Math.PI, quality: 1 } : was;
    } else if (line.action === "bridge") {
      const [a, b] = [before(line.first - 1), before(line.last + 1)];
      if (!a.valid || !b.valid) return NOWHERE;
      const share = (frame - line.first + 1) / (line.last - line.first + 2);
      const heading = turned(a.heading, b.heading, share);
      const quality = Math.min(a.quality, b.quality);
      const [x, y] = [between(a.x, b.x, share), between(a.y, b.y, share)];
      return { ...NOWHERE, x, y, heading, valid: true, quality };
    }
  }
  return base(frame, animal);
}

/**
 * @param video    {id, frames, animals}
 * @param waiting  () -> lines that the server has not acknowledged
 * @param changed  called when frames have arrived
 */
export function openTrack(video, { waiting, changed }) {
  const blocks = new Map(); // number -> {animals, lines: acknowledged, but not in it yet, stale}
  const loading = new Map();
  let turn = 0; // of what the server has; answers of an older one are asked for again
  let closed = false;
  let size = null; // {length, width} of a body

  function load(number) {
    const known = blocks.get(number);
    if (known && !known.stale) return Promise.resolve(known);
    if (!loading.has(number)) loading.set(number, ask(number).finally(() => loading.delete(number)));
    return loading.get(number);
  }

  async function ask(number) {
    const first = number * BLOCK;
    const last = Math.min(first + BLOCK, video.frames) - 1;
    for (;;) {
      const asked = turn;
      const path = `/api/videos/${encodeURIComponent(video.id)}/track?first=${first}&last=${last}`;
      let found;
      try {
        found = await get(path);
      } catch (error) {
        if (closed || error.status === 401 || error.status === 404) throw error;
        await new Promise((done) => setTimeout(done, AGAIN));
        continue;
      }
      if (asked !== turn && !closed) continue;
      size = { length: found.body_length || 40, width: found.body_width || 16 }; // px
      const block = { animals: found.animals, lines: [], stale: false };
      blocks.delete(number);
      blocks.set(number, block);
      while (blocks.size > MOST) blocks.delete(blocks.keys().next().value);
      changed();
      return block;
    }
  }

  function base(frame, animal) {
    const block = blocks.get(Math.floor(frame / BLOCK));
    const at = frame % BLOCK;
    if (!block || frame < 0 || frame >= video.frames) return NOWHERE;
    const own = block.animals[animal];
    if (!own?.valid[at] || own.x[at] === null || own.heading[at] === null) return NOWHERE;
    return {
      x: own.x[at], y: own.y[at], heading: own.heading[at], valid: true, area: own.area?.[at] ?? null,
      quality: own.quality?.[at] ?? null,
    };
  }

  const track = {
    get size() {
      return size;
    },
    has: (frame) => blocks.has(Math.floor(frame / BLOCK)),
    /** Whether it is known as the server has it. */
    fresh: (frame) => blocks.get(Math.floor(frame / BLOCK))?.stale === false,
    /** Have some frames at hand. */
    need(first, last) {
      const from = Math.floor(Math.max(first, 0) / BLOCK);
      const to = Math.floor(Math.min(last, video.frames - 1) / BLOCK);
      const all = [];
      for (let number = from; number <= to; number += 1) all.push(load(number));
      return Promise.all(all);
    },
    /** Where an animal is, with all that waits, and with lines that are only prepared. */
    at(frame, animal, prepared = []) {
      const own = blocks.get(Math.floor(frame / BLOCK));
      const lines = [...(own?.lines ?? []), ...waiting(), ...prepared];
      return lines.length ? corrected(base, lines, frame, animal) : base(frame, animal);
    },
    /** The server has taken a line: it counts until the frames have come again. */
    taken(line, [first, last]) {
      for (const [number, block] of blocks)
        if (number * BLOCK <= last && (number + 1) * BLOCK > first) block.lines.push(line);
      track.forget(first, last);
    },
    /** Frames have changed on the server. */
    forget(first = 0, last = Infinity) {
      turn += 1;
      for (const [number, block] of blocks)
        if (number * BLOCK <= last && (number + 1) * BLOCK > first) block.stale = true;
      changed();
    },
    close() {
      closed = true;
    },
  };
  return track;
}
