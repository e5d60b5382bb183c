// Which of two mirror partners is the left one, by where their names first differ.

/** part -> "left", "right" or "middle" (no partner, or the names do not tell). */
export function sidesOf({ parts, swap }) {
  const sides = {};
  parts.forEach((part, i) => {
    const partner = parts[swap[i]];
    sides[part] = "middle";
    if (partner === part) return;
    let at = 0;
    while (part[at] === partner[at]) at += 1;
    const pair = `${part[at] ?? ""}${partner[at] ?? ""}`.toLowerCase();
    if (pair === "lr") sides[part] = "left";
    if (pair === "rl") sides[part] = "right";
  });
  return sides;
}
