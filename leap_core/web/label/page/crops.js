// Crops, [center x, center y, heading, side]: pictures are named by them, and edits rest on them.

export const sameCrop = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A function from px of one crop to px of another: {x, y} -> {x, y}; null stays null. */
export function between(from, to) {
  const turn = from[2] - to[2];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const [ahead, aside] = [Math.cos(to[2]), Math.sin(to[2])];
  const [dx, dy] = [from[0] - to[0], from[1] - to[1]]; // px of the video
  const middle = (to[3] - 1) / 2;
  return ({ x, y }) => {
    if (x === null) return { x, y };
    const [u, v] = [x - (from[3] - 1) / 2, y - (from[3] - 1) / 2];
    return {
      x: cos * u - sin * v + ahead * dx + aside * dy + middle,
      y: sin * u + cos * v - aside * dx + ahead * dy + middle,
    };
  };
}
