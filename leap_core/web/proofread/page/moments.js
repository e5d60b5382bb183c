// The list of doubtful moments, most doubtful first, and the way through it.  What is said of a
// whole track stands above them, and is come to last: it mostly goes when its moments are mended.

import { by, html, icon, put } from "/shared/dom.js";
import { shownKey } from "/shared/keys.js";
import { ACTIONS } from "./actionkeys.js";
import { all, besides, groups, helps, whom } from "./groups.js";
import { isCrossing, rangeOf, signOf, wordsOf } from "./kinds.js";

const MOST = 400; // rows; what is less doubtful comes when others are gone

export function momentList(store, { notify, keys, go, reason }) {
  const place = by("moments");
  const rows = new Map();
  let list = []; // in the order in which one goes through it
  let wholes = false; // whether those are shown
  let at = 0; // where in the list one is, or was when the moment vanished

  function wanted(moment) {
    const filter = by("filter").value;
    if (filter === "open") return !store.accepted(moment);
    if (filter === "accepted") return store.accepted(moment);
    return filter === "all" || (moment.kind === filter && !store.accepted(moment));
  }

  function row(moment) {
    const { frames } = store.video;
    const accepted = all(moment).every(store.accepted);
    const action = helps(moment);
    const [key] = action ? keys.keysOf(action) : [];
    const help = key ? html("kbd", { title: `Usually helps: ${ACTIONS[action][0]}` }, shownKey(key)) : null;
    const element = html("div", {
      role: "option", id: `moment-${moment.id}`, "data-moment": moment.id, "data-kind": moment.kind,
      "data-accepted": String(accepted), "data-first": moment.first, "data-last": moment.last,
      class: moment.whole ? "whole" : moment.warn ? "warn" : null,
      title: moment.key ? `Usually helps: ${moment.key}` : null, onclick: () => store.look(moment),
    },
    icon(signOf(moment.kind)),
    html("span", { class: "what" }, html("span", { class: "name" }, wordsOf(moment.kind)), " ",
      html("span", { class: "who", "aria-label": `animal ${whom(moment)}` }, whom(moment))),
    html("span", { class: "number" }, rangeOf(moment, frames)),
    accepted ? icon("i-done") : html("span", { class: "help" }, help),
    html("span", { class: "text" }, [moment.text, besides(moment)].filter(Boolean).join("; ")),
    moment.whole ? html("span", { class: "text key" }, moment.key) : html("meter", { min: 0, max: 1, value: moment.severity, "aria-label": "how doubtful" }));
    rows.set(moment.id, element);
    return element;
  }

  function arrange() {
    const keptTop = place.scrollTop;
    const found = store.moments.filter(wanted);
    const whole = found.filter(({ whole }) => whole);
    const single = groups(found.filter(({ whole }) => !whole));
    list = [...single, ...whole];
    rows.clear();
    put(place, [
      whole.length ? html("details", { class: "wholes", open: wholes },
        html("summary", {}, whole.length === 1 ? "1 doubt about the whole track" : `${whole.length} doubts about the whole track`),
        ...whole.map(row)) : null,
      ...single.slice(0, MOST).map(row),
    ]);
    place.querySelector("details")?.addEventListener("toggle", ({ target }) => (wholes = target.open));
    if (!list.length) {
      const none = !store.read ? "Reading …" : store.moments.length ? "Nothing is left here." : "Nothing speaks against this track.";
      place.append(html("p", { class: "empty" }, none));
    } else if (single.length > MOST) {
      place.append(html("p", { class: "empty" }, `and ${single.length - MOST} less doubtful ones`));
    }
    place.scrollTop = keptTop;
    const counted = (moments) =>
      groups(moments.filter(({ whole }) => !whole)).length + moments.filter(({ whole }) => whole).length;
    store.left = counted(store.moments.filter((moment) => !store.accepted(moment)));
    by("left-count").textContent = store.read ? `${store.left} left of ${counted(store.moments)}` : "";
    by("left").dataset.left = store.left;
    kinds();
    mark();
  }

  /** The filter offers the kinds that are there. */
  function kinds() {
    const there = [...new Set(store.moments.map(({ kind }) => kind))].sort();
    const chosen = by("filter").value;
    for (const option of by("filter").querySelectorAll("[data-kind]"))
      if (!there.includes(option.value)) option.remove();
    for (const kind of there) {
      if (by("filter").querySelector(`[value="${kind}"]`)) continue;
      by("filter").append(html("option", { value: kind, "data-kind": true }, `Only: ${wordsOf(kind)}`));
    }
    by("filter").value = chosen;
    if (by("filter").selectedIndex < 0) by("filter").value = "open";
  }

  /** Where an event stands in the list: one of its moments may be mended already. */
  const indexOf = (event) => list.findIndex((one) =>
    all(one).some(({ id }) => all(event).some((own) => own.id === id)));

  function mark() {
    place.querySelector("[aria-selected]")?.removeAttribute("aria-selected");
    const { chosen } = store;
    const found = chosen ? indexOf(chosen) : -1;
    const element = rows.get(list[found]?.id);
    element?.setAttribute("aria-selected", "true");
    const around = element?.closest("details");
    if (around) around.open = true;
    element?.scrollIntoView({ block: "nearest" });
    if (element) place.setAttribute("aria-activedescendant", element.id);
    if (found >= 0) at = found;
    told();
  }

  /** What is seen there, above the picture. */
  function told() {
    const { chosen } = store;
    document.body.dataset.moment = chosen?.id ?? "";
    if (!chosen) {
      put(by("seen"), [html("span", { class: "quiet" }, store.moments.length ? `${shownKey(keys.keysOf("next")[0] ?? "–")}: the most doubtful moment` : "")]);
      return;
    }
    const left = store.moments.filter(({ id }) => all(chosen).some((own) => own.id === id));
    const open = left.length > 0;
    const mended = !open && store.read;
    put(by("seen"), [
      icon(mended ? "i-done" : signOf(chosen.kind)),
      html("strong", {}, `${wordsOf(chosen.kind)} · ${whom(chosen)} · ${rangeOf(chosen, store.video.frames)}`),
      html("span", { class: "text", title: chosen.text }, mended ? "nothing speaks against it any more" : [chosen.text, besides(chosen)].filter(Boolean).join("; ")),
      !mended && chosen.key ? html("span", { class: "quiet key", title: chosen.key }, `helps: ${chosen.key}`) : null,
    ]);
  }

  function step(by) {
    if (!list.length) return notify("No moment is left in this list.");
    const { chosen } = store;
    const found = chosen ? indexOf(chosen) : -1;
    let to = found >= 0 ? found + by : by > 0 ? (chosen ? at : 0) : at - 1;
    if (to >= list.length || to < 0) {
      if (by < 0) return notify("This is the first moment of the list.");
      to = 0;
      if (found === 0 && list.length === 1) return notify("This is the last moment of the list.");
    }
    store.look(list[to]);
  }

  by("filter").addEventListener("change", arrange);
  store.on("moments", arrange);
  store.on("chosen", mark);
  store.on("video", () => {
    at = 0;
    arrange();
  });

  return {
    next: () => step(1),
    previous: () => step(-1),
    /** Two animals close together, in the order of time. */
    crossing(way) {
      const found = store.moments.filter(isCrossing).sort((a, b) => a.first - b.first);
      const { frame } = store;
      const to = way > 0 ? found.find(({ first }) => first > frame) : found.findLast(({ first }) => first < frame);
      if (!to) return notify(way > 0 ? "No crossing comes after this frame." : "No crossing before this frame.");
      store.look(to);
    },
    /** Accept what is looked at, and go on. */
    accept() {
      const { chosen } = store;
      const open = chosen ? store.moments.filter((moment) =>
        all(chosen).some(({ id }) => id === moment.id) && !store.accepted(moment)) : [];
      if (!open.length) return step(1);
      const keeps = by("filter").value === "all";
      const why = reason.take();
      for (const moment of open) store.accept(moment, true, why);
      // the list has lost this row: the next one has its place
      if (!list.length) return notify("No moment is left in this list.");
      store.look(list[(keeps ? at + 1 : at) % list.length]);
    },
    /** The frames that are likely to be looked at next. */
    upcoming() {
      const found = store.chosen ? indexOf(store.chosen) : -1;
      return list.slice(found + 1, found + 3).flatMap(({ first }) => [first, first - 1]);
    },
    refresh: arrange,
  };
}
