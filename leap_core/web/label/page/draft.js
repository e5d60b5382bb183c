// A skeleton while it is being changed: parts have numbers, so that a new name changes nothing
// else; every change can be taken back.
//
// {name, parts: [{id, name, was, at}], edges, symmetry: "auto" | pairs, center, tail, head, legs,
// groups}: `was` is the name in the file (null: new), `at` px from the middle of the crop or null;
// edges and pairs are of ids, legs and groups {name, parts: ids}.

export const LISTS = ["legs", "groups"];
const LONGEST = 60;
const hundredth = (value) => Math.round(value * 100) / 100;

/** A draft of the mapping of a file. */
export function drafted(file) {
  const ids = new Map((file.parts ?? []).map((name, id) => [name, id]));
  const of = (name) => ids.get(name) ?? null;
  const roles = file.roles ?? {};
  const lists = (sets) => Object.entries(sets ?? {}).map(([name, parts]) => ({ name, parts: parts.map(of) }));
  return {
    name: file.name ?? "skeleton",
    parts: [...ids].map(([name, id]) => ({ id, name, was: name, at: file.pose?.[name] ?? null })),
    next: ids.size,
    edges: (file.edges ?? []).map((edge) => edge.map(of)),
    symmetry: Array.isArray(file.symmetry) ? file.symmetry.map((pair) => pair.map(of)) : "auto",
    center: of(roles.center),
    tail: of(roles.axis?.[0]),
    head: of(roles.axis?.[1]),
    legs: lists(roles.legs),
    groups: lists(file.groups),
  };
}

/** The mapping of the file; what is not finished (an axis of one end, an empty leg) is left out. */
export function mapping(draft) {
  const named = new Map(draft.parts.map(({ id, name }) => [id, name]));
  const names = (ids) => ids.map((id) => named.get(id));
  const lists = (sets) => Object.fromEntries(
    sets.filter(({ name, parts }) => name && parts.length).map(({ name, parts }) => [name, names(parts)]));
  const roles = { legs: lists(draft.legs) };
  if (draft.center !== null) roles.center = named.get(draft.center);
  if (draft.tail !== null && draft.head !== null) roles.axis = names([draft.tail, draft.head]);
  return {
    name: draft.name,
    parts: draft.parts.map(({ name }) => name),
    edges: draft.edges.map(names),
    symmetry: draft.symmetry === "auto" ? "auto" : draft.symmetry.map(names),
    roles,
    groups: lists(draft.groups),
    pose: Object.fromEntries(draft.parts.filter(({ at }) => at).map(({ name, at }) => [name, at])),
  };
}

/** {old: new} of parts with other names than in the file. */
export const renamed = (draft) => Object.fromEntries(
  draft.parts.filter(({ was, name }) => was !== null && was !== name).map(({ was, name }) => [was, name]));

/** What speaks against a name of a part, or an empty text. */
export function against(draft, name, own = null) {
  if (!name) return "A part needs a name.";
  if (name.length > LONGEST) return `At most ${LONGEST} letters.`;
  const taken = draft.parts.some((part) => part.name === name && part.id !== own);
  return taken ? `There is a part ${name} already.` : "";
}

export const partOf = (draft, id) => draft.parts.find((part) => part.id === id);

export function add(draft, name, at) {
  const id = draft.next;
  draft.next += 1;
  draft.parts.push({ id, name, was: null, at: at.map(hundredth) });
  return id;
}

export function move(draft, id, at) {
  partOf(draft, id).at = at.map(hundredth);
}

export function remove(draft, id) {
  const without = (pairs) => pairs.filter((pair) => !pair.includes(id));
  draft.parts = draft.parts.filter((part) => part.id !== id);
  draft.edges = without(draft.edges);
  if (draft.symmetry !== "auto") draft.symmetry = without(draft.symmetry);
  for (const role of ["center", "tail", "head"]) if (draft[role] === id) draft[role] = null;
  for (const kind of LISTS)
    for (const list of draft[kind]) list.parts = list.parts.filter((part) => part !== id);
}

/** Put a part where another one is in the order. */
export function reorder(draft, id, to) {
  const from = draft.parts.findIndex((part) => part.id === id);
  if (to < 0 || to >= draft.parts.length || from === to) return false;
  draft.parts.splice(to, 0, ...draft.parts.splice(from, 1));
  return true;
}

const same = (one, [a, b]) => (one[0] === a && one[1] === b) || (one[0] === b && one[1] === a);

/** Join two parts by an edge, or part them. */
export function toggleEdge(draft, a, b) {
  const there = draft.edges.some((edge) => same(edge, [a, b]));
  if (there) draft.edges = draft.edges.filter((edge) => !same(edge, [a, b]));
  else draft.edges.push([a, b]);
}

/** Pair two parts by hand, or part them; a part has one partner. */
export function togglePair(draft, a, b) {
  const there = draft.symmetry.some((pair) => same(pair, [a, b]));
  draft.symmetry = draft.symmetry.filter((pair) => !pair.includes(a) && !pair.includes(b));
  if (!there) draft.symmetry.push([a, b]);
}

/** Put a part at the end of a leg or group, or take it out. */
export function toggleMember(draft, kind, index, id) {
  const list = draft[kind][index];
  if (list.parts.includes(id)) list.parts = list.parts.filter((part) => part !== id);
  else list.parts.push(id);
}

/** A draft with undo and redo. @param changed  called after every change */
export function openDraft(changed) {
  let draft = drafted({});
  let saved = JSON.stringify(draft);
  let before = [];
  let after = [];

  const step = (from, to) => {
    if (!from.length) return;
    to.push(JSON.stringify(draft));
    draft = JSON.parse(from.pop());
    changed();
  };

  return {
    get now() {
      return draft;
    },
    get dirty() {
      return JSON.stringify(draft) !== saved;
    },
    get steps() {
      return { undo: before.length, redo: after.length };
    },
    load(file) {
      draft = drafted(file);
      saved = JSON.stringify(draft);
      before = [];
      after = [];
      changed();
    },
    /** Change it; what the function returns comes back, `false` takes nothing into the steps. */
    change(how) {
      const text = JSON.stringify(draft);
      const result = how(draft);
      if (JSON.stringify(draft) !== text) {
        before.push(text);
        after = [];
        changed();
      }
      return result;
    },
    undo: () => step(before, after),
    redo: () => step(after, before),
  };
}
