// The time axis of all strips: from where, how much is in sight.

const STEPS = [1, 2, 5];
const SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000];
const NEAREST = 20; // frames across, at the largest zoom
const HIGH = 18; // css px

/** Time of a recording's frame, and the frame at a time. */
export const timeOf = ({ begin, each }, frame) => begin + frame * each;
export const frameOf = ({ begin, each }, at) => Math.floor((at - begin) / each);

/** @param names  css px before the axis begins */
export function openAxis(store, ruler, names, changed) {
  const pen = ruler.getContext("2d");
  const all = store.recordings;
  const begin = Math.min(0, ...all.map((one) => one.begin));
  const end = Math.max(begin + 1e-6, ...all.map((one) => one.begin + one.frames * one.each));
  const least = Math.min(NEAREST * Math.min(...all.map(({ each }) => each), Infinity), end - begin) || 1;
  let width = 1;

  const axis = {
    from: begin,
    across: end - begin,
    x: (at) => names + ((at - axis.from) / axis.across) * width,
    at: (x) => axis.from + ((x - names) / width) * axis.across,
    zoomBy(factor, x = names + width / 2) {
      const kept = axis.at(Math.max(x, names));
      const before = axis.across;
      axis.across = Math.min(Math.max(axis.across / factor, least), end - begin);
      axis.from = kept - (kept - axis.from) * (axis.across / before);
      limit();
    },
    shift(pixels) {
      axis.from += (pixels * axis.across) / width;
      limit();
    },
    whole() {
      axis.from = begin;
      axis.across = end - begin;
      changed();
    },
    /** Have a stretch in sight. */
    reveal(first, last) {
      if (last - first > axis.across) axis.across = Math.min(last - first, end - begin);
      if (first < axis.from) axis.from = first;
      else if (last > axis.from + axis.across) axis.from = last - axis.across;
      else return;
      limit();
    },
    draw(colours, wide) {
      width = Math.max(wide - names, 1);
      const dots = devicePixelRatio || 1;
      Object.assign(ruler, { width: Math.round(wide * dots), height: Math.round(HIGH * dots) });
      pen.setTransform(dots, 0, 0, dots, 0, 0);
      pen.font = "11px system-ui, sans-serif";
      pen.textBaseline = "top";
      const step = stepOf((axis.across / width) * 84);
      const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
      for (let k = Math.ceil(axis.from / step - 1e-9); k * step <= axis.from + axis.across; k += 1) {
        const x = axis.x(k * step);
        pen.fillStyle = colours.quiet;
        pen.fillRect(x, HIGH - 4, 1, 4);
        const text = store.timed ? store.clock(k * step, digits, end > 60) : (k * step).toLocaleString("en");
        pen.textAlign = x > wide - 30 ? "right" : x < names + 20 ? "left" : "center";
        pen.fillText(text, pen.textAlign === "right" ? wide : x, 1);
      }
      pen.textAlign = "right";
      pen.fillText(store.timed ? "time" : "frame", names - 8, 1);
    },
  };

  function limit() {
    axis.from = Math.min(Math.max(axis.from, begin), end - axis.across);
    changed();
  }

  function stepOf(wanted) {
    if (store.timed) return SECONDS.find((step) => step >= wanted) ?? SECONDS.at(-1) * Math.ceil(wanted / SECONDS.at(-1));
    let step = 1;
    for (let ten = 1; step < wanted; ten *= 10) for (const k of STEPS) if (step < wanted) step = k * ten;
    return step;
  }
  return axis;
}
