// What waits to be saved: in order, one at a time, kept in localStorage until it is acknowledged.
//
// An entry is {id, kind, key, path, body, until?, again?, chain?}; `body.id` is a uuid, so that what
// is sent twice counts once.  Each tab has a queue of its own; that of a tab that was closed is taken
// over.

import { call } from "./api.js";

const LONGEST_PAUSE = 15000; // ms between two tries
const FIRST_PAUSE = 500;
const LOOK_FOR_LEFT = 5000; // ms between looks for queues of closed tabs
const LONGEST_HOLD = 400; // ms that an entry is held back, whatever the clock does meanwhile
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

/** What would take back, or make again, an edit that has not come about: it meant that one. */
function orphaned(behind) {
  const lost = [];
  let above = 0; // edits after it that are still to be taken back
  for (const entry of behind) {
    if (entry.kind === "edit" || entry.kind === "resolve") above += 1;
    else if (entry.kind === "undo" && above) above -= 1;
    else if (entry.kind === "redo" && (above || !lost.length)) above += 1;
    else if (entry.kind === "undo" || entry.kind === "redo") lost.push(entry);
  }
  return lost;
}

/**
 * @param space  a folder of labels: queues of others are left alone.
 * @param told   {settled(entry, answer), refused(entry, error, conflict), lost(count), changed()}
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
      const found = JSON.parse(localStorage.getItem(name)) || [];
      return found.map((entry) => ({ ...entry, again: true })); // it may have been sent
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
      const first = entries[0];
      if (first.until) first.until = Math.min(first.until, Date.now() + LONGEST_HOLD);
      const early = (first.until ?? 0) - Date.now();
      if (early > 0 && entries.length === 1) {
        await pause(early);
        continue;
      }
      const entry = (flying = entries[0]);
      let answer, error;
      try {
        answer = await call(entry.method ?? "POST", entry.path, entry.body);
      } catch (caught) {
        error = caught;
      }
      flying = null;
      if (error && (MORE_PATIENCE.has(error.status) || error.status >= 500)) {
        trouble = error;
        entry.again = true;
        told.changed();
        await pause(wait);
        wait = Math.min(wait * 2, LONGEST_PAUSE);
        continue;
      }
      trouble = null;
      wait = FIRST_PAUSE;
      entries.shift();
      const lost = error && entry.kind === "edit" ? orphaned(entries) : [];
      entries = entries.filter((one) => !lost.includes(one));
      try {
        if (error) told.refused(entry, error);
        else told.settled(entry, answer);
      } catch (fault) {
        console.error(fault); // one that is shown badly must not hold up those behind it
      }
      keep();
      if (lost.length) told.lost(lost.length);
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
    /** Let a function change this tab's last entry before it is sent; false where it cannot. */
    amend(changes) {
      const last = entries.at(-1);
      if (!last || last === flying || last.body.tab !== tab || !changes(last)) return false;
      keep();
      return true;
    },
    /**
     * What an entry has just made of a revision is what the tab's later edits of that revision rest
     * on.  Edits of other tabs and of other revisions did not know of it: the server shall see that.
     */
    rebase(by, key, revision) {
      for (const { key: of, chain, body } of entries) {
        const own = of === key && body.tab === by.body.tab && chain === by.chain;
        if (own && body.revision === revision - 1) body.revision = revision;
      }
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
