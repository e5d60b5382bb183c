// What the server tells by itself.  A hidden tab does not listen: a browser opens only six
// connections to one server, and many tabs would use them up.

const AGAIN = 2000; // ms

export function listen(store) {
  let source = null;
  let before = false; // whether there was a connection, so that something may have been missed
  let timer = null;

  async function missed() {
    try {
      await store.reload();
      store.expired = false;
      store.queue.retry();
    } catch (error) {
      store.expired = error.status === 401;
    }
    store.saving();
  }

  function open() {
    clearTimeout(timer);
    if (document.hidden || source) return;
    source = new EventSource("/api/events");
    source.onopen = () => {
      if (before) missed();
      before = true;
    };
    source.onmessage = ({ data }) =>
      store.hear(JSON.parse(data)).catch(() => (timer = setTimeout(missed, AGAIN)));
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      source = null;
      timer = setTimeout(open, AGAIN);
      missed();
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return open();
    source?.close();
    source = null;
  });
  open();
}
