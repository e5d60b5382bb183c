// The list of the parts of a skeleton: order, names, what is deleted.

import { html } from "/shared/dom.js";
import { against, partOf, remove, reorder } from "./draft.js";

const MARKS = { left: "●", right: "○", middle: "■" };

/**
 * @param draft  of draft.js
 * @param hand   {selected: id | null, chosen() -> ids, sides() -> part -> side, pick(id), draw(),
 *               said(part) -> a word about it}
 */
export function draftList(draft, hand) {
  const root = html("ol", { id: "draft-parts" });
  let renaming = false;
  const button = (text, does, more) => html("button", { type: "button", onclick: does, ...more }, text);

  function shift(by) {
    const at = draft.now.parts.findIndex((part) => part.id === hand.selected);
    draft.change((now) => reorder(now, hand.selected, at + by));
  }

  function drop(id) {
    if (id === null) return;
    const at = draft.now.parts.findIndex((part) => part.id === id);
    draft.change((now) => remove(now, id));
    hand.selected = draft.now.parts[Math.min(at, draft.now.parts.length - 1)]?.id ?? null;
    hand.draw();
  }

  /** Its name becomes a field. */
  function rename(id) {
    const shown = root.querySelector(`[data-id="${id}"] .name`);
    const part = partOf(draft.now, id);
    if (!shown || !part) return;
    const problem = html("span", { class: "wrong", role: "alert" });
    const field = html("input", { value: part.name, "aria-label": "New name", maxlength: 60, spellcheck: "false" });
    let over = false;
    const take = () => {
      if (over) return;
      const text = field.value.trim();
      problem.textContent = against(draft.now, text, id);
      if (problem.textContent) return;
      over = true;
      renaming = false;
      draft.change((now) => void (partOf(now, id).name = text));
      hand.draw();
      root.querySelector(`[data-id="${id}"] .name`)?.focus();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") take();
      else if (event.key === "Escape") (over = true, renaming = false, hand.draw());
    });
    field.addEventListener("blur", () => {
      take();
      if (!over) (over = true, renaming = false, hand.draw()); // a name that cannot be is dropped
    });
    renaming = true;
    shown.parentElement.querySelector(".tools")?.remove();
    shown.replaceWith(html("span", { class: "renaming" }, field, problem));
    field.focus();
    field.select();
  }

  function row(part, k, side) {
    const { id, name } = part;
    const on = id === hand.selected;
    const tools = () => html("span", { class: "tools" },
      button("✎", () => rename(id), { title: "Rename (F2)", "aria-label": `Rename ${name}` }),
      button("↑", () => shift(-1), { title: "Up (Alt+↑)", "aria-label": `${name} up` }),
      button("↓", () => shift(1), { title: "Down (Alt+↓)", "aria-label": `${name} down` }),
      button("×", () => drop(id), { title: "Delete (Del)", "aria-label": `Delete ${name}` }));
    return html("li", {
      "data-draft-part": name, "data-id": id, draggable: "true",
      class: `${on ? "on" : ""} ${hand.chosen().includes(id) ? "chosen" : ""}`,
      ondragstart: (event) => event.dataTransfer.setData("text/leap-part", String(id)),
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => {
        event.preventDefault();
        const dragged = event.dataTransfer.getData("text/leap-part");
        if (dragged !== "") draft.change((now) => reorder(now, Number(dragged), k));
      },
    },
    html("span", { class: "number" }, String(k + 1)),
    html("span", { class: "side", "data-side": side, "aria-hidden": "true" }, MARKS[side]),
    button(name, () => hand.pick(id), { class: "name", "aria-pressed": String(on), ondblclick: () => rename(id) }),
    on ? tools() : html("span", { class: "quiet" }, hand.said(part)));
  }

  return {
    root,
    shift,
    drop,
    rename,
    draw() {
      if (renaming) return;
      const kept = root.scrollTop;
      const focused = root.contains(document.activeElement) && document.activeElement.className === "name";
      const sides = hand.sides();
      root.replaceChildren(...draft.now.parts.map((part, k) => row(part, k, sides[part.name])));
      root.scrollTop = kept;
      if (focused) root.querySelector(".on .name")?.focus();
    },
  };
}
