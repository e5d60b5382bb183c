// Seconds of work: the time between two movements of mouse or keys, unless it is a pause.

const PAUSE = 30000; // ms; who does nothing for longer is away

/** @returns {take(): seconds since it was last asked} */
export function startClock(target = document) {
  let last = null;
  let sum = 0;

  function moved() {
    const now = performance.now();
    if (last !== null && now - last <= PAUSE) sum += now - last;
    last = now;
  }
  for (const name of ["pointermove", "pointerdown", "keydown", "wheel"])
    target.addEventListener(name, moved, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) last = null;
  });

  return {
    take() {
      const seconds = Math.round(sum / 10) / 100;
      sum = 0;
      return seconds;
    },
  };
}
