// All labels over one another, and what is odd about them.

/**
 * Draw this view; called once, when it is first opened.
 *
 * @param root  the empty element that is the view; it is shown and hidden by others
 * @param app   {store, notify, open(key, part)} as made in main.js:
 *              store: what the page knows (store.js); open: show an item in the label view;
 *              notify: say something (notices.js)
 * @returns     a function that is called each time the view is shown again, or nothing
 */
export function mount(root, app) {
  root.replaceChildren();
}
