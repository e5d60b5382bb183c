// The skeleton: parts, edges, pairs, roles, made and changed on a picture.
//
//   #posing [data-part=P]               a part on the picture; data-x, data-y: px of the crop
//   #draft-parts [data-draft-part=P]    a part of the list
//   #skeleton-view [data-mode=M]        what a click does; #skeleton-save, #skeleton-next, #yaml
//   #skeleton-view[data-dirty]          whether there is something to save

import { call, get, post } from "/shared/api.js";
import { html, put } from "/shared/dom.js";
import { add, against, mapping, move, openDraft, partOf, renamed, toggleEdge, toggleMember, togglePair } from "./draft.js";
import { draftList } from "./draftlist.js";
import { itemPath } from "./items.js";
import { posingOf } from "./posing.js";
import { rolesPanel } from "./roles.js";
import { sidesOf } from "./sides.js";

const PAUSE = 250; // ms without a change, after which the server looks at it
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Draw this view; called once, when it is first opened.
 *
 * @param root  the empty element that is the view; it is shown and hidden by others
 * @param app   {store, notify, open(key, part)} as made in main.js
 * @returns     a function that is called each time the view is shown again
 */
export function mount(root, app) {
  const { store } = app;
  const draft = openDraft(changed);
  let file = null; // what the server says of the file
  let seen = { yaml: "", pairs: [], unpaired: [], certain: [] }; // what it says of the draft
  let wrong = ""; // why the draft cannot be saved
  let trouble = ""; // what went wrong last
  let selected = null;
  let first = null; // of two parts that are to be joined or paired
  let saving = false;
  let timer = null;
  let asked = 0;
  let shownKey = null;
  const mode = {
    now: { kind: "parts" },
    set(next) {
      mode.now = next;
      first = null;
      draw();
    },
  };

  const button = (text, does, more = {}) => html("button", { type: "button", onclick: does, ...more }, text);
  const count = html("span", { class: "quiet" });
  const place = html("div", { id: "posing-place" });
  const modes = { parts: "Parts", edges: "Edges" };
  const tabs = Object.entries(modes).map(([kind, text]) => button(text, () => mode.set({ kind }), { "data-choose": kind }));
  const undo = button("Undo", () => draft.undo(), { title: "Undo (Ctrl+Z)" });
  const redo = button("Redo", () => draft.redo(), { title: "Redo (Ctrl+Y)" });
  const discard = button("Discard", load, { title: "As the file has it" });
  const save = button("Save", write, { id: "skeleton-save", class: "primary" });
  const path = html("span", { class: "quiet path" });
  const aim = html("p", { class: "aim-hint" }, "Draw a line from the tail to the head of one animal");
  const hint = html("span", { class: "hint", "aria-live": "polite" });
  const where = html("span", { class: "quiet" });
  const again = button("Draw the line again", () => (pose.again(), draw()));
  const before = button("‹", () => picture(-1), { "aria-label": "Another frame", title: "Another frame" });
  const after = button("›", () => picture(1), { "aria-label": "Another frame", title: "Another frame" });
  const next = html("div", { id: "skeleton-next", hidden: true });
  const told = html("div", { class: "told" });
  const yaml = html("pre", { id: "yaml", tabindex: "0", "aria-label": "The file as it will be written" });
  const name = html("input", { id: "skeleton-name", maxlength: 60, spellcheck: "false", onchange: () => {
    const text = name.value.trim();
    if (text) draft.change((now) => void (now.name = text));
    else name.value = draft.now.name;
  } });

  const middle = () => (file.size - 1) / 2;
  const ids = () => new Map(draft.now.parts.map((part) => [part.name, part.id]));
  const pairs = () => {
    if (draft.now.symmetry !== "auto") return draft.now.symmetry;
    const known = ids();
    return seen.pairs.map((pair) => pair.map((one) => known.get(one))).filter((pair) => pair.every((id) => id !== undefined));
  };
  const sides = () => {
    const { parts } = draft.now;
    const at = new Map(parts.map(({ id }, k) => [id, k]));
    const swap = parts.map((_, k) => k);
    for (const [a, b] of pairs()) [swap[at.get(a)], swap[at.get(b)]] = [at.get(b), at.get(a)];
    return sidesOf({ parts: parts.map((part) => part.name), swap });
  };
  /** Where a part stands, px of the crop: as given, else the median of its labels. */
  const stands = ({ at, was }) => {
    if (at) return at.map((value) => value + middle());
    return (was !== null && store.state.typical[was]) || null;
  };
  const chosen = () => {
    const { kind, index } = mode.now;
    if (kind === "legs" || kind === "groups") return draft.now[kind][index]?.parts ?? [];
    return first === null ? [] : [first];
  };

  const pose = posingOf(place, {
    parts: () => {
      const side = sides();
      return draft.now.parts.map((part) => ({ ...part, at: stands(part), side: side[part.name] }));
    },
    edges: () => draft.now.edges, pairs, roles: () => draft.now, selected: () => selected, chosen,
    numbered: () => mode.now.kind === "legs",
  }, {
    click: clicked,
    moved: (id, at) => {
      selected = id;
      draft.change((now) => move(now, id, at.map((value) => value - middle())));
      draw();
    },
    aimed: draw,
  });
  const roles = rolesPanel(draft, mode, {
    pairs,
    unpaired: () => {
      const sure = seen.certain;
      return { sure, maybe: seen.unpaired.filter((part) => !sure.includes(part)) };
    },
  });

  const list = draftList(draft, {
    get selected() {
      return selected;
    },
    set selected(id) {
      selected = id;
    },
    chosen, sides, draw,
    pick(id) {
      if (mode.now.kind === "parts") selected = id;
      else clicked(id, null, {});
      draw();
    },
    said(part) {
      const labels = file.labels[part.was ?? part.name] ?? 0;
      return !stands(part) ? "no place" : labels ? `${labels}` : part.was === null ? "new" : "";
    },
  });

  const naming = html("label", { class: "tick" }, html("input", { type: "checkbox", onchange: (event) => pose.names(event.target.checked) }), " Names");
  root.replaceChildren(
    html("aside", { class: "skeleton-left", "aria-label": "Parts of the skeleton" },
      html("div", { class: "heading" }, html("h2", {}, "Parts"), count), list.root,
      html("p", { class: "quiet small" }, "F2: rename · Del: delete · Alt+↑↓ or drag: order")),
    html("section", { class: "skeleton-middle", "aria-label": "Skeleton on a picture" },
      html("div", { class: "strip" }, html("div", { class: "modes", role: "group", "aria-label": "What a click does" }, ...tabs),
        html("span", { class: "spring" }), path, undo, redo, discard, save),
      next, html("div", { class: "picture" }, place, aim),
      html("div", { class: "strip foot" }, hint, html("span", { class: "spring" }), where, again, before, after, naming, button("Fit", () => pose.reset()))),
    html("aside", { class: "skeleton-right", "aria-label": "Roles and file" },
      told, html("label", { class: "line" }, "Name ", name), roles.root,
      html("section", {}, html("h3", {}, "File"), yaml)),
  );

  // ----- what the mouse and the keys do

  function clicked(id, at, event) {
    const { kind, index } = mode.now;
    if (kind === "parts" && event.shiftKey && id !== null && selected !== null && id !== selected) {
      const from = selected;
      selected = id;
      draft.change((now) => toggleEdge(now, from, id));
    } else if (kind === "parts") {
      if (id !== null) selected = id;
      else place_(at);
    } else if (kind === "legs" || kind === "groups") {
      if (id !== null) draft.change((now) => toggleMember(now, kind, index, id));
    } else if (id === null || first === id) first = null;
    else if (first === null) first = id;
    else {
      const from = first;
      first = kind === "edges" ? id : null; // along a leg, click by click
      draft.change((now) => (kind === "edges" ? toggleEdge : togglePair)(now, from, id));
    }
    draw();
  }

  /** A click beside all parts: one that has no place yet gets it, else there is a new part. */
  function place_(at) {
    const here = at.map((value) => value - middle());
    const homeless = selected !== null && partOf(draft.now, selected);
    if (homeless && !stands(homeless)) return draft.change((now) => move(now, selected, here));
    selected = null;
    pose.ask(at, (text) => {
      const problem = against(draft.now, text);
      if (problem) return problem;
      selected = draft.change((now) => add(now, text, here));
      draw();
      return "";
    });
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (root.hidden || target.closest("dialog") || target.matches("input:not([type=checkbox]), select, textarea")) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && key.toLowerCase() === "z") (event.shiftKey ? draft.redo : draft.undo)();
    else if (ctrl && key.toLowerCase() === "y") draft.redo();
    else if (key === "Escape") (selected = null, mode.set({ kind: "parts" }));
    else if (selected === null || (key in STEPS && target.closest("#yaml"))) return;
    else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(key)) list.shift(key === "ArrowUp" ? -1 : 1);
    else if (key in STEPS && !event.altKey) nudge(key, event);
    else if (key === "F2") list.rename(selected);
    else if (key === "Delete" || key === "Backspace") list.drop(selected);
    else return;
    event.preventDefault();
  });

  function nudge(key, { shiftKey, ctrlKey }) {
    const part = partOf(draft.now, selected);
    const at = part && stands(part);
    if (!at) return;
    const by = ctrlKey ? 0.1 : shiftKey ? 5 : 1;
    const within = (value) => Math.min(Math.max(value, 0), file.size - 1) - middle();
    draft.change((now) => move(now, selected, at.map((value, k) => within(value + STEPS[key][k] * by))));
  }

  // ----- what is shown

  /** What saving changes, in words; the second: labels that will not be seen any more. */
  function changes() {
    const { parts } = draft.now;
    const there = new Set(parts.map((part) => part.was).filter((was) => was !== null));
    const names = new Set(parts.map((part) => part.name));
    const gone = (file.skeleton.parts ?? []).filter((part) => !there.has(part) && !names.has(part));
    const words = Object.entries(renamed(draft.now)).map(([old, now]) => [`${old} is renamed to ${now}`, file.labels[old] ? `: its ${file.labels[old]} labels go with it` : ""]);
    for (const part of gone)
      words.push([`${part} is deleted`, file.labels[part] ? `: its ${file.labels[part]} labels are hidden, and come back with a part of that name` : "", file.labels[part]]);
    const fresh = parts.filter((part) => part.was === null).map((part) => part.name);
    if (fresh.length && file.exists) words.push([`New: ${fresh.join(", ")}`, ""]);
    for (const part of fresh)
      if (file.labels[part]) words.push([`${part}`, `: the ${file.labels[part]} labels that were made of it come back`]);
    const hidden = gone.reduce((sum, part) => sum + (file.labels[part] ?? 0), 0);
    return { words, hidden };
  }

  function said() {
    const { kind, index } = mode.now;
    if (pose.aiming) return "Draw a line from the tail to the head of one animal.";
    if (kind === "edges") return first === null ? "Click a part, then another one: joined or parted." : `Joining ${partOf(draft.now, first)?.name}: click the next part.`;
    if (kind === "pairs") return first === null ? "Click a part, then its mirror image." : `Mirror image of ${partOf(draft.now, first)?.name}?`;
    if (kind === "legs" || kind === "groups") return `Click the parts of ${draft.now[kind][index]?.name}${kind === "legs" ? ", from the body to the tip" : ""}.`;
    const part = selected !== null && partOf(draft.now, selected);
    if (part && !stands(part)) return `Click where ${part.name} usually is.`;
    return draft.now.parts.length ? "Click: new part. Drag: move. Shift-click: join." : "Click on the first part of the animal.";
  }

  function draw() {
    if (!file) return;
    if (mode.now.index !== undefined && !draft.now[mode.now.kind][mode.now.index]) mode.now = { kind: "parts" };
    if (selected !== null && !partOf(draft.now, selected)) selected = null;
    root.dataset.mode = mode.now.kind;
    root.toggleAttribute("data-dirty", draft.dirty);
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.choose === mode.now.kind));
    undo.disabled = !draft.steps.undo;
    redo.disabled = !draft.steps.redo;
    discard.disabled = !draft.dirty;
    const { words, hidden } = changes();
    save.disabled = saving || !draft.dirty || wrong !== "" || !draft.now.parts.length;
    save.textContent = hidden ? `Save, hide ${hidden} labels` : "Save";
    count.textContent = `${draft.now.parts.length}`;
    list.draw();
    name.value = draft.now.name;
    hint.textContent = said();
    where.textContent = pictureName();
    aim.hidden = !pose.aiming;
    path.textContent = path.title = file.path;
    again.hidden = file.picture.kind !== "frame" || pose.aiming;
    before.hidden = after.hidden = file.picture.kind !== "crop";
    const others = file.used_by.filter((config) => config !== file.config);
    put(told, [
      trouble ? html("p", { class: "note bad", role: "alert" }, trouble) : null,
      wrong && draft.now.parts.length ? html("p", { class: "note bad", role: "alert" }, wrong) : null,
      ...(draft.dirty ? words : []).map(([what, then, hides]) => html("p", { class: hides ? "note bad" : "note" }, `${what}${then}.`)),
      others.length ? html("p", { class: "note warn" }, `Also used by ${others.join(", ")}: their datasets change too.`) : null,
      file.exists ? html("p", { class: "note" }, `${file.path} is written anew; comments in it are not kept.`)
        : html("p", { class: "note" }, `${file.path} is not there yet; it is made by the first save.`),
    ]);
    roles.draw();
    yaml.textContent = seen.yaml || "(no parts yet)";
    pose.draw();
  }

  function changed() {
    if (!file) return;
    draw();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  }

  /** Ask the server what the draft amounts to. */
  async function look() {
    const mine = (asked += 1);
    const before = words();
    let found = { yaml: "", pairs: [], unpaired: [], certain: [] };
    try {
      if (draft.now.parts.length)
        found = await post("/api/skeleton/preview", { skeleton: mapping(draft.now) });
      if (mine !== asked) return;
      seen = found;
      wrong = "";
    } catch (error) {
      if (mine !== asked) return;
      wrong = error.message;
    }
    // where it says nothing new, what somebody is typing into stays as it is
    if (words() === before) yaml.textContent = seen.yaml;
    else draw();
  }

  const words = () => JSON.stringify([seen.pairs, seen.unpaired, seen.certain, wrong]);

  // ----- the picture

  function pictureName() {
    if (file.picture.kind === "frame") return pose.aiming ? "" : "a frame of the video";
    const s = store.summary(shownKey);
    return s ? `${s.recording} · frame ${s.frame}` : "";
  }

  async function picture(by = 0) {
    if (file.picture.kind === "crop") {
      const keys = store.keys.filter((key) => store.summary(key).here);
      const at = Math.max(0, keys.indexOf(shownKey ?? store.shown));
      shownKey = keys[(at + by + keys.length) % keys.length] ?? null;
      pose.crop(shownKey ? `${itemPath(shownKey)}/image.png` : "/api/skeleton/picture.png", file.size);
    } else {
      try {
        await pose.frame("/api/skeleton/picture.png", file.size);
      } catch {
        const why = await get("/api/skeleton/picture.png").catch((error) => error.message);
        trouble = `There is no picture to make a skeleton on: ${why}`;
        pose.crop(null, file.size);
      }
    }
    draw();
  }

  // ----- the file

  async function load() {
    try {
      const known = file;
      file = await get("/api/skeleton");
      take();
      if (!known || known.picture.kind !== file.picture.kind || known.size !== file.size) await picture();
    } catch (error) {
      put(told, [html("p", { class: "note bad", role: "alert" }, `The skeleton cannot be read: ${error.message}`)]);
    }
  }

  function take() {
    seen = file;
    trouble = "";
    wrong = "";
    asked += 1;
    const name = selected !== null && partOf(draft.now, selected)?.name;
    draft.load(file.skeleton);
    selected = ids().get(name) ?? null;
    clearTimeout(timer);
    draw();
  }

  async function write() {
    trouble = store.queue.pending ? "Labels still wait to be saved; save the skeleton after them." : "";
    if (trouble) return draw();
    saving = true;
    draw();
    try {
      const body = {
        id: crypto.randomUUID(), skeleton: mapping(draft.now), renamed: renamed(draft.now),
        digest: file.digest, by: store.person, tab: store.queue.tab,
      };
      file = await call("PUT", "/api/skeleton", body);
      take();
      follow();
    } catch (error) {
      trouble = `Not saved: ${error.message}`;
    }
    saving = false;
    draw();
  }

  /** What to do after a save. */
  function follow() {
    const code = (text) => html("code", {}, text);
    put(next, file.next
      ? [html("p", {}, html("strong", {}, "Saved. "), "Next: find the animals and choose frames to label,"), code(file.next),
        html("p", {}, "then open this page again by"), code(file.again)]
      : [html("p", {}, html("strong", {}, "Saved. "), `${file.path} · `, html("a", { href: "#label" }, "go on labeling"))]);
    next.hidden = false;
  }

  store.on("skeleton", () => {
    if (saving || !file) return;
    if (!draft.dirty) load();
    else {
      trouble = "The skeleton was changed in another window: this one cannot be saved. Discard loads that one.";
      draw();
    }
  });
  store.on("items", () => file && !root.hidden && draw());
  addEventListener("beforeunload", (event) => draft.dirty && event.preventDefault());
  load();
  return () => {
    next.hidden = true;
    if (!draft.dirty) load();
    else pose.draw();
  };
}
