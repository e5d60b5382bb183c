// All labels over one another, and what is odd about them.
//
//   #cloud[data-points]                 the cloud; a pixel of the crop is where its picture has it
//   #check-parts [data-check-part=P]    a part of the list; [data-check-group=G] its group
//   #suspects [data-suspect=KIND]       a suspect; data-key, data-part
//   #check-view[data-frames]            labeled frames that are shown

import { get } from "/shared/api.js";
import { html, put } from "/shared/dom.js";
import { cloudOf } from "./cloud.js";
import { groupsOf } from "./groups.js";
import { sidesOf } from "./sides.js";

const PAUSE = 1200; // ms without an edit, after which labels are looked through again
const KINDS = {
  "left/right": "Left or right", outlier: "Far off", outside: "Outside", duplicate: "Same picture",
  "same place": "Same place",
};
const MARKS = { left: "●", right: "○", middle: "■" };

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const k = sorted.length >> 1;
  return sorted.length % 2 ? sorted[k] : (sorted[k - 1] + sorted[k]) / 2;
};

/**
 * Draw this view; called once, when it is first opened.
 *
 * @param root  the empty element that is the view; it is shown and hidden by others
 * @param app   {store, notify, open(key, part)} as made in main.js
 * @returns     a function that is called each time the view is shown again
 */
