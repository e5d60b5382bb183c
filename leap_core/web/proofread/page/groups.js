// Moments that belong together: an exchange of two animals makes both jump, and turn round.

import { animalsOf, helpOf, wordsOf } from "./kinds.js";

const FIRST = ["jump", "turn"]; // what is told first

/** The animals that jump. */
const leaping = (moments) =>
  [...new Set(moments.filter(({ kind }) => kind === "jump").map(({ animal }) => animal))].sort((a, b) => a - b);

/**
 * Moments that begin in one frame are one event: one of them, with the others in `also`, and with
 * whom it may have been exchanged in `partner`.
 */
export function groups(moments) {
  const rank = ({ kind }) => (FIRST.indexOf(kind) + 1 || FIRST.length + 1);
  const at = new Map();
  for (const moment of moments) {
    if (!at.has(moment.first)) at.set(moment.first, []);
    at.get(moment.first).push(moment);
  }
  return [...at.values()].map((all) => {
    const [first, ...also] = all.toSorted((a, b) => rank(a) - rank(b) || a.animal - b.animal);
    const severity = Math.max(...all.map((one) => one.severity));
    const jumping = leaping(all);
    const partner = jumping.length === 2 && first.kind === "jump" ? jumping[1] : null;
    return { ...first, severity, also, partner };
  });
}

export const all = (event) => [event, ...(event.also ?? [])];

/** The action that usually helps: two animals that jump at once have been exchanged. */
export function helps(event) {
  if (event.whole) return null;
  return event.kind === "jump" && leaping(all(event)).length === 1 ? "bridge" : helpOf(event.kind);
}

/** Whom an event is about: its own animals, then those of others that begin with it. */
export function whom(event) {
  const rest = (event.also ?? []).map(({ animal }) => animal).filter((k) => k !== event.animal && k !== event.other);
  return [animalsOf(event), ...new Set(rest)].join(", ");
}

/** What else begins with an event, in words. */
export function besides(event) {
  const kinds = [...new Set((event.also ?? []).map(({ kind }) => kind))].filter((kind) => kind !== event.kind);
  return kinds.map((kind) => wordsOf(kind).toLowerCase()).join(", ");
}
