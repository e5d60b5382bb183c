// What parts are to the animal: mirror partners, axis and center, legs, groups.

import { html, put } from "/shared/dom.js";
import { LISTS, partOf, togglePair } from "./draft.js";

const WORDS = {
  legs: { one: "leg", title: "Legs", order: "From the body to the tip, which is the foot.", join: " → ", fresh: "LF" },
  groups: { one: "group", title: "Groups", order: "For tables, and colours of figures.", join: ", ", fresh: "head" },
};

/**
 * @param draft  of draft.js
 * @param mode   {now: {kind, index?}, set(mode)}: what a click on a part does
 * @param told   {pairs() -> [[id, id]], unpaired() -> {sure: [], maybe: []}} by the server
 */
export function rolesPanel(draft, mode, told) {
  const root = html("div", { id: "roles" });
  const button = (text, does, more = {}) => html("button", { type: "button", onclick: does, ...more }, text);
  const is = (kind, index) => mode.now.kind === kind && mode.now.index === index;
  const nameOf = (id) => partOf(draft.now, id)?.name ?? "?";

  function pairs() {
    const listed = draft.now.symmetry !== "auto";
    const how = html("select", { id: "symmetry", "aria-label": "Mirror partners", onchange: (event) => {
      const hand = event.target.value === "listed";
      const known = told.pairs();
      draft.change((now) => {
        now.symmetry = hand ? known : "auto";
      });
      mode.set({ kind: "parts" });
    } },
    html("option", { value: "auto", selected: !listed }, "read from the names"),
    html("option", { value: "listed", selected: listed }, "listed by hand"));
    const rows = told.pairs().map(([a, b]) => html("li", { "data-pair": `${nameOf(a)} ${nameOf(b)}` },
      html("span", { class: "name" }, `${nameOf(a)} ↔ ${nameOf(b)}`),
      listed ? button("×", () => draft.change((now) => togglePair(now, a, b)), { "aria-label": `Part ${nameOf(a)} and ${nameOf(b)}` }) : null));
    const { sure, maybe } = told.unpaired();
    const said = [
      sure.length ? html("p", { class: "warning" }, `No partner for ${sure.join(", ")}: a training with mirrored images will refuse to start.`) : null,
      maybe.length ? html("p", { class: "warning" }, `${maybe.join(", ")}: a side without a partner? Then no image is mirrored.`) : null,
    ];
    return html("section", {}, html("h3", {}, "Left and right"),
      html("div", { class: "row" }, how,
        listed ? button("Pair two parts", () => mode.set(is("pairs") ? { kind: "parts" } : { kind: "pairs" }), { "aria-pressed": String(is("pairs")), id: "pair-two" }) : null),
      rows.length ? html("ul", { class: "pairs" }, ...rows) : html("p", { class: "quiet small" }, "No pairs: mirroring moves no part to another."),
      ...said);
  }

  function role(name, text, title) {
    const chosen = draft.now[name];
    return html("label", { title }, `${text} `, html("select", { "data-role": name, onchange: (event) => draft.change((now) => {
      now[name] = event.target.value === "" ? null : Number(event.target.value);
    }) },
    html("option", { value: "" }, "–"),
    ...draft.now.parts.map(({ id, name: part }) => html("option", { value: id, selected: id === chosen }, part))));
  }

  function axis() {
    const { tail, head } = draft.now;
    const half = (tail === null) !== (head === null);
    return html("section", {}, html("h3", {}, "Axis and center"),
      html("div", { class: "three" }, role("tail", "Tail", "The hind end of the axis"),
        role("head", "Head", "The front end of the axis"),
        role("center", "Center", "Origin of egocentric coordinates; without one the middle of the axis is")),
      half ? html("p", { class: "warning" }, "An axis has two ends: choose both.") : null,
      tail !== null && tail === head ? html("p", { class: "warning" }, "Tail and head are one part: choose another one.") : null);
  }

  function lists(kind) {
    const { one, title, order, join, fresh } = WORDS[kind];
    const rows = draft.now[kind].map((list, index) => {
      const name = html("input", { value: list.name, "aria-label": `Name of the ${one}`, maxlength: 60, onchange: (event) => draft.change((now) => {
        const wanted = event.target.value.trim();
        const taken = now[kind].some((other, k) => k !== index && other.name === wanted);
        event.target.value = event.target.defaultValue = wanted && !taken ? wanted : list.name;
        now[kind][index].name = event.target.value;
      }) });
      const on = is(kind, index);
      return html("li", { "data-list": list.name, class: on ? "on" : "" },
        html("div", { class: "row" }, name,
          button(on ? "Done" : "Click parts", () => mode.set(on ? { kind: "parts" } : { kind, index }), { "aria-pressed": String(on) }),
          button("×", () => {
            draft.change((now) => void now[kind].splice(index, 1));
            mode.set({ kind: "parts" });
          }, { "aria-label": `Remove the ${one} ${list.name}` })),
        html("p", { class: list.parts.length ? "members" : "members quiet" },
          list.parts.length ? list.parts.map(nameOf).join(join) : "empty: it is not written"));
    });
    const added = () => {
      const names = draft.now[kind].map((list) => list.name);
      let name = fresh;
      for (let k = 2; names.includes(name); k += 1) name = `${fresh}${k}`;
      draft.change((now) => now[kind].push({ name, parts: [] }));
      mode.set({ kind, index: draft.now[kind].length - 1 });
    };
    return html("section", { "data-lists": kind }, html("h3", {}, title),
      html("p", { class: "quiet small" }, order),
      rows.length ? html("ul", {}, ...rows) : null, button(`Add a ${one}`, added));
  }

  return {
    root,
    draw() {
      const controls = () => [...root.querySelectorAll("button, input, select")];
      const focused = document.activeElement;
      if (root.contains(focused) && focused.matches("input") && focused.value !== focused.defaultValue) return;
      const at = controls().indexOf(focused);
      put(root, [pairs(), axis(), ...LISTS.map(lists)]);
      if (at >= 0) controls()[at]?.focus({ preventScroll: true });
    },
  };
}
