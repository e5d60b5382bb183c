// The frame that is shown: steps, playing, loops, and which pictures are fetched ahead.

import { openPictures } from "./pictures.js";

const SPEEDS = [1, 0.5, 0.25];
const AHEAD = 24; // pictures, while it plays
const BESIDE = 3; // pictures to either side, while it does not

/** @param shown  called when the picture of a frame that is on the screen has come */
export function openPlayer(store, { shown, beside }) {
  let pictures = null;
  let playing = false;
  let loop = null; // [first, last]
  let back = 0; // the frame from which it began
  let speed = SPEEDS[0];
  let last = 0; // ms of the last tick
  let owed = 0; // frames that should have been shown
  let rate = null; // frames/s that are really shown

  function fetchAhead() {
    const { frame, video } = store;
    const list = [frame, ...beside()];
    if (playing) {
      for (let k = 1; k <= AHEAD; k += 1) {
        const to = frame + k;
        if (loop && to > loop[1]) list.push(loop[0] + ((to - loop[1] - 1) % (loop[1] - loop[0] + 1)));
        else list.push(to);
      }
    } else {
      for (let k = 1; k <= BESIDE; k += 1) list.push(frame + k, frame - k);
      list.push(...store.upcoming());
    }
    pictures.want([...new Set(list)]);
    const around = Math.ceil(video.fps) + 2;
    store.track.need(frame - around, frame + around).catch(() => {});
  }

  function following(step) {
    const to = store.frame + step;
    if (loop) return to > loop[1] ? loop[0] : to;
    return to;
  }

  function tick(now) {
    if (!playing) return;
    requestAnimationFrame(tick);
    owed = Math.min(owed + ((now - last) / 1000) * store.video.fps * speed, 8);
    last = now;
    let step = Math.floor(owed);
    if (step < 1) return;
    // never past what has been loaded: nothing is skipped because a line is slow
    while (step > 1 && !pictures.has(following(step))) step -= 1;
    const to = following(step);
    if (!pictures.has(to)) {
      player.stalled = true;
      store.emit("playing");
      return;
    }
    if (player.stalled) {
      player.stalled = false;
      owed = step;
    }
    owed -= step;
    rate?.push(now);
    if (to >= store.video.frames) return player.stop();
    store.go(to);
    if (to === store.video.frames - 1 && !loop) player.stop();
  }

  const player = {
    stalled: false,
    get playing() {
      return playing;
    },
    get loop() {
      return loop;
    },
    get speed() {
      return speed;
    },
    picture: (frame) => pictures?.of(frame),
    open() {
      pictures?.close();
      player.leave();
      pictures = openPictures(store.video, (frame) => shown(frame));
    },
    /** The cursor has moved. */
    moved: fetchAhead,
    /** Whether the frame of the cursor and its animals can be seen, or it is known that it cannot. */
    ready: () => Boolean(pictures?.has(store.frame) && store.track?.has(store.frame)),
    start() {
      if (playing || !store.video) return;
      if (!loop && store.frame >= store.video.frames - 1) store.go(0);
      playing = true;
      owed = 0;
      rate = [];
      last = performance.now();
      fetchAhead();
      store.emit("playing");
      requestAnimationFrame(tick);
    },
    /** End playing and the loop; the loop ends where it was begun. */
    stop() {
      if (!playing && !loop) return false;
      const looped = loop !== null;
      player.leave();
      if (looped) store.go(back);
      return true;
    },
    /** End both, here. */
    leave() {
      playing = false;
      loop = null;
      player.stalled = false;
      store.emit("playing");
    },
    pause() {
      playing = false;
      player.stalled = false;
      store.emit("playing");
    },
    toggle: () => (playing ? player.pause() : player.start()),
    around(first, end) {
      if (loop) return player.stop();
      back = store.frame;
      loop = [Math.max(first, 0), Math.min(end, store.video.frames - 1)];
      store.go(loop[0]);
      player.start();
    },
    faster() {
      speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
      store.emit("playing");
    },
    /** Frames/s of the last second, while it plays. */
    get rate() {
      if (!playing || !rate) return null;
      const now = performance.now();
      rate = rate.filter((at) => now - at < 1000);
      return rate.length;
    },
  };
  return player;
}
