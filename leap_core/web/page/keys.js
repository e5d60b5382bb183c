// Keys: which are chosen by the person, and how an event is named.

import { remember, remembered } from "./dom.js";

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

/**
 * @param actions  action -> [what it does, keys]; names that end in "-hold" last while it is down
 * @param digits   what digits do, in words: they cannot be chosen
 * @param name     under which the browser remembers what was chosen
 */
export function openKeys(actions, { digits, name: kept }) {
  const defaults = Object.fromEntries(Object.entries(actions).map(([k, [, keys]]) => [k, keys]));
  let chosen = remembered(kept, {});
  const keysOf = (action) => chosen[action] ?? defaults[action];

  return {
    actions,
    keysOf,
    /** The action of an event, or null; digits are none. */
    actionOf(event) {
      const name = nameOf(event);
      if (name === null) return null;
      const all = Object.keys(actions);
      const found = all.find((action) => keysOf(action).includes(name));
      if (found) return found;
      const arrow = ARROW.exec(name); // with Shift and Ctrl the steps are others
      return (arrow && all.find((action) => keysOf(action).includes(arrow[1]))) || null;
    },
    /** Who has a key already, in words, or null. */
    takenBy(name, action) {
      if (FIXED[name]) return FIXED[name];
      if (/^\d$/.test(name)) return digits;
      const other = Object.keys(actions).find((a) => a !== action && keysOf(a).includes(name));
      return other ? actions[other][0] : null;
    },
    free: (name) => !FIXED[name] && !/^\d$/.test(name),
    /** Give an action one key alone; whoever had it loses it. */
    choose(action, name) {
      for (const other of Object.keys(actions))
        if (keysOf(other).includes(name))
          chosen[other] = keysOf(other).filter((key) => key !== name);
      chosen[action] = [name];
      remember(kept, chosen);
    },
    reset() {
      chosen = {};
      remember(kept, chosen);
    },
  };
}
