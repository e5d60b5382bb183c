// What waits to be saved: in order, one at a time, kept in localStorage until it is acknowledged.
//
// An entry is {id, kind, key, path, body, until?}; `body.id` is a uuid, so that what is sent twice
// counts once.  Each tab has a queue of its own; that of a tab that was closed is taken over.

import { post } from "./api.js";

const LONGEST_PAUSE = 15000; // ms between two tries
const FIRST_PAUSE = 500;
const LOOK_FOR_LEFT = 5000; // ms between looks for queues of closed tabs
const MORE_PATIENCE = new Set([0, 401, 403, 408, 425, 429]);

const holding = (name, options, task) =>
  navigator.locks ? navigator.locks.request(name, options, task) : task({});

/** The tab's name, held as a lock while it lives; a copied tab gets another one. */
async function ownTab() {
  for (;;) {
    const tab = sessionStorage.getItem("leap.tab") || crypto.randomUUID();
    const held = await new Promise((resolve) => {
      holding(`leap.tab.${tab}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && navigator.locks && new Promise(() => {});
      });
    });
    if (held) {
      sessionStorage.setItem("leap.tab", tab);
      return tab;
    }
    sessionStorage.removeItem("leap.tab");
  }
}

/**
 * @param space  the dataset: queues of others are left alone.
 * @param told   {settled(entry, answer), refused(entry, error), changed()}
 */
export async function openQueue(space, told) {
  const tab = await ownTab();
  const prefix = `leap.queue.${space}.`;
  let entries = stored(prefix + tab);
  let flying = null; // the entry that is on its way
  let trouble = null; // the error of the last try
  let running = false;
  let wake = () => {};
  let safe = true; // whether what waits would outlive the page

  function stored(name) {
    try {
      return JSON.parse(localStorage.getItem(name)) || [];
    } catch {
      return [];
    }
  }

  function keep() {
    try {
      if (entries.length) localStorage.setItem(prefix + tab, JSON.stringify(entries));
      else localStorage.removeItem(prefix + tab);
      safe = true;
    } catch {
      safe = false; // full or forbidden: what waits is in this page alone
    }
    told.changed();
  }

  const pause = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => (clearTimeout(timer), resolve());
    });

  async function run() {
    if (running) return;
    running = true;
    let wait = FIRST_PAUSE;
    while (entries.length) {
      const early = (entries[0].until ?? 0) - Date.now();
      if (early > 0 && entries.length === 1) {
        await pause(early);
        continue;
      }
      const entry = (flying = entries[0]);
      let answer, error;
      try {
        answer = await post(entry.path, entry.body);
      } catch (caught) {
        error = caught;
      }
      flying = null;
      if (error && (MORE_PATIENCE.has(error.status) || error.status >= 500)) {
        trouble = error;
        told.changed();
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_PAUSE);
        continue;
      }
      trouble = null;
      wait = FIRST_PAUSE;
      entries.shift();
      try {
        if (error) told.refused(entry, error);
        else told.settled(entry, answer);
      } catch (fault) {
        console.error(fault); // one that is shown badly must not hold up those behind it
      }
      keep();
    }
    running = false;
  }

  /** Take over what tabs that are no more have left. */
  async function adopt() {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(prefix) || name === prefix + tab) continue;
      const other = name.slice(prefix.length);
      await holding(`leap.tab.${other}`, { ifAvailable: true }, (lock) => {
        if (lock === null) return;
        entries.push(...stored(name));
        keep();
        localStorage.removeItem(name);
      });
    }
    run();
  }

  if (navigator.locks) {
    adopt();
    setInterval(adopt, LOOK_FOR_LEFT);
  }
  run();

  return {
    tab,
    push(entry) {
      if (entries.length && entries.at(-1) !== flying) delete entries.at(-1).until;
      entries.push(entry);
      keep();
      wake();
      run();
    },
    /** Let a function change the last entry before it is sent; false where it is on its way. */
    amend(changes) {
      const last = entries.at(-1);
      if (!last || last === flying || !changes(last)) return false;
      keep();
      return true;
    },
    /** The revision that an acknowledged edit led to is the one that later ones rest on. */
    rebase(key, revision) {
      for (const entry of entries)
        if (entry.key === key && "revision" in entry.body) entry.body.revision = revision;
    },
    /** Try again now. */
    retry() {
      wake();
      run();
    },
    of: (key) => entries.filter((entry) => entry.key === key),
    /** How many wait; work time alone is no loss. */
    get pending() {
      return entries.filter((entry) => entry.kind !== "time").length;
    },
    get trouble() {
      return trouble;
    },
    get safe() {
      return safe;
    },
  };
}
