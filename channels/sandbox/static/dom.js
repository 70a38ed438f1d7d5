// Small helpers: elements, icons, requests. Texts always go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  send: "M3 20.5 21.5 12 3 3.5v6.6l11 1.9-11 1.9z",
  attach: "M16.5 6.5v9.8a4.3 4.3 0 0 1-8.6 0V5.6a2.8 2.8 0 0 1 5.6 0v9.6a1.2 1.2 0 0 1-2.5 0V6.5H9.5v8.7a2.7 2.7 0 0 0 5.5 0V5.6a4.3 4.3 0 0 0-8.6 0v10.7a5.8 5.8 0 0 0 11.6 0V6.5z",
  close: "M18.3 5.7 12 12l6.3 6.3-1.4 1.4L10.6 13.4 4.3 19.7l-1.4-1.4L9.2 12 2.9 5.7l1.4-1.4 6.3 6.3 6.3-6.3z",
  eye: "M12 5C6.5 5 2.7 9.6 1.5 12c1.2 2.4 5 7 10.5 7s9.3-4.6 10.5-7C21.3 9.6 17.5 5 12 5zm0 11.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9zm0-7a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  block: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2c1.8 0 3.5.6 4.9 1.7L5.7 16.9A8 8 0 0 1 12 4zm0 16a8 8 0 0 1-4.9-1.7L18.3 7.1A8 8 0 0 1 12 20z",
  place: "M12 2a7 7 0 0 0-7 7c0 5.2 7 13 7 13s7-7.8 7-13a7 7 0 0 0-7-7zm0 9.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5z",
  file: "M6 2h8l6 6v14H6zm7 1.5V9h5.5z",
  microphone: "M12 15a3 3 0 0 0 3-3V6a3 3 0 1 0-6 0v6a3 3 0 0 0 3 3zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.9V22h2v-3.1A7 7 0 0 0 19 12z",
  reply: "M10 9V5l-7 7 7 7v-4.1c5 0 8.5 1.6 11 5.1-1-5-4-10-11-11z",
  list: "M4 6h16v2H4zm0 5h16v2H4zm0 5h16v2H4z",
  sent: "M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z",
  delivered: "M17.7 6.3 16.3 4.9 10 11.2l1.4 1.4zM22 4.9 11.4 15.5 7.2 11.3 5.8 12.7l5.6 5.6L23.4 6.3zM.6 12.7l5.6 5.6 1.4-1.4L2 11.3z",
  sending: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16zm1-13h-2v6l5 3 1-1.6-4-2.4z",
};

/** `make("p", {class: "hint"}, "text", child)`; `on…` are listeners. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-")) node.setAttribute(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.classList.add("icon", `icon-${name}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name === "read" ? "delivered" : name]);
  svg.append(path);
  return svg;
}

/** Text with its web addresses as links. */
export function linked(words) {
  const nodes = words.split(/(https?:\/\/[^\s<>"]+)/).map((part, index) =>
    index % 2 ? make("a", { href: part, target: "_blank", rel: "noreferrer" }, part) : part);
  return nodes.filter((node) => node !== "");
}

export async function call(method, path, body) {
  const form = body instanceof FormData;
  const answer = await fetch(`api/${path}`, {
    method,
    headers: body && !form ? { "Content-Type": "application/json" } : {},
    body: form ? body : body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

export function remember(key, value) {
  localStorage.setItem(`wasl-sandbox-${key}`, JSON.stringify(value));
}

export function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`wasl-sandbox-${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}
