// What every page has in its top bar, and the keys that stand on its buttons.

import { by, remember, remembered } from "./dom.js";
import { shownKey } from "./keys.js";

const THEMES = { system: "light dark", dark: "dark", light: "light" };

/** The button that goes from the system's theme to dark, light, and round. */
export function themeButton() {
  const theme = (name) => {
    document.documentElement.style.colorScheme = THEMES[name];
    by("theme").textContent = `Theme: ${name}`;
    remember("theme", name);
    dispatchEvent(new Event("theme"));
  };
  theme(remembered("theme", "system"));
  by("theme").addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme(names[(names.indexOf(remembered("theme", "system")) + 1) % names.length]);
  });
}

/** Who works here: `store.person`. */
export function personField(store) {
  store.person = remembered("person", store.state.person) || store.state.person;
  by("person").value = store.person;
  by("person").addEventListener("change", () => {
    store.person = by("person").value.trim();
    remember("person", store.person);
  });
}

/** Write the keys of actions onto their buttons. */
export function keysOnButtons(keys) {
  for (const button of document.querySelectorAll("button[data-action]")) {
    const [key] = keys.keysOf(button.dataset.action) ?? [];
    button.dataset.shortcut = key ? shownKey(key) : "";
    if (!key) continue;
    button.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control"));
    button.dataset.said ??= button.title || button.textContent;
    button.title = `${button.dataset.said} (${shownKey(key)})`;
  }
}
