// Names, merges and splits of regions, kept on the server.  One edit at a time: the next rests on
// what the server made of it.

import { by, html, put } from "/shared/dom.js";
import { get } from "/shared/api.js";
import { listen } from "/shared/events.js";
import { openQueue } from "/shared/queue.js";
import { openRefused } from "/shared/refused.js";
import { showSaving } from "/shared/saving.js";
import { personField } from "/shared/topbar.js";

const AGAIN = 2000; // ms

/** Give the store what saving needs, and listen to what others do. */
export async function openEdits(store, { notify }) {
  const { head } = store;
  const space = `explore.${head.dataset}.${head.edits.file}`;
  let taking = Promise.resolve();
  let saved = 0; // edits that are saved, but not shown yet
  let own = new Set(); // versions that this page has made

  /** Take a head over; one after the other. */
  function take(found) {
    taking = taking.then(async () => {
      for (;;)
        try {
          return await store.take(found);
        } catch (error) {
          if (error.status === 401) return;
          await new Promise((done) => setTimeout(done, AGAIN));
          found = await get("/api/head").catch(() => found);
        }
    }).then(busy);
    return taking;
  }

  store.saving = () => store.emit("saving");
  store.state = { person: head.person };
  store.expired = false;
  store.refused = openRefused(space, () => store.emit("refused"));
  store.queue = await openQueue(space, {
    settled(entry, answer) {
      own.add(answer.edits.version);
      saved += 1;
      take(answer).then(() => {
        saved -= 1;
        busy();
      });
    },
    refused(entry, error) {
      if (entry.kind === "edit") store.refused.add(entry, error.message);
      else notify(error.message, { stay: true });
      if (error.content.edits) take(error.content);
    },
    lost: () => {},
    changed: () => (store.saving(), busy()),
  });
  store.reload = async () => {
    const found = await get("/api/head");
    const before = store.head.edits;
    // a wrong line is told without another version: what was right before it still counts
    if (JSON.stringify(found.edits) === JSON.stringify(before)) return;
    await take(found);
    if (found.edits.version !== before.version) notify("The regions were changed in another window, or in the file.");
  };
  store.hear = async (event) => {
    if (event.type !== "edits" || event.version === store.head.edits.version) return;
    await taking;
    if (store.queue.pending || own.has(event.version) || event.version === store.head.edits.version) return;
    await store.reload();
  };
  store.tryAgain = () => {
    const all = store.refused.all;
    store.refused.clear();
    for (const { entry } of all) send(entry.kind, entry.path, entry.body);
  };

  const waits = () => saved > 0 || store.queue?.pending > 0;

  function busy() {
    document.body.dataset.busy = String(waits());
    for (const element of document.querySelectorAll("#editing input, #editing select, #editing button, #edits [data-action=undo]"))
      element.disabled = waits() || (element.dataset.action === "undo" && !store.head.edits.last);
  }

  function send(kind, path, body) {
    const id = crypto.randomUUID();
    const { version } = store.head.edits;
    store.queue.push({ id, kind, key: "regions", path, body: { ...body, id, by: store.person, version } });
  }

  const edit = (region, action, { other = null, name = "", line = null } = {}) => {
    if (waits()) return notify("The last edit is not saved yet.");
    send("edit", "/api/edits", { action, region: region.id, other, name, line });
  };

  personField(store);
  showSaving(store, ["edit", "edits"], "leap explore");
  by("saved").hidden = by("person").parentElement.hidden = by("edits").hidden = false;
  listen(store);
  panel(store, edit);
  store.on("contents", busy);
  busy();

  return {
    split: (number, line) => edit(store.region(number), "split", { line }),
    undo() {
      if (!store.head.edits.last) return notify("There is no edit to take back.");
      if (waits()) return notify("The last edit is not saved yet.");
      send("undo", "/api/undo", {});
    },
  };
}

/** The fields of the pinned region, and what has been edited. */
function panel(store, edit) {
  const name = by("region-rename");
  const other = by("region-other");
  let of = null; // the id of the region whose name stands in the field

  function fields() {
    const region = store.region(store.pinned);
    by("editing").hidden = !region;
    if (!region) return (of = null);
    const typed = document.activeElement === name && of === region.id && name.value !== name.dataset.was;
    of = region.id;
    if (!typed) name.value = region.name;
    name.dataset.was = region.name;
    const chosen = other.value;
    put(other, store.regions.filter(({ id }) => id !== region.id).map(({ id, number }) =>
      html("option", { value: id }, store.nameOf(number))));
    other.value = chosen;
    if (other.selectedIndex < 0) other.selectedIndex = 0;
    by("merge-do").disabled = !other.options.length;
  }

  function told() {
    const { file, count, other: foreign, problem, last, run } = store.head.edits;
    by("edit-count").textContent = `${count} in ${file}`;
    by("edit-last").textContent = last ? `Last: ${last}` : "Nothing is edited yet.";
    const left = foreign ? `${foreign} ${foreign === 1 ? "line was" : "lines were"} made on another map and not applied.` : "";
    by("edit-problem").textContent = [problem, left].filter(Boolean).join(" ");
    by("edit-run").hidden = !run || !count;
    by("run-command").textContent = run;
  }

  name.addEventListener("change", () => {
    const region = store.regions.find(({ id }) => id === of);
    if (region && name.value.trim() !== region.name) edit(region, "name", { name: name.value.trim() });
  });
  name.addEventListener("keydown", (event) => {
    if (event.key === "Escape") name.value = name.dataset.was;
    if (event.key === "Enter" || event.key === "Escape") by("map").focus();
  });
  by("merge-do").addEventListener("click", () => {
    const [region, into] = [store.region(store.pinned), store.regions.find(({ id }) => String(id) === other.value)];
    if (!region || !into) return;
    store.pinned = into.number; // that is what remains
    edit(region, "merge", { other: into.id });
  });
  const light = () => store.hover(store.regions.find(({ id }) => String(id) === other.value)?.number ?? 0);
  for (const event of ["focus", "change"]) other.addEventListener(event, light);
  other.addEventListener("blur", () => store.hover(0));
  by("run-copy").addEventListener("click", () => {
    const words = getSelection();
    words.selectAllChildren(by("run-command"));
    navigator.clipboard?.writeText(by("run-command").textContent).catch(() => {});
  });
  for (const event of ["pinned", "contents"]) store.on(event, fields);
  store.on("contents", told);
  fields();
  told();
}
