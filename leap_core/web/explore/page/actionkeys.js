// What keys and the mouse do.

/** action -> [what it does, keys] */
const BOTH = {
  next: ["Next region", ["n", "PageDown"]],
  previous: ["Region before", ["Shift+n", "PageUp"]],
  colour: ["Color by the next of region, recording, group, density", ["c"]],
  far: ["Far frames on, off", ["f"]],
  outlines: ["Outlines on, off", ["o"]],
  names: ["Labels: numbers and names on, off", ["l"]],
  clips: ["Play, pause the clips", ["Space"]],
  "zoom-in": ["Zoom in: the map, or the time where that has the focus", ["+", "="]],
  "zoom-out": ["Zoom out", ["-"]],
  "reset-view": ["Whole map, or the whole time", ["r"]],
  right: ["Shift the map", ["ArrowRight"]],
  left: ["Shift the map", ["ArrowLeft"]],
  up: ["Shift the map", ["ArrowUp"]],
  down: ["Shift the map", ["ArrowDown"]],
  panel: ["Go to the next panel", ["F6"]],
  help: ["This list", ["?"]],
};

const LIVE = {
  rename: ["Name the region", ["e"]],
  merge: ["Merge the region into another one", ["m"]],
  split: ["Split the region by a line", ["s"]],
  undo: ["Take the last edit back", ["Ctrl+z"]],
};

export const actionsOf = (live) => (live ? { ...BOTH, ...LIVE } : BOTH);

const HANDS = [
  ["click", "a region, or a strip: keep the facts of the region there; outside: let it go"],
  ["drag", "the map: shift it; a strip: brush a stretch of time, whose path is drawn on the map"],
  ["wheel", "zoom about the cursor, on the map and on the time"],
  ["double click", "the whole map"],
  ["↑ ↓ Enter", "in the list of regions: go through it, keep one"],
  ["← →", "in the ethogram: move the brushed stretch; Ctrl: in small steps"],
  ["Shift+← →", "in the ethogram: shorten and lengthen it"],
  ["↑ ↓", "in the ethogram: the same stretch of another recording"],
  ["Esc", "brush nothing; then let the region go"],
];
const CUTS = [
  ["drag", "while a split is prepared: draw its line"],
  ["← → ↑ ↓", "while a split is prepared: move the line; Shift: turn it"],
  ["F, Enter", "while a split is prepared: the other side; do it"],
];

export const handsOf = (live) => (live ? [...HANDS, ...CUTS] : HANDS);
