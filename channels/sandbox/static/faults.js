// The panel that makes things go wrong.

import { call, make } from "./dom.js";
import { text } from "./i18n.js";

const byId = (id) => document.getElementById(id);
let started = false;

export function startFaults(kinds) {
  const form = byId("new-fault");
  form.elements.kind.replaceChildren(...kinds.map((kind) => make("option", { value: kind, "data-text": kind }, text(kind))));
  if (started) return;
  started = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const count = form.elements.count.value;
    call("POST", "faults", { kind: form.elements.kind.value, count: count ? Number(count) : null });
  });
  byId("no-faults").addEventListener("click", () => call("DELETE", "faults"));
  byId("flow").addEventListener("change", () => {
    const boxes = [...byId("flow").querySelectorAll("input")];
    call("PUT", "flow", Object.fromEntries(boxes.map((box) => [box.name, box.checked])));
  });
  const toggle = byId("faults-toggle");
  toggle.addEventListener("click", () => {
    byId("faults").hidden = !byId("faults").hidden;
    toggle.setAttribute("aria-expanded", !byId("faults").hidden);
  });
}

export function showFaults({ faults, flow }) {
  byId("pending").replaceChildren(...faults.map(({ kind, count }) =>
    make("li", {}, make("span", { "data-text": kind }, text(kind)),
      make("b", {}, count ? text("times", { n: count }) : text("always")))));
  byId("no-faults").hidden = faults.length === 0;
  for (const box of byId("flow").querySelectorAll("input")) box.checked = flow[box.name];
  const active = faults.length + Object.values(flow).filter(Boolean).length;
  byId("faults-count").hidden = active === 0;
  byId("faults-count").textContent = active;
}
