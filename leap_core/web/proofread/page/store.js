// What the page knows: videos, doubtful moments, corrections, and what still waits to be saved.
//
// Signals: "video" (another one is shown), "lines", "moments", "overview", "track" (frames have
// come or changed), "chosen" (moment), "animal", "frame", "armed", "look", "saving", "refused".

import { get } from "/shared/api.js";
import { signals } from "/shared/dom.js";
import { openQueue } from "/shared/queue.js";
import { openRefused } from "/shared/refused.js";
import { openTrack } from "./track.js";

const AGAIN = 2000; // ms
const USUAL = 25; // frames/s, where nobody knows
export const READ_ONLY = "Corrections cannot be written here: the file or its folder is read-only.";
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const DELTA = { edit: 1, redo: 1, undo: -1, remove: -1 };

export async function openStore({ notify }) {
  const { on, emit } = signals();
  let state = await get("/api/state");
  const space = `proofread.${state.space ?? state.videos.map((v) => v.corrections).join()}`;
  let lines = [];
  let redo = 0;
  let version = null; // of the lines, as the server calls it
  let moments = [];
  let turn = 0; // the last reading of the queue wins
  let asking = false;
  let missed = false; // something has changed while own lines were on their way

  const refused = openRefused(space, () => emit("refused"));
  const queue = await openQueue(space, {
    settled(entry, answer) {
      if (entry.kind === "accept") return void readQueue();
      if (entry.key !== store.video?.id) return;
      const line = entry.kind === "edit" ? whole(entry.body) : null;
      if (line) store.track.taken(line, answer.changed ?? [line.first, line.last]);
      else store.track.forget(...(answer.changed ?? []));
      take(answer);
      const [first] = answer.changed ?? [];
      const step = entry.kind === "undo" || entry.kind === "redo";
      if (step && first !== undefined) store.go(first);
      readQueue();
    },
    refused(entry, error) {
      // what was made after it rests on it: a person decides about all of it
      for (const later of queue.of(entry.key)) if (later.kind !== "accept") later.body.count = -1;
      // a moment that is no more needs no look
      const gone = entry.kind === "accept" && error.status === 404;
      if (!gone && (entry.kind === "edit" || entry.kind === "accept")) refused.add(entry, error.message);
      else notify(error.message, { stay: true });
      if (entry.key !== store.video?.id) return;
      if (Array.isArray(error.content.lines)) take(error.content, true);
      store.track.forget();
      readQueue();
    },
    lost(count) {
      const what = count === 1 ? "An undo or redo was" : `${count} undos and redos were`;
      notify(`${what} left out: the line that was meant has not come about.`, { stay: true });
    },
    changed() {
      emit("saving");
      emit("lines");
      emit("track");
    },
  });

  const api = (path = "") => `/api/videos/${encodeURIComponent(store.video.id)}${path}`;
  const here = () => queue.of(store.video?.id);

  /** A line that waits, as it will be. */
  function whole({ action, first, last, animal, other, x, y, heading_deg, reason, by }) {
    const end = last ?? store.video.frames - 1;
    return { action, first, last: end, animal, other, x, y, heading_deg, reason, by };
  }

  /** The lines as the server has them now. */
  function take(answer, foreign = false) {
    const fresh = answer.lines.map((line) => ({ ...line, last: line.last ?? store.video.frames - 1 }));
    if (foreign) {
      const known = lines.map((line) => JSON.stringify({ ...line, number: 0 }));
      for (const line of fresh)
        if (!known.includes(JSON.stringify({ ...line, number: 0 }))) store.foreign.add(JSON.stringify(line));
    }
    lines = fresh;
    redo = answer.redo ?? redo;
    version = answer.version ?? null;
    emit("lines");
  }

  /** Read the queue and the overview again; one reading at a time, the last wins. */
  async function readQueue() {
    turn += 1;
    if (asking) return;
    asking = true;
    try {
      for (let mine = 0; mine !== turn; ) {
        mine = turn;
        const video = store.video;
        let found;
        try {
          const [listed, overview] = await Promise.all([get(api("/queue")), get(api("/overview"))]);
          found = { ...listed, overview };
        } catch (error) {
          if (error.status === 401 || error.status === 404) return;
          await new Promise((done) => setTimeout(done, AGAIN));
          mine = 0;
          continue;
        }
        if (video !== store.video || mine !== turn) continue;
        const changed = here().some((entry) => entry.kind !== "accept");
        if (changed) {
          missed = true; // what waits is acknowledged first: then it is read again
        } else if (!same(found.lines.map(plain), lines.map(plain))) {
          take(found, store.read);
          store.track.forget();
          if (store.read) notify("The corrections were changed in another window, or in the file.");
        }
        redo = found.redo ?? redo;
        version = found.version ?? version;
        store.problem = found.problem ?? "";
        const end = video.frames - 1;
        moments = found.moments.map((one) => ({ ...one, whole: one.first === 0 && one.last >= end }));
        store.overview = found.overview;
        store.read = true;
        emit("moments");
        emit("overview");
        emit("lines");
      }
    } finally {
      asking = false;
      emit("track");
    }
  }

  const plain = ({ action, first, last, animal, other, x, y, heading_deg, reason }) => [
    action, first, last ?? store.video.frames - 1, animal, other ?? null, x ?? null, y ?? null,
    heading_deg ?? null, reason ?? "",
  ];

  /** How many lines there will be when all that waits is done. */
  const counted = () => here().reduce((sum, { kind }) => sum + (DELTA[kind] ?? 0), lines.length);

  function push(kind, path, body, more = {}) {
    if (state.writable === false) return notify(READ_ONLY);
    const id = crypto.randomUUID();
    const sent = { id, by: store.person, ...body };
    if (kind !== "accept") sent.count = counted();
    // what comes after something that waits cannot know what that will have made
    if (kind !== "accept" && version && !here().length) sent.version = version;
    queue.push({ id, kind, key: store.video.id, path, body: sent, ...more });
  }

  const store = {
    on,
    emit,
    queue,
    refused,
    video: null,
    track: null,
    overview: null,
    problem: "", // why the corrections cannot be read
    read: false, // whether the queue of this video has been read
    foreign: new Set(), // lines of others, as JSON
    frame: 0,
    animal: 0,
    left: 0, // events that nobody has accepted
    chosen: null, // the moment that is looked at
    person: state.person,
    expired: false,
    get state() {
      return state;
    },
    get lines() {
      return lines;
    },
    get redo() {
      return redo;
    },
    get moments() {
      return moments;
    },
    /** Lines that wait, and accepted moments that wait. */
    get waiting() {
      return here().filter(({ kind }) => kind === "edit").map(({ body }) => whole(body));
    },
    /** Whether a moment is accepted, or will be. */
    accepted(moment) {
      const told = here().filter(({ kind, body }) => kind === "accept" && body.moment === moment.id);
      return told.length ? told.at(-1).body.accepted : moment.accepted;
    },
    /** Whether something is on its way: what is shown may be of a moment ago. */
    get busy() {
      return !store.read || asking || here().length > 0 || !store.track?.fresh(store.frame);
    },
    saving: () => emit("saving"),
    async choose(id) {
      store.track?.close();
      const told = state.videos.find((one) => one.id === id);
      const video = Object.assign(told, { timed: told.timed ?? told.fps !== null, fps: told.fps ?? USUAL });
      Object.assign(store, {
        video, read: false, overview: null, chosen: null, frame: 0, animal: 0, foreign: new Set(),
      });
      lines = [];
      moments = [];
      redo = 0;
      version = null;
      store.track = openTrack(video, {
        waiting: () => store.waiting,
        changed: () => emit("track"),
      });
      emit("video");
      await readQueue();
    },
    go(frame) {
      const to = Math.min(Math.max(Math.round(frame), 0), store.video.frames - 1);
      store.frame = to;
      emit("frame");
    },
    /** Look at a moment: its frame, its animal. */
    look(moment) {
      store.chosen = moment;
      store.animal = moment.animal;
      store.emit("chosen");
      store.emit("animal");
      store.go(moment.first);
    },
    select(animal) {
      if (animal >= store.video.animals) return;
      store.animal = animal;
      emit("animal");
    },
    /** Append a line: {action, first, last (null: the end), animal, other, x, y, heading_deg, reason}. */
    write(line) {
      store.foreign.clear();
      const none = { other: null, x: null, y: null, heading_deg: null, reason: "" };
      push("edit", api("/lines"), { ...none, ...line });
    },
    undo: () => push("undo", api("/undo"), {}),
    again: () => push("redo", api("/redo"), {}),
    remove(number) {
      const path = `${api(`/lines/${number}`)}?count=${counted()}${version ? `&version=${version}` : ""}`;
      push("remove", path, {}, { method: "DELETE" });
    },
    accept(moment, accepted, reason) {
      push("accept", api("/accept"), { moment: moment.id, accepted, reason });
      emit("moments");
    },
    /** Send what was refused once more, as it is now. */
    tryAgain() {
      const all = refused.all;
      refused.clear();
      for (const { entry } of all) {
        const { id, ...body } = entry.body;
        const own = entry.key === store.video.id;
        if (!own) refused.add(entry, `it belongs to ${entry.key}: choose that video first`);
        else push(entry.kind, entry.path, body);
      }
    },
    async reload() {
      const found = await get("/api/state");
      const { video } = store;
      const known = (told) => Object.assign(video, told, {
        fps: told.fps ?? USUAL, width: told.width || video.width, height: told.height || video.height,
      });
      state = { ...found, videos: found.videos.map((told) => (told.id === video?.id ? known(told) : told)) };
      store.track?.forget();
      emit("saving");
      await readQueue();
    },
    /** One event of the server. */
    async hear(event) {
      const video = state.videos.find(({ id }) => id === event.video);
      if (event.type === "left" && video) {
        video.left = event.left;
        return emit("videos");
      }
      if (!["lines", "accepted"].includes(event.type) || event.video !== store.video?.id) return;
      if (here().length) missed = true;
      else await readQueue();
    },
  };
  store.on("saving", () => {
    if (!missed || here().length) return;
    missed = false;
    readQueue();
  });
  return store;
}

