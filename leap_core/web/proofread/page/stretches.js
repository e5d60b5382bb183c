// Stretches of a track between two places where something breaks off: what a correction is
// likely meant for.  All take `at(frame, animal)` of the track.

const FAR = 3000; // frames to either side that are looked at
const ROUND = (100 * Math.PI) / 180; // no animal turns so far in a frame
const FURTHER = "breaks off"; // somehow: a moment of the list
const LEAP = 0.5; // body lengths in a frame that are a jump

const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const angle = (a, b) => Math.abs(Math.atan2(Math.sin(a.heading - b.heading), Math.cos(a.heading - b.heading)));

/** Whether an animal's track breaks off between two frames beside one another: a word, or null. */
export function breakOf(a, b, length) {
  if (a.valid !== b.valid) return b.valid ? "is found" : "is lost";
  if (!a.valid) return null;
  if (apart(a, b) > LEAP * length) return "jumps";
  return angle(a, b) > ROUND ? "turns round" : null;
}

/**
 * The frames around one in which nothing breaks off.
 *
 * @param broken  (frame) -> whether it breaks off between frame - 1 and frame: a word, or null
 * @param beyond  frames that are known to break off so, also where nothing was looked at
 * @returns       {first, last, why, begins}; why: what ends it, null where it is the video's end;
 *                begins: what begins it, null likewise
 */
export function stretchOf(frame, frames, broken, beyond = []) {
  let first = frame;
  let last = frame;
  let begins = null;
  while (first > 0 && frame - first < FAR) {
    begins = broken(first);
    if (begins) break;
    first -= 1;
  }
  if (first > 0 && !begins) {
    const known = beyond.filter((at) => at <= first);
    begins = known.length ? FURTHER : null;
    first = Math.max(0, ...known);
  }
  let why = null;
  while (last + 1 < frames) {
    why = broken(last + 1);
    if (why) break;
    if (last - frame >= FAR) {
      const known = beyond.filter((at) => at > last);
      why = known.length ? FURTHER : null;
      last = Math.min(frames, ...known) - 1;
      break;
    }
    last += 1;
  }
  return { first, last, why, begins };
}

/** Whether two animals exchange their places between a frame and the one before. */
export function exchanged(at, frame, one, two, length) {
  const [a, b, c, d] = [at(frame - 1, one), at(frame - 1, two), at(frame, one), at(frame, two)];
  if (!a.valid || !b.valid || !c.valid || !d.valid) return null;
  const kept = apart(a, c) + apart(b, d);
  const crossed = apart(a, d) + apart(b, c);
  return kept > LEAP * length && crossed < 0.5 * kept ? "they change places" : null;
}

/** Frames in which all of some animals break off, by the doubtful moments of the whole video. */
export function breaksOf(moments, animals) {
  const [own, ...others] = animals.map((animal) => moments.filter((one) =>
    !one.whole && one.animal === animal && ["jump", "turn", "lost"].includes(one.kind))
    .flatMap(({ kind, first, last }) => [first, kind === "lost" ? last + 1 : last]));
  return own.filter((at) => others.every((frames) => frames.includes(at)));
}

export { FAR };
