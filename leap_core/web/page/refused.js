// Edits that the server has refused: kept in this browser until they are tried again or discarded.

/**
 * @param space    whose edits they are: a folder of labels.
 * @param changed  is called when there are more or fewer, also by another tab.
 */
export function openRefused(space, changed) {
  const name = `leap.refused.${space}`;
  let apart = []; // what the browser does not keep

  function stored() {
    try {
      return JSON.parse(localStorage.getItem(name)) || [];
    } catch {
      return [];
    }
  }

  /** Keep these; false where the browser does not: then they are in this page alone. */
  function keep(list) {
    try {
      if (list.length) localStorage.setItem(name, JSON.stringify(list));
      else localStorage.removeItem(name);
      return true;
    } catch {
      return false;
    }
  }

  addEventListener("storage", ({ key }) => key === name && changed());

  return {
    add(entry, why) {
      const one = { entry, why };
      if (!keep([...stored(), one])) apart.push(one);
      changed();
    },
    /** [{entry, why}], the oldest first. */
    get all() {
      return [...stored(), ...apart];
    },
    /** Whether they would outlive the page. */
    get safe() {
      return apart.length === 0;
    },
    /** Keep none of them any more. */
    clear() {
      keep([]);
      apart = [];
      changed();
    },
  };
}
