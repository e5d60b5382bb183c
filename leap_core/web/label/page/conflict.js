// Two people, or two tabs, changed one frame: both versions on the picture, and a choice.

import { by, html, put, svg } from "/shared/dom.js";

const MINE = () => [svg("path", { d: "M0-9L9 7H-9Z" })];
const THEIRS = () => [svg("path", { d: "M-7-7H7V7H-7Z" })];

export function conflictPanel(store, { notify }) {
  const panel = by("conflict");
  const layer = by("versions");

  /** The refused edits of one person that follow one another are one version. */
  function versionOf(item) {
    const [first] = item.conflicts;
    const same = item.conflicts.filter((one) => one.by === first.by);
    const points = Object.assign({}, ...same.map((one) => one.points));
    return { ids: same.map((one) => one.id), by: first.by, time: first.time, points };
  }

  const differ = (a, b) =>
    (a?.state ?? null) !== (b?.state ?? null) ||
    (a && a.x !== null && Math.hypot(a.x - b.x, a.y - b.y) > 1e-3);

  function mark(point, shapes, kind, part, one) {
    if (!point || point.x === null) return null;
    return svg("g", { class: kind, transform: `translate(${point.x} ${point.y}) scale(${one})` },
      svg("g", { class: "halo" }, ...shapes()), svg("g", { class: "form" }, ...shapes()),
      svg("text", { x: 12, y: kind === "mine" ? -8 : 16 }, `${part}, ${kind}`));
  }

  function draw() {
    const item = store.view();
    const chosen = item && store.queue.of(item.key).some(({ kind }) => kind === "resolve");
    const shown = item !== null && item.conflicts.length > 0 && !chosen;
    panel.hidden = !shown;
    by("canvas").classList.toggle("versions", shown);
    if (!shown) {
      panel.dataset.written = "";
      return layer.replaceChildren();
    }
    const version = versionOf(item);
    const parts = Object.keys(version.points).filter((part) => differ(version.points[part], item.points[part]));
    const rows = parts.map((part) => version.points[part]?.y ?? item.points[part]?.y ?? 0);
    const middle = rows.reduce((sum, y) => sum + y, 0) / (rows.length || 1);
    panel.classList.toggle("above", middle > item.size / 2); // it must not cover what it is about
    const box = by("picture").getBoundingClientRect();
    const zoom = Number(by("picture").dataset.zoom);
    const one = item.size / (Math.min(box.width, box.height) * zoom || 1);
    layer.replaceChildren(...parts.flatMap((part) => {
      const mine = version.points[part];
      const theirs = item.points[part];
      const line = mine && theirs && mine.x !== null && theirs.x !== null &&
        svg("line", { x1: mine.x, y1: mine.y, x2: theirs.x, y2: theirs.y });
      return [line, mark(theirs, THEIRS, "theirs", part, one), mark(mine, MINE, "mine", part, one)];
    }).filter(Boolean));
    const written = version.ids.join() + item.revision;
    if (panel.dataset.written === written) return;
    panel.dataset.written = written;
    const [other] = parts.map((part) => item.points[part]?.by).filter(Boolean);
    const choose = (keep) => () => version.ids.forEach((id) => store.resolve(item.key, id, keep));
    const states = parts.filter((part) => version.points[part]?.state !== item.points[part]?.state)
      .map((part) => `${part}: mine ${version.points[part]?.state ?? "not labeled"}, theirs ${item.points[part]?.state ?? "not labeled"}`);
    put(panel, [
      html("h2", {}, "This frame was changed meanwhile"),
      html("p", {}, `Nothing is lost: the edit of ${version.by || "somebody"} rests on an older version of the frame`,
        other ? `, which ${other} has changed. ` : ". ",
        parts.length ? `They differ in ${parts.join(", ")}.` : "Both say the same."),
      states.length ? html("p", { class: "quiet" }, `${states.join("; ")}.`) : null,
      html("div", { class: "row" },
        html("button", { type: "button", "data-keep": "mine", onclick: choose("mine") }, "▲ Keep mine"),
        html("button", { type: "button", "data-keep": "theirs", onclick: choose("theirs") }, "■ Keep theirs")),
    ]);
  }

  store.on("item", (key) => key === store.shown && draw());
  store.on("shown", draw);
  store.on("zoom", draw);
  store.on("conflict", (key) => {
    if (key !== store.shown)
      notify(`${key} was changed meanwhile; both versions are kept.`, {
        stay: true, action: ["Choose", () => store.open(key)],
      });
  });
}
