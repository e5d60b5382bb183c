// The page: what is made, and which key or button does what.
//
// For tests and other views these names stay:
//   body[data-item=KEY]                 the item that is shown, once its picture is asked for
//   svg#picture[data-zoom]              the picture; image#frame[href] in it
//   svg#picture [data-part=P]           a marker; data-state: unset, estimate, placed, occluded,
//                                       absent; data-x, data-y: px of the crop
//   #frames [data-key=KEY]              a row of the frame list; data-status: untouched, estimated,
//                                       partly, done, conflict, gone; aria-selected
//   #parts [data-part-row=P]            a row of the part list; data-state; aria-selected
//   #saved[data-pending][data-state]    edits that wait; state: saved, saving, trouble
//   #conflict [data-keep=mine|theirs]   the choice between two versions
//   #train[data-state]                  the training
//   [data-action=A]                     buttons, by the actions of keys.js
//   dialog#keys [data-rebind=A], [data-take=A]; dialog#adding; #notices .notice; #banner
//
// Addresses: #label/KEY, #add/RECORDING/FRAME, #check, #skeleton.

import { by } from "/shared/dom.js";
import { listen } from "/shared/events.js";
import { openKeys, shownKey } from "/shared/keys.js";
import { keysDialog } from "/shared/keysdialog.js";
import { notify } from "/shared/notices.js";
import { showSaving } from "/shared/saving.js";
import { toneSliders } from "/shared/tone.js";
import { keysOnButtons, personField, themeButton } from "/shared/topbar.js";
import { ACTIONS, BY_HAND } from "./actionkeys.js";
import { poseActions } from "./actions.js";
import { addingDialog } from "./adding.js";
import { openCanvas } from "./canvas.js";
import * as check from "./check.js";
import { startClock } from "./clock.js";
import { conflictPanel } from "./conflict.js";
import { frameList } from "./frames.js";
import { partList } from "./parts.js";
import * as skeleton from "./skeleton.js";
import { openStore } from "./store.js";
import { trainPanel } from "./train.js";
import { openViews } from "./views.js";

const REPEATED = /^(left|right|up|down|next|previous|zoom-.*|part-.*)$/; // while a key is held
const PANELS = ["frames", "canvas", "parts", "train", "top"];

