// The page: what is made, and which key or button does what.
//
// For tests these names stay:
//   #pane-here[data-frame=N]            the frame whose picture is on the screen; .loading
//   body[data-moment=ID][data-armed=A]  the moment that is looked at; what is prepared
//   #moments [data-moment=ID]           a row; data-kind, data-first, data-last, data-accepted
//   #animals-here [data-animal=K]       an animal on the picture; data-x, data-y (px of the video),
//                                       data-heading (degrees), data-valid
//   #lines [data-line=K]                a correction; data-action; data-state: saved, waiting
//   #strip[data-first][data-last]       the frames that are prepared; [data-way], [data-do]
//   #saved[data-pending][data-state]    lines that wait; state: saved, saving, trouble
//   body[data-busy]                     whether something is on its way to or from the server, or
//                                       is not drawn yet
//   #left[data-left]                    rows that are not accepted
//   [data-action=A]                     buttons, by the actions of actionkeys.js
//
// Addresses: #VIDEO/FRAME.

import { by, html, put, svg } from "/shared/dom.js";
import { listen } from "/shared/events.js";
import { openKeys } from "/shared/keys.js";
import { keysDialog } from "/shared/keysdialog.js";
import { notify } from "/shared/notices.js";
import { showSaving } from "/shared/saving.js";
import { toneSliders } from "/shared/tone.js";
import { keysOnButtons, personField, themeButton } from "/shared/topbar.js";
import { ACTIONS, BY_HAND } from "./actionkeys.js";
import { lineList } from "./lines.js";
import { momentList } from "./moments.js";
import { openOperations } from "./operations.js";
import { lookOf } from "./overlay.js";
import { openPanes } from "./panes.js";
import { openPlayer } from "./player.js";
import { READ_ONLY, openStore } from "./store.js";
import { preparedStrip } from "./strip.js";
import { openTimeline } from "./timeline.js";

const REPEATED = /^(left|right|zoom-.*)$/; // while a key is held
const PANELS = ["moments", "canvas", "right", "timeline", "top"];
const AROUND = 1; // seconds before and after a moment, in a loop
const REST = 500; // ms between two writings of the address: browsers allow three a second
const LONGEST = 10; // seconds of a moment, in a loop

