// Keys: what each does, which are chosen by the person, and how an event is named.

import { remember, remembered } from "./dom.js";

/** action -> [what it does, keys]; "hold" ones last while the key is down. */
export const ACTIONS = {
  next: ["Next frame", [".", "PageDown"]],
  previous: ["Frame before", [",", "PageUp"]],
  unlabeled: ["Next frame that is not done", ["n"]],
  least: ["Frame of which the network is least sure", ["l"]],
  doubtful: ["Next doubtful frame", ["d"]],
  accept: ["Accept the frame and go on: estimates become labels", ["Enter", "f"]],
  done: ["Done, or not done after all; estimates stay estimates", ["x"]],
  "part-next": ["Next part", ["Tab"]],
  "part-previous": ["Part before", ["Shift+Tab"]],
  left: ["Move the part 1 px left", ["ArrowLeft"]],
  right: ["Move the part 1 px right", ["ArrowRight"]],
  up: ["Move the part 1 px up", ["ArrowUp"]],
  down: ["Move the part 1 px down", ["ArrowDown"]],
  occluded: ["Occluded: covered, but the place is known", ["o"]],
  absent: ["Absent: not there", ["a"]],
  unset: ["Not labeled after all", ["Delete", "Backspace"]],
  copy: ["Copy the pose of the frame before, where nothing is labeled", ["c"]],
  mirror: ["Swap left and right of the whole pose", ["m"]],
  undo: ["Undo, in whatever frame it was", ["Ctrl+z"]],
  redo: ["Redo", ["Ctrl+y", "Ctrl+Shift+z"]],
  "hide-hold": ["Hide the markers while it is held", ["h"]],
  "whole-hold": ["While held, a drag moves the whole skeleton (as Alt does)", ["g"]],
  "pan-hold": ["While held, a drag moves the picture (as the middle button does)", ["Space"]],
  "zoom-in": ["Zoom in", ["+", "="]],
  "zoom-out": ["Zoom out", ["-"]],
  "reset-view": ["Whole picture", ["r"]],
  "reset-tone": ["Plain brightness, contrast and gamma", ["b"]],
  sort: ["Least sure first, or the order of the samples", ["s"]],
  add: ["Label a frame of your choice", ["i"]],
  train: ["Train and propose", ["t"]],
  panel: ["Go to the next panel", ["F6"]],
  help: ["This list", ["?"]],
};

/** Not to be chosen: what they do is fixed. */
const FIXED = { Escape: "it cancels" };
const ARROW = /^(?:Ctrl\+|Shift\+)(Arrow\w+)$/;

/** The name of a key with what is held, such as "Ctrl+Shift+z"; null for a modifier alone. */
export function nameOf(event) {
  let { key } = event;
  if (["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead"].includes(key)) return null;
  if (key === " ") key = "Space";
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  if (letter) key = key.toLowerCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  const ctrl = event.ctrlKey || event.metaKey;
  return `${ctrl ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

const SHOWN = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del" };
export const shownKey = (name) =>
  name.replace(/[^+]+$/, (key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key));

export function openKeys() {
  const defaults = Object.fromEntries(Object.entries(ACTIONS).map(([k, [, keys]]) => [k, keys]));
  let chosen = remembered("keys", {});
  const keysOf = (action) => chosen[action] ?? defaults[action];

  return {
    keysOf,
    /** The action of an event, or null; digits choose parts. */
    actionOf(event) {
      const name = nameOf(event);
      if (name === null) return null;
      const actions = Object.keys(ACTIONS);
      const found = actions.find((action) => keysOf(action).includes(name));
      if (found) return found;
      const arrow = ARROW.exec(name); // with Shift and Ctrl the steps are others
      return (arrow && actions.find((action) => keysOf(action).includes(arrow[1]))) || null;
    },
    /** Who has a key already, in words, or null. */
    takenBy(name, action) {
      if (FIXED[name]) return FIXED[name];
      if (/^\d$/.test(name)) return "digits choose parts";
      const other = Object.keys(ACTIONS).find((a) => a !== action && keysOf(a).includes(name));
      return other ? ACTIONS[other][0] : null;
    },
    free: (name) => !FIXED[name] && !/^\d$/.test(name),
    /** Give an action one key alone; whoever had it loses it. */
    choose(action, name) {
      for (const other of Object.keys(ACTIONS))
        if (keysOf(other).includes(name))
          chosen[other] = keysOf(other).filter((key) => key !== name);
      chosen[action] = [name];
      remember("keys", chosen);
    },
    reset() {
      chosen = {};
      remember("keys", chosen);
    },
  };
}
