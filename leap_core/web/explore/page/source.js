// Where all that the page shows comes from: the file that it stands in, or the server.
//
// A source has {live, head(), array(name), clips(region), frame(recording, number)}; who shows it
// need not know which it is.

import { get, Refused } from "/shared/api.js";
import { by } from "/shared/dom.js";

const TYPES = {
  points: Uint16Array, far: Uint8Array, labels: Int16Array, density: Uint8Array,
  spectra: Uint8Array, speeds: Float32Array,
};

export const openSource = () => (by("contents") ? ofFile() : ofServer());

// ----- the file

/** What stands in the file under a name, which is no longer needed there. */
function decoded(id) {
  const text = atob(by(id).textContent);
  by(id).remove();
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k += 1) bytes[k] = text.charCodeAt(k);
  return bytes;
}

const unpacked = (bytes) =>
  new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

function ofFile() {
  const head = JSON.parse(by("contents").textContent);
  const urls = new Map(); // clip -> address of what it holds

  function urlOf(clip) {
    if (!urls.has(clip)) {
      const movie = new Blob([decoded(`clip-${clip}`)], { type: "video/mp4" });
      urls.set(clip, URL.createObjectURL(movie));
    }
    return urls.get(clip);
  }

  return {
    live: false,
    head: async () => head,
    array: async (name) => new TYPES[name](await unpacked(decoded(`array-${name}`))),
    clips: async ({ number }) =>
      (head.clips[number] ?? []).map((one) => ({ ...one, url: urlOf(one.clip) })),
    frame: async () => null,
  };
}

// ----- the server

async function raw(path) {
  const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
  if (!answer) throw new Refused(0, { error: "the server does not answer" });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer.arrayBuffer();
}

const movie = (recording, { first, last }) =>
  `/api/clips/${encodeURIComponent(recording)}/${first}-${last}.mp4`;

function ofServer() {
  return {
    live: true,
    head: () => get("/api/head"),
    array: async (name) => new TYPES[name](await raw(`/api/arrays/${name}`)),
    clips: async ({ number }) =>
      (await get(`/api/regions/${number}/clips`)).map((one) => ({ ...one, url: movie(one.recording, one) })),
    /** What is known of a frame of the video: spectrum, clip. */
    async frame(recording, number) {
      const found = await get(`/api/recordings/${encodeURIComponent(recording)}/frames/${number}`);
      return { ...found, url: found.clip ? movie(recording, found.clip) : null };
    },
  };
}
