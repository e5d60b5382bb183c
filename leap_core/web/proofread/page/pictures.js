// Pictures of frames: fetched by need, the wanted ones first, kept as long as there is room.

const ROOM = 300e6; // bytes of decoded pictures
const AT_ONCE = 3; // a browser opens six connections, and corrections need some
const AGAIN = 1500; // ms

/** @param arrived  (frame) -> called when a picture, or that there is none, is known */
export function openPictures(video, arrived) {
  const kept = new Map(); // frame -> ImageBitmap, or {why} where there is none; the oldest first
  const flying = new Map(); // frame -> AbortController
  const waiting = new Map(); // frame -> when it is tried again
  const most = Math.max(12, Math.floor(ROOM / (4 * (video.width * video.height || 1e6))));
  let wanted = [];
  let closed = false;

  async function load(frame) {
    const abort = new AbortController();
    flying.set(frame, abort);
    try {
      const path = `/api/videos/${encodeURIComponent(video.id)}/frames/${frame}.jpg`;
      const answer = await fetch(path, { signal: abort.signal });
      if (answer.status === 404) {
        const { error } = await answer.json().catch(() => ({}));
        keep(frame, { why: error || "it cannot be decoded" });
      } else if (answer.ok) {
        keep(frame, await createImageBitmap(await answer.blob()));
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      if (!abort.signal.aborted) {
        waiting.set(frame, Date.now() + AGAIN);
        setTimeout(next, AGAIN + 10);
      }
    } finally {
      if (flying.get(frame) === abort) flying.delete(frame);
      next();
    }
  }

  function keep(frame, picture) {
    if (closed) return picture.close?.();
    kept.set(frame, picture);
    for (const old of kept.keys()) {
      if (kept.size <= most) break;
      if (wanted.includes(old)) continue;
      kept.get(old).close?.();
      kept.delete(old);
    }
    waiting.delete(frame);
    arrived(frame);
  }

  function next() {
    if (closed) return;
    for (const frame of wanted) {
      if (flying.size >= AT_ONCE) return;
      if (kept.has(frame) || flying.has(frame) || (waiting.get(frame) ?? 0) > Date.now()) continue;
      load(frame);
    }
  }

  return {
    most,
    /** The picture, {why} where there is none, undefined while it is not there. */
    of(frame) {
      const found = kept.get(frame);
      if (found) {
        kept.delete(frame);
        kept.set(frame, found);
      }
      return found;
    },
    has: (frame) => kept.has(frame),
    /** Those that are needed from now on, the first one soonest; others are not waited for. */
    want(frames) {
      wanted = frames.filter((frame) => frame >= 0 && frame < video.frames).slice(0, most - 4);
      for (const [frame, abort] of flying) if (!wanted.includes(frame)) abort.abort();
      for (const [frame] of flying) if (!wanted.includes(frame)) flying.delete(frame);
      next();
    },
    close() {
      closed = true;
      for (const abort of flying.values()) abort.abort();
      for (const picture of kept.values()) picture.close?.();
      kept.clear();
    },
  };
}