async function start() {
  const store = await openStore({ clock: startClock(), notify });
  personField(store);
  const held = new Map(); // action -> key that is down
  const actions = poseActions(store, notify);
  const canvas = openCanvas(store, actions, { notify, held });
  const frames = frameList(store, { notify });
  const parts = partList(store);
  const tone = toneSliders((filter) =>
    filter ? by("frame").setAttribute("filter", filter) : by("frame").removeAttribute("filter"));
  const keys = openKeys(ACTIONS, { digits: "digits choose parts", name: "keys" });
  const toCanvas = () => by("canvas").focus({ preventScroll: true });
  const dialog = keysDialog(keys, BY_HAND);
  dialog.onclose(() => (showKeys(), toCanvas()));
  const adding = addingDialog(store, { onclose: toCanvas });
  const train = trainPanel(store, { notify, frames });
  conflictPanel(store, { notify });
  const views = openViews({ store, notify, adding, mounts: { check, skeleton } });

  const nudge = (dx, dy) => ({ shiftKey, ctrlKey }) => {
    const step = ctrlKey ? 0.1 : shiftKey ? 5 : 1;
    actions.nudge(dx * step, dy * step);
  };
  const does = {
    next: frames.next, previous: frames.previous, unlabeled: frames.unlabeled,
    least: () => frames.least(), doubtful: frames.doubtful, sort: () => frames.sort(),
    accept: () => actions.accept() && frames.next(),
    done: actions.done,
    "part-next": () => parts.step(1), "part-previous": () => parts.step(-1),
    left: nudge(-1, 0), right: nudge(1, 0), up: nudge(0, -1), down: nudge(0, 1),
    occluded: actions.occluded, absent: actions.absent, unset: actions.unset,
    copy: () => actions.copy(frames.before()), mirror: actions.mirror,
    undo: () => step("undo"), redo: () => step("redo"),
    "zoom-in": () => canvas.zoomBy(1.25), "zoom-out": () => canvas.zoomBy(0.8),
    "reset-view": canvas.reset, "reset-tone": tone.reset,
    add: () => adding.open(), train: train.start, help: dialog.open, panel: nextPanel,
  };

  function step(kind) {
    store.step(kind);
    if (store.queue.trouble) notify(`The ${kind} is done when the server answers again.`);
  }

  function nextPanel() {
    const at = PANELS.findIndex((id) => by(id).contains(document.activeElement));
    const panel = by(PANELS[(at + 1) % PANELS.length]);
    (panel.tabIndex >= 0 ? panel : panel.querySelector("button:not(:disabled), a")).focus();
  }

  function pressed(event) {
    const { target } = event;
    if (target.closest("dialog")) return;
    const writes = target.matches("input:not([type=range]), textarea, select");
    if (event.key === "Escape") {
      if (!canvas.cancel()) store.select(null);
      if (writes) toCanvas();
      return;
    }
    if (writes || views.shown !== "label") return;
    if (target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
    if (target.closest("button, a") && ["Enter", " "].includes(event.key)) return;
    const onPicture = target === document.body || by("canvas").contains(target);
    if (/^\d$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      parts.digit(Number(event.key));
      return event.preventDefault();
    }
    const action = keys.actionOf(event);
    // elsewhere Tab goes from control to control, as everywhere
    if (!action || (event.key === "Tab" && !onPicture)) return;
    event.preventDefault();
    if (action.endsWith("-hold")) {
      held.set(action, event.code);
      holding();
    } else if (!event.repeat || REPEATED.test(action)) {
      does[action](event);
    }
  }

  function holding() {
    canvas.hide(held.has("hide-hold"));
    by("canvas").dataset.held = [...held.keys()].join(" ");
  }

  /** A key is up, or, as when the window loses the focus, all are. */
  function released(code) {
    for (const [action, down] of held) if (!code || down === code) held.delete(action);
    holding();
  }

  function showKeys() {
    keysOnButtons(keys);
    const shown = (action) => keys.keysOf(action).map(shownKey)[0] ?? "–";
    by("hint").textContent =
      `click: place · drag: move · Alt-drag: all · ${shown("accept")}: accept · ${shown("help")}: keys`;
  }

  document.addEventListener("keydown", pressed);
  document.addEventListener("keyup", (event) => held.size && released(event.code));
  addEventListener("blur", () => released());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button && event.detail > 0 && event.target.closest("[role=option]")) toCanvas();
    if (!button) return;
    does[button.dataset.action](event);
    if (event.detail > 0 && !document.querySelector("dialog[open]")) toCanvas(); // by the mouse
  });
  addEventListener("pagehide", () => store.leave());

  by("dataset").textContent = store.state.dataset;
  document.title = `${store.state.dataset} · labeling`;
  themeButton();

  const where = () => {
    const s = store.shown && store.summary(store.shown);
    if (!s) return;
    const cluster = s.cluster === null || s.cluster === undefined ? "" : ` · cluster ${s.cluster}`;
    const work = s.seconds >= 1 ? ` · ${Math.round(s.seconds)} s of work` : "";
    by("where").textContent = `${s.recording || s.video} · frame ${s.frame}${cluster}${work}${s.done ? " · done" : ""}`;
  };
  store.on("shown", where);
  store.on("item", where);
  store.on("shown", () => {
    store.prefetch(frames.following(2));
    store.usual();
  });
  store.on("skeleton", async () => {
    await store.reload();
    parts.remake();
    canvas.remake();
  });

  showKeys();
  showSaving(store, ["edit", "edits"], "leap label");
  for (const note of store.state.notes) notify(note, { stay: true });
  listen(store);
  toCanvas();
  await views.start();
}

start().catch((error) => {
  const expired = error.status === 401;
  by("banner").hidden = false;
  by("banner").textContent = expired
    ? "This page needs its link: open the one that `leap label` has printed."
    : `The page cannot start: ${error.message}. Reload it.`;
  if (error.status === undefined) throw error;
});
