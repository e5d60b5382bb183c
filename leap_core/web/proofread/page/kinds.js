// Kinds of doubtful moments, and the actions of corrections: signs and words.

/** kind -> [sign in index.html, words, the action of actionkeys.js that usually helps] */
const KINDS = {
  jump: ["k-jump", "Jump", "swap"],
  turn: ["k-turn", "Turns round", "flip"],
  size: ["k-size", "Odd size", "drop"],
  part: ["k-size", "Part of a body", "drop"],
  tremble: ["k-size", "Trembles", "drop"],
  posture: ["k-size", "Odd shape", null],
  lost: ["k-lost", "Lost", "bridge"],
  birth: ["k-lost", "Found late", "drop"],
  death: ["k-lost", "Lost for good", "drop"],
  head: ["k-head", "Head unsure", "flip"],
  backwards: ["k-backwards", "Backwards", "flip"],
  edge: ["k-edge", "Border", "drop"],
  names: ["k-names", "Names unsure", "swap"],
  close: ["k-close", "Close", "swap"],
  still: ["k-still", "Never moves", null],
  crop: ["k-crop", "Crop too small", null],
  floor: ["k-floor", "Is the floor", null],
  elsewhere: ["k-other", "Seen elsewhere", null],
  crowded: ["k-other", "Too many animals", null],
};
const OTHER = ["k-other", "", null];

export const signOf = (kind) => (KINDS[kind] ?? OTHER)[0];
export const wordsOf = (kind) => (KINDS[kind]?.[1] ?? kind);
export const helpOf = (kind) => (KINDS[kind] ?? OTHER)[2];

/** Kinds in which two animals meet. */
export const isCrossing = (moment) => moment.kind === "close" || moment.kind === "names";

/** action of the corrections -> [sign, word] */
const ACTIONS = {
  swap: ["a-swap", "Swap"],
  flip: ["a-flip", "Flip"],
  drop: ["a-drop", "Invalid"],
  bridge: ["a-bridge", "Interpolate"],
  place: ["a-place", "Place"],
  join: ["a-join", "Join"],
};

export const signOfAction = (action) => (ACTIONS[action] ?? OTHER)[0];
export const wordOfAction = (action) => ACTIONS[action]?.[1] ?? action;

/** Whom a line or a moment is about: "0", "0 ⇄ 1", "0 ← 1". */
export function animalsOf({ action, animal, other }) {
  if (other === null || other === undefined) return String(animal);
  return `${animal} ${{ swap: "⇄", join: "←" }[action] ?? "·"} ${other}`;
}

/** Frames in words: "120", "120–133", "120–end", "all frames". */
export function rangeOf({ first, last }, frames) {
  if (first === last) return String(first);
  if (last < frames - 1) return `${first}–${last}`;
  return first === 0 ? "all frames" : `${first}–end`;
}
