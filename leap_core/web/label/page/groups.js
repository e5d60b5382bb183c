// The colour of each part: that of its group, else of its leg.

// told apart by all eyes (Okabe and Ito), on dark and on light pictures
const COLORS = ["#56b4e9", "#e69f00", "#2fc79a", "#f0e442", "#ff8a5c", "#d98ac4", "#8fa8ff", "#b0d95c"];
const OTHER = "#c9ced6";

/** [{name, color, parts}] in the order of the skeleton; the name is "" where nothing is grouped. */
export function groupsOf({ parts, groups, legs }) {
  const sets = Object.entries(Object.keys(groups).length ? groups : legs);
  const left = new Set(parts);
  const found = [];
  sets.forEach(([name, members], k) => {
    const own = parts.filter((part) => members.includes(part) && left.delete(part));
    if (own.length) found.push({ name, color: COLORS[k % COLORS.length], parts: own });
  });
  const rest = parts.filter((part) => left.has(part));
  if (rest.length) found.push({ name: found.length ? "others" : "", color: found.length ? OTHER : COLORS[0], parts: rest });
  return found;
}