async function start() {
  const store = await openStore({ notify });
  personField(store);
  const held = new Map(); // action -> key that is down
  const keys = openKeys(ACTIONS, { digits: "digits choose animals", name: "keys.proofread" });
  const toCanvas = () => by("canvas").focus({ preventScroll: true });
  const reason = {
    /** What is written there, for one line. */
    take() {
      const text = by("reason").value.trim();
      by("reason").value = "";
      return text;
    },
  };
  store.upcoming = () => moments.upcoming();
  const player = openPlayer(store, {
    shown: (frame) => (frame === store.frame || frame === panes.pinned) && panes.draw(),
    beside: () => (panes.pinned === null ? [] : [panes.pinned]),
  });
  const operations = openOperations(store, { notify, reason, ready: () => player.ready() });
  const panes = openPanes(store, player, operations, {
    drawn: () => (document.body.dataset.busy = store.busy),
  });
  const moments = momentList(store, { notify, keys, go, reason });
  const lines = lineList(store, { go: (frame, animal) => (store.select(animal), go(frame)) });
  const strip = preparedStrip(store, operations, keys);
  const timeline = openTimeline(store, player, { go });
  const tone = toneSliders((filter) => {
    for (const name of ["here", "before"])
      by(`picture-${name}`).style.filter = filter ? "url(#tone-filter)" : "";
  });
  const dialog = keysDialog(keys, BY_HAND);
  dialog.onclose(() => (showKeys(), toCanvas()));

  /** Somewhere else, by a person's hand. */
  function go(frame) {
    store.go(frame);
    operations.moved();
  }

  function step(way, { shiftKey }) {
    player.leave();
    go(store.frame + way * (shiftKey ? 10 : 1));
  }

  /** The frames that are meant: those prepared, those of the moment where it is near, or here. */
  function meant() {
    const { chosen, armed, frame, video } = store;
    if (armed) return [armed.first, armed.last];
    const near = chosen && frame >= chosen.first - video.fps && frame <= chosen.last + video.fps;
    return near && !chosen.whole ? [chosen.first, chosen.last] : [frame, frame];
  }

  function loop() {
    const { video } = store;
    const [first, end] = meant();
    const last = Math.min(end, first + LONGEST * Math.round(video.fps));
    const around = Math.max(3, Math.round(AROUND * video.fps));
    player.around(first - around, last + around);
  }

  function two() {
    if (panes.pinned !== null) return panes.pin(null);
    panes.pin(Math.max(Math.min(meant()[0], store.frame) - 1, 0));
    player.moved();
  }

  function accept() {
    if (!player.ready()) return notify("The frame is still loading: look at it first.");
    moments.accept();
  }

  function takeBack(kind) {
    operations.cancel();
    if (kind === "undo") store.undo();
    else store.again();
    if (store.queue.trouble) notify(`The ${kind} is done when the server answers again.`);
  }

  const look = (way) => () => (operations.cancel(), way());
  const does = {
    accept: () => operations.act() || accept(),
    next: look(moments.next), previous: look(moments.previous),
    crossing: look(() => moments.crossing(1)), "crossing-before": look(() => moments.crossing(-1)),
    back: () => store.chosen && go(store.chosen.first),
    left: (event) => step(-1, event), right: (event) => step(1, event),
    first: () => go(0), last: () => go(store.video.frames - 1),
    play: player.toggle, loop, speed: player.faster, two,
    animal: () => store.select((store.animal + 1) % store.video.animals),
    swap: () => operations.arm("swap"), "swap-end": () => operations.toEnd("swap"),
    flip: () => operations.arm("flip"), "flip-end": () => operations.toEnd("flip"),
    drop: () => operations.arm("drop"), "drop-end": () => operations.toEnd("drop"),
    bridge: () => operations.arm("bridge"), place: () => operations.arm("place"),
    join: () => operations.arm("join"), fragment: () => operations.arm("fragment"),
    undo: () => takeBack("undo"), redo: () => takeBack("redo"),
    reason: () => by("reason").focus(),
    trails: () => toggle("trails"), crops: () => toggle("crops"),
    "zoom-in": () => panes.zoomBy(1.25), "zoom-out": () => panes.zoomBy(0.8),
    "to-animal": () => panes.toAnimal(), "reset-view": () => panes.reset(), "reset-tone": tone.reset,
    help: dialog.open, panel: nextPanel,
  };

  function toggle(what) {
    by(what).setAttribute("aria-pressed", panes.toggle(what));
  }

  function nextPanel() {
    const at = PANELS.findIndex((id) => by(id).contains(document.activeElement));
    const panel = by(PANELS[(at + 1) % PANELS.length]);
    (panel.tabIndex >= 0 ? panel : panel.querySelector("button:not(:disabled), select")).focus();
  }

  function pressed(event) {
    const { target } = event;
    if (target.closest("dialog")) return;
    const writes = target.matches("input:not([type=range]), textarea, select");
    if (event.key === "Escape") {
      if (!panes.cancel() && !operations.cancel()) player.stop();
      if (writes) toCanvas();
      return;
    }
    if (target === by("reason") && event.key === "Enter") return toCanvas();
    if (writes) return;
    if (target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
    if (target.closest("button, a, summary") && ["Enter", " "].includes(event.key)) return;
    if (/^\d$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const animal = Number(event.key);
      if (!operations.other(animal)) store.select(animal);
      return event.preventDefault();
    }
    const action = keys.actionOf(event);
    const onPicture = target === document.body || by("canvas").contains(target);
    // elsewhere Tab goes from control to control, as everywhere
    if (!action || (event.key === "Tab" && !onPicture)) return;
    event.preventDefault();
    if (action.endsWith("-hold")) {
      held.set(action, event.code);
      panes.bare(held.has("hide-hold"));
    } else if (!event.repeat || REPEATED.test(action)) {
      does[action](event);
    }
  }

  /** A key is up, or, as when the window loses the focus, all are. */
  function released(code) {
    for (const [action, down] of held) if (!code || down === code) held.delete(action);
    panes.bare(held.has("hide-hold"));
  }

  function showKeys() {
    keysOnButtons(keys);
    moments.refresh();
    strip.draw();
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("keyup", (event) => held.size && released(event.code));
  addEventListener("blur", () => held.size && released());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!event.target.closest("#tone")) by("tone").open = false;
    if (button?.dataset.action) does[button.dataset.action](event);
    const inside = event.target.closest("#left, #right, #middle, #timeline");
    const keeps = event.target.closest("input, select, summary, #tone");
    if (event.detail > 0 && inside && !keeps) toCanvas(); // by the mouse
  });

  // ----- frame

  let addressed = null; // the timer of the next writing of the address
  let told = 0; // when it was last written
  function address() {
    addressed = null;
    told = Date.now();
    history.replaceState(null, "", `#${encodeURIComponent(store.video.id)}/${store.frame}`);
  }

  function cursor() {
    const { frame, video } = store;
    if (document.activeElement !== by("frame-number")) by("frame-number").value = frame;
    const seconds = frame / (video.fps || 1);
    const minutes = Math.floor(seconds / 60);
    by("frame-time").textContent = !video.timed ? "" : `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, "0")}`;
    addressed ??= setTimeout(address, Math.max(0, told + REST - Date.now()));
  }

  function animals() {
    if (!store.video) return;
    put(by("animals"), [...Array(store.video.animals).keys()].map((k) => {
      const at = store.track.at(store.frame, k, operations.prepared);
      const known = store.track.has(store.frame);
      const sure = at.quality === null ? "" : `head ${Math.round(100 * at.quality)} %`;
      const sample = svg("svg", { class: `sample look-${lookOf(k)}`, viewBox: "0 0 34 14", "aria-hidden": "true" },
        svg("line", { x1: 2, y1: 7, x2: 26, y2: 7 }), svg("path", { d: "M32 7l-8 4.5v-9z" }));
      return html("div", {
        role: "option", "data-animal-row": k, "data-valid": String(!known || at.valid),
        "aria-selected": k === store.animal ? "true" : null, onclick: () => store.select(k),
      }, html("kbd", {}, k < 10 ? String(k) : ""), sample, html("span", {}, `animal ${k}`),
      html("span", { class: "state", title: "How sure it is which end is the head" }, !known ? "" : at.valid ? sure : "lost here"));
    }));
  }

  let due = null; // many changes, drawn once
  function redraw() {
    panes.draw();
    timeline.move();
    document.body.dataset.busy = true; // until it is drawn: nobody shall take it for settled
    due ??= requestAnimationFrame(() => {
      due = null;
      animals();
    });
  }

  by("frame-number").addEventListener("change", () => {
    const frame = Number(by("frame-number").value);
    if (Number.isInteger(frame)) go(frame);
    toCanvas();
    cursor();
  });
  by("timeline-in").addEventListener("click", () => timeline.zoomBy(2));
  by("timeline-out").addEventListener("click", () => timeline.zoomBy(0.5));
  by("timeline-whole").addEventListener("click", timeline.whole);
  addEventListener("theme", timeline.draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", timeline.draw);
  addEventListener("resize", redraw);

  store.on("frame", () => {
    cursor();
    player.moved();
    timeline.follow();
    redraw();
  });
  store.on("animal", redraw);
  store.on("armed", redraw);
  store.on("overview", timeline.draw);
  store.on("moments", timeline.draw);
  store.on("lines", timeline.draw);
  store.on("track", () => {
    if (store.video) player.moved();
    redraw();
  });
  store.on("chosen", () => {
    operations.cancel();
    player.leave();
    if (panes.pinned !== null) panes.pin(Math.max(store.chosen.first - 1, 0));
  });
  store.on("playing", () => {
    by("play").textContent = player.playing ? "❚❚" : "▶";
    by("play").setAttribute("aria-label", player.playing ? "Stop" : "Play");
    by("loop").setAttribute("aria-pressed", String(player.loop !== null));
    by("speed").textContent = { 1: "1×", 0.5: "½×", 0.25: "¼×" }[player.speed];
    timeline.move();
  });
  setInterval(() => {
    const { rate } = player;
    const due = Math.min(60, store.video.fps * player.speed);
    by("rate").textContent = rate !== null && (player.stalled || rate < 0.8 * due)
      ? `${rate} of ${Math.round(due)} frames/s` : "";
  }, 500);

  // ----- videos

  function videoList() {
    const open = ({ here, why, left, corrected }) =>
      !here ? why || "not here"
        : [left === null ? null : `${left} to look at`, corrected ? `${corrected} corrected` : null].filter(Boolean).join(", ");
    put(by("videos"), store.state.videos.map((video) => html("option", {
      value: video.id, disabled: !video.here, selected: video.id === store.video?.id,
    }, [video.id, open(video)].filter(Boolean).join(" · "))));
  }

  async function show(id, frame) {
    operations.cancel();
    const asked = store.choose(id);
    player.open();
    panes.open();
    timeline.open();
    document.title = `${id} · proofreading`;
    videoList();
    store.go(frame ?? 0);
    await asked;
    if (frame === undefined && store.moments.length && !store.chosen) moments.next();
  }

  let problem = "";
  store.on("moments", () => {
    if (store.problem && store.problem !== problem) notify(store.problem, { stay: true });
    problem = store.problem;
    store.video.left = store.left;
    store.video.corrected = store.lines.length;
    videoList();
  });
  store.on("videos", videoList);
  by("videos").addEventListener("change", () => {
    show(by("videos").value);
    toCanvas();
  });

  by("dataset").textContent = store.state.dataset;
  themeButton();
  showSaving(store, ["correction", "corrections"], "leap proofread");
  if (store.state.writable === false) notify(READ_ONLY, { stay: true });
  const [asked, frame] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const here = store.state.videos.filter((video) => video.here);
  if (!here.length) {
    videoList();
    const why = store.state.videos.map(({ id, why }) => `${id}: ${why}`).join("; ");
    by("banner").hidden = false;
    by("banner").textContent = `No video can be shown. ${why}`;
    return;
  }
  const found = here.find(({ id }) => id === asked);
  const first = found ?? here.find(({ left }) => left > 0) ?? here[0];
  const at = found && /^\d+$/.test(frame ?? "") ? Number(frame) : undefined;
  const shown = show(first.id, at);
  showKeys();
  listen(store);
  toCanvas();
  await shown;
}

start().catch((error) => {
  const expired = error.status === 401;
  by("banner").hidden = false;
  by("banner").textContent = expired
    ? "This page needs its link: open the one that `leap proofread` has printed."
    : `The page cannot start: ${error.message}. Reload it.`;
  if (error.status === undefined) throw error;
});
