// Train a network on what is labeled, watch it, and take its estimates.

import { call, post } from "/shared/api.js";
import { by, html, remember, remembered, svg } from "/shared/dom.js";

const REGIMES = { fast: "Fast", config: "As in the config" };
const RUNS = new Set(["queued", "running", "estimating"]);

function time(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}

/** A line of values as a small picture. */
function sparkline(values) {
  const line = svg("svg", { class: "spark", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" });
  const finite = values.filter(Number.isFinite);
  if (finite.length > 1) {
    const most = Math.max(...finite);
    const low = Math.min(...finite);
    const points = finite.map((value, i) =>
      `${(100 * i) / (finite.length - 1)},${22 - (20 * (value - low)) / (most - low || 1)}`);
    line.append(svg("polyline", { points: points.join(" ") }));
  }
  return line;
}

export function trainPanel(store, { notify, frames }) {
  const panel = by("train");
  const last = (values) => values?.at(-1);
  const number = (value, digits) => (Number.isFinite(value) ? value.toPrecision(digits) : "–");

  async function ask(method, body) {
    try {
      const answer = method === "POST" ? await post("/api/training", body) : await call(method, "/api/training");
      store.state.training = answer.training;
      draw();
    } catch (error) {
      notify(error.message);
    }
  }

  const start = () => ask("POST", { regime: panel.querySelector("select").value, by: store.person });

  function offer() {
    const { training, offers } = store.state;
    const passed = offers.filter((count) => count <= frames.done).at(-1) ?? 0;
    if (passed <= Math.max(training.labels_then ?? 0, remembered(`offered.${store.state.dataset}`, 0))) return null;
    return html("p", { class: "offer" }, `${frames.done} frames are done: let a network propose the rest?`,
      html("button", { type: "button", "aria-label": "Not now", onclick: () => {
        remember(`offered.${store.state.dataset}`, passed);
        draw();
      } }, "Not now"));
  }

  function facts(training) {
    const epoch = training.epochs ? `epoch ${training.epoch} of ${training.epochs}` : "";
    return html("p", { class: "facts" },
      html("span", {}, epoch || training.message || ""),
      html("span", { title: "loss on validation frames" }, `loss ${number(last(training.validation) ?? last(training.loss), 3)}`),
      html("span", { title: "median error on validation frames" }, `error ${number(last(training.error_px), 3)} px`),
      html("span", {}, RUNS.has(training.state) ? time(training.seconds_left) : ""));
  }

  const SAID = { queued: "waits for its turn", running: "trains", estimating: "estimates the other frames" };

  function draw() {
    const training = store.state.training;
    const regime = panel.querySelector("select")?.value ?? remembered("regime", "fast");
    panel.dataset.state = training.state;
    const runs = RUNS.has(training.state);
    const children = [html("div", { class: "heading" }, html("h2", {}, "Network"),
      html("span", { class: "quiet", "aria-live": "polite" }, runs ? SAID[training.state] : training.model || ""))];
    if (runs) {
      const bar = html("div", { class: "bar", role: "progressbar", "aria-label": "Training" }, html("i"));
      bar.firstChild.style.width = `${training.epochs ? (100 * training.epoch) / training.epochs : 0}%`;
      children.push(bar, facts(training),
        sparkline(training.error_px?.length > 1 ? training.error_px : training.validation?.length > 1 ? training.validation : training.loss ?? []),
        html("button", { type: "button", "data-train": "stop", onclick: () => ask("DELETE") }, "Stop"));
    } else {
      const said = { failed: `It failed: ${training.message}`, stopped: `It was stopped${training.message ? `: ${training.message}` : ""}.` }[training.state];
      if (training.state === "done") children.push(training.network?.regime === "start"
        ? html("p", { class: "facts" }, "Not trained: too few frames are labeled.") : facts(training));
      if (said) children.push(html("p", { class: "said" }, said));
      children.push(offer(), html("div", { class: "row" },
        html("button", { type: "button", "data-action": "train", class: "grow" }, "Train and propose"),
        html("select", { "aria-label": "How to train", onchange: (event) => remember("regime", event.target.value) },
          ...Object.entries(REGIMES).map(([value, text]) => html("option", { value, selected: value === regime }, text)))));
    }
    const focus = panel.contains(document.activeElement) && document.activeElement.dataset;
    panel.replaceChildren(...children.filter(Boolean));
    if (focus) panel.querySelector("button[data-train], button[data-action]")?.focus();
  }

  let known = frames.done;
  store.on("training", draw);
  store.on("item", () => {
    if (frames.done === known) return;
    known = frames.done;
    draw();
  });
  store.on("estimates", () => {
    notify("The network has proposed poses.", {
      stay: true, action: ["Least sure first", () => { frames.sort(true); frames.least(true); }],
    });
  });
  draw();
  return { start };
}