export function mount(root, app) {
  const { store } = app;
  const counts = html("span", { class: "quiet", id: "check-counts" });
  const list = html("div", { id: "check-parts", role: "group", "aria-label": "Parts that are shown" });
  const surface = html("div", { id: "cloud", role: "img", "aria-label": "Labels of all frames" });
  const where = html("span", { class: "where", "aria-live": "polite" });
  const odd = html("div", { id: "suspects" });
  const oddCount = html("span", { class: "quiet" });
  const told = html("div", { class: "told" });
  const hidden = new Set(); // parts
  let answer = null;
  let timer = null;
  let asked = 0;

  const cloud = cloudOf(surface, { open: app.open, hovered: said });
  const box = (text, name, on) => html("label", { class: "tick" },
    html("input", { type: "checkbox", checked: on, onchange: (event) => cloud.choose({ [name]: event.target.checked }) }), ` ${text}`);
  const press = (text, title, does) => html("button", { type: "button", title, onclick: does }, text);
  const dim = html("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0.55, "aria-label": "Picture" });
  const fade = () => surface.style.setProperty("--picture", dim.value);
  dim.addEventListener("input", fade);
  fade();
  root.replaceChildren(
    html("aside", { class: "check-left", "aria-label": "Parts" },
      html("div", { class: "heading" }, html("h2", {}, "Parts"), counts),
      html("div", { class: "row" },
        press("All", "Show all parts", () => choose(store.parts, true)),
        press("None", "Hide all parts", () => choose(store.parts, false)),
        html("span", { class: "spring" }),
        html("span", { class: "quiet legend" }, "● left  ○ right  ■ middle")),
      list),
    html("section", { class: "check-middle", "aria-label": "Labels over one another" },
      html("div", { class: "strip" }, where, html("span", { class: "spring" }),
        box("Medians", "medians", true), box("Names", "names", false),
        html("label", { class: "quiet" }, "Picture ", dim),
        press("Fit", "Whole picture", () => cloud.reset())),
      surface),
    html("aside", { class: "check-right", "aria-label": "What looks wrong" },
      html("div", { class: "heading" }, html("h2", {}, "Look at these"), oddCount), told, odd),
  );

  function said(point) {
    where.textContent = point ? point.text : resting();
  }

  const resting = () => answer?.rows.length
    ? "Click a point: its frame. Wheel: zoom. Drag: shift."
    : "";

  function choose(parts, on) {
    for (const part of parts) if (on) hidden.delete(part); else hidden.add(part);
    filter();
  }

  function filter() {
    const shown = new Set(store.parts.filter((part) => !hidden.has(part)));
    for (const line of list.querySelectorAll("[data-check-part]"))
      line.querySelector("input").checked = shown.has(line.dataset.checkPart);
    for (const head of list.querySelectorAll("[data-check-group]")) {
      const members = head.dataset.members.split("\n");
      const on = members.filter((part) => shown.has(part)).length;
      const tick = head.querySelector("input");
      tick.checked = on === members.length;
      tick.indeterminate = on > 0 && on < members.length;
    }
    cloud.filter(shown);
  }

  function frameName(key) {
    const s = store.summary(key);
    return s ? `${s.recording || s.video} · frame ${s.frame}` : key;
  }

  /** Points, medians and looks of all parts. */
  function made() {
    const sides = sidesOf(store.state.skeleton);
    const parts = new Map();
    for (const { name, color, parts: members } of groupsOf(store.state.skeleton))
      for (const part of members)
        parts.set(part, { group: name, color, side: sides[part], points: [], median: null, spread: 0 });
    const points = [];
    for (const { key, points: row } of answer.rows)
      for (const [part, [x, y]] of Object.entries(row)) {
        const point = { key, part, x, y };
        points.push(point);
        parts.get(part)?.points.push(point);
      }
    for (const look of parts.values()) {
      if (!look.points.length) continue;
      const middle = { x: median(look.points.map((p) => p.x)), y: median(look.points.map((p) => p.y)) };
      const away = (p) => Math.hypot(p.x - middle.x, p.y - middle.y);
      look.median = middle;
      look.spread = median(look.points.map(away));
      for (const point of look.points)
        point.text = `${point.part} · ${frameName(point.key)} · ${away(point).toFixed(1)} px from the median`;
    }
    const { parts: names, edges } = store.state.skeleton;
    return {
      size: answer.size, points: points.filter((p) => parts.has(p.part)), parts,
      rows: new Map(answer.rows.map(({ key, points: row }) => [key, row])),
      edges: edges.map(([a, b]) => [names[a], names[b]]),
    };
  }

  function partRows(parts) {
    const groups = new Map();
    for (const [part, look] of parts) {
      if (!groups.has(look.group)) groups.set(look.group, []);
      groups.get(look.group).push([part, look]);
    }
    const rows = [];
    for (const [group, members] of groups) {
      const names = members.map(([part]) => part);
      if (group)
        rows.push(html("label", { class: "group", "data-check-group": group, "data-members": names.join("\n") },
          html("input", { type: "checkbox", onchange: (event) => choose(names, event.target.checked) }),
          html("span", { class: "name" }, group)));
      for (const [part, look] of members) {
        const swatch = html("span", { class: "swatch", "aria-hidden": "true" }, MARKS[look.side]);
        swatch.style.color = look.color;
        rows.push(html("label", {
          class: "part", "data-check-part": part,
          onpointerenter: () => cloud.single(look.points.length && !hidden.has(part) ? part : null),
          onpointerleave: () => cloud.single(null),
        },
        html("input", { type: "checkbox", onchange: (event) => choose([part], event.target.checked) }),
        swatch, html("span", { class: "name" }, part),
        html("span", { class: "number", title: "Labeled frames" }, String(look.points.length)),
        html("span", { class: "number", title: "Half of the labels lie nearer to the median than this" },
          look.points.length ? `${look.spread.toFixed(1)} px` : "")));
      }
    }
    return rows;
  }

  function suspectRows() {
    const rows = [];
    for (const [kind, title] of Object.entries(KINDS)) {
      const members = answer.suspects.filter((suspect) => suspect.kind === kind);
      if (!members.length) continue;
      rows.push(html("h3", {}, title, html("span", { class: "quiet" }, ` ${members.length}`)));
      for (const { key, part, parts = [], text } of members)
        rows.push(html("button", {
          type: "button", class: "suspect", "data-suspect": kind, "data-key": key, "data-part": part,
          onclick: () => key ? app.open(key, part) : alone(parts),
          onpointerenter: () => cloud.light(key, parts), onpointerleave: () => cloud.light(null),
          onfocus: () => cloud.light(key, parts), onblur: () => cloud.light(null),
        }, html("span", { class: "of" }, key ? frameName(key) : "All frames"), html("span", {}, text)));
    }
    return rows;
  }

  function alone(parts) {
    choose(store.parts, false);
    choose(parts, true);
  }

  function draw() {
    const drawn = made();
    const frames = answer.rows.length;
    root.dataset.frames = frames;
    counts.textContent = `${drawn.points.length.toLocaleString("en")} labels, ${frames} frames`;
    list.replaceChildren(...partRows(drawn.parts));
    cloud.show(drawn, frames ? `/api/check/mean.png?frames=${frames}` : null);
    filter();
    put(told, answer.notes.map((note) => html("p", { class: "note" }, note)));
    oddCount.textContent = answer.suspects.length ? `${answer.suspects.length}` : "";
    const rows = suspectRows();
    if (!frames) rows.push(html("p", { class: "empty" }, "No frame is labeled yet."));
    else if (!rows.length) rows.push(html("p", { class: "empty" }, "Nothing looks wrong."));
    odd.replaceChildren(...rows);
    surface.classList.toggle("none", !frames);
    said(null);
  }

  async function load() {
    clearTimeout(timer);
    const mine = (asked += 1);
    try {
      const found = await get("/api/check");
      if (mine !== asked) return;
      answer = found;
      draw();
    } catch (error) {
      if (mine === asked) put(told, [html("p", { class: "note warning" }, `Cannot be looked through: ${error.message}`)]);
    }
  }

  function soon() {
    if (root.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(load, PAUSE);
  }

  for (const signal of ["item", "items", "skeleton"]) store.on(signal, soon);
  load();
  return load;
}
