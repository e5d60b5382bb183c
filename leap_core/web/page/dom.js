// Small tools for making elements and remembering choices.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element with attributes, `on...` listeners and children (elements or text). */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value);
  }
  put(element, children);
  return element;
}

/** Give an element these children instead; null is none. */
export function put(element, children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** A picture of index.html's symbols. */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#${name}` }));
}

export const by = (id) => document.getElementById(id);

/** What this browser remembers under a name; `otherwise` where nothing, or nothing readable. */
export function remembered(name, otherwise) {
  try {
    const text = localStorage.getItem(`leap.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`leap.${name}`, JSON.stringify(value));
  } catch {
    // a choice that is not remembered is no harm
  }
}

/** Functions that are told when something happens. */
export function signals() {
  const told = new Map();
  return {
    on(name, listener) {
      if (!told.has(name)) told.set(name, new Set());
      told.get(name).add(listener);
      return () => told.get(name).delete(listener);
    },
    emit(name, detail) {
      for (const listener of told.get(name) ?? []) listener(detail);
    },
  };
}
