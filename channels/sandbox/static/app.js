// The page: follows the sandbox's stream, keeps the list of customers and the open phones.

import { summary } from "./bubbles.js";
import { call, make, recall, remember } from "./dom.js";
import { setLanguage, storedLanguage, text } from "./i18n.js";
import { startFaults, showFaults } from "./faults.js";
import { Phone } from "./phone.js";

const customers = new Map();
const phones = new Map();
let company = { name: "", number: "" };
let suggestions = [];
let drawing = false;

const byId = (id) => document.getElementById(id);

const changes = {
  hello(change) {
    company = change.company;
    suggestions = change.suggestions;
    customers.clear();
    for (const customer of change.customers) customers.set(customer.id, customer);
    const open = phones.size ? [...phones.keys()] : recall("phones", []);
    for (const phone of phones.values()) phone.element.remove();
    phones.clear();
    for (const id of open) if (customers.has(id)) openPhone(id, false);
    startFaults(change.kinds);
    showFaults(change);
    document.body.dataset.connected = change.connected; // to the company: its address is known
  },
  customer({ customer }) {
    const known = customers.get(customer.id);
    const messages = known?.messages ?? customer.messages;
    const merged = Object.assign(known ?? {}, customer, { messages });
    customers.set(customer.id, merged);
    phones.get(customer.id)?.render();
  },
  message({ customer: id, message }) {
    const customer = customers.get(id);
    if (!customer || customer.messages.some((one) => one.id === message.id)) return;
    customer.messages.push(message);
    customer.messages.splice(0, customer.messages.length - 500);
    if (message.code && !phones.has(id)) openPhone(id, false); // a code is wanted now
    else phones.get(id)?.add(message);
  },
  state({ customer: id, id: messageId, state }) {
    const message = customers.get(id)?.messages.find((one) => one.id === messageId);
    if (!message) return;
    message.state = state;
    phones.get(id)?.change(message);
  },
  typing({ customer }) {
    phones.get(customer)?.typing();
  },
  faults: showFaults,
  reset() {
    source.close();
    follow();
  },
};

let source;
function follow() {
  source = new EventSource("api/events");
  source.onopen = () => (byId("offline").hidden = true);
  source.onerror = () => (byId("offline").hidden = false);
  source.onmessage = (event) => {
    const change = JSON.parse(event.data);
    changes[change.type]?.(change);
    drawPeople();
  };
}

function openPhone(id, focus) {
  let phone = phones.get(id);
  if (!phone) {
    phone = new Phone(customers.get(id), company, () => closePhone(id));
    phones.set(id, phone);
    byId("phones").append(phone.element);
    phone.render();
    rememberPhones();
    drawPeople();
  }
  if (focus) phone.focus();
}

function closePhone(id) {
  phones.get(id).element.remove();
  phones.delete(id);
  rememberPhones();
  drawPeople();
}

function rememberPhones() {
  remember("phones", [...phones.keys()]);
  byId("no-phone").hidden = phones.size > 0;
}

/** The list of customers, at most once a frame: thousands of messages may pass through. */
function drawPeople() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const newest = [...customers.values()].sort((a, b) => lastAt(b) - lastAt(a)).slice(0, 60);
    byId("people").replaceChildren(...newest.map(person));
    byId("nobody").hidden = newest.length > 0;
    const unmet = suggestions.filter(({ number }) => !customers.has(number.slice(1)));
    byId("suggestions").hidden = unmet.length === 0;
    byId("suggestions").querySelector("ul").replaceChildren(...unmet.map(suggestion));
  });
}

function lastAt(customer) {
  return Date.parse(customer.messages.at(-1)?.at ?? 0);
}

function person(customer) {
  const unread = customer.messages.filter((one) => one.direction === "in" && one.state !== "read").length;
  const last = customer.messages.at(-1);
  const label = customer.name || customer.number || customer.user_id;
  return make("li", {}, make("button", { type: "button", "aria-pressed": phones.has(customer.id), onclick: () => openPhone(customer.id, true) },
    make("b", {}, make("bdi", {}, label)),
    customer.name ? make("bdi", { dir: "ltr", class: "number" }, customer.number ?? text("noNumber")) : null,
    last ? make("small", { dir: "auto" }, summary(last)) : null,
    unread ? make("span", { class: "badge", "aria-label": text("unread", { n: unread }) }, String(unread)) : null));
}

function suggestion({ number, name, note }) {
  return make("li", {}, make("button", { type: "button", onclick: () => meet(number, name) },
    make("b", {}, make("bdi", {}, name)), make("bdi", { dir: "ltr", class: "number" }, number),
    note ? make("small", { dir: "auto" }, note) : null));
}

async function meet(address, name) {
  const customer = await call("POST", "customers", { address, name });
  if (!customers.has(customer.id)) customers.set(customer.id, customer);
  openPhone(customer.id, true);
  drawPeople();
}

function startForm() {
  const form = byId("new-customer");
  const problem = byId("new-customer-problem");
  form.elements.hidden.addEventListener("change", () => (byId("number-field").hidden = form.elements.hidden.checked));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const address = form.elements.hidden.checked ? hiddenAddress() : wholeNumber(form.elements.number.value);
    problem.hidden = Boolean(address);
    problem.textContent = text("numberProblem");
    if (!address) return form.elements.number.focus();
    await meet(address, form.elements.name.value.trim());
    form.reset();
    byId("number-field").hidden = false;
  });
}

/** "0612345678" is Moroccan; anything else needs its country code. */
function wholeNumber(typed) {
  const digits = typed.replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660).replace(/[\s().-]/g, "");
  const whole = digits.replace(/^00/, "+").replace(/^0(?=[5-8]\d{8}$)/, "+212");
  return /^\+?\d{8,15}$/.test(whole) && !/^0/.test(whole) ? `+${whole.replace("+", "")}` : null;
}

function hiddenAddress() {
  return `MA.${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte % 10).join("")}`;
}

function startLanguages() {
  const buttons = document.querySelectorAll("[data-language]");
  const use = (wanted) => {
    setLanguage(wanted);
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.language === wanted);
    for (const phone of phones.values()) phone.render();
    drawPeople();
  };
  for (const button of buttons) button.addEventListener("click", () => use(button.dataset.language));
  use(storedLanguage());
}

document.addEventListener("visibilitychange", () => {
  for (const phone of phones.values()) phone.look();
});
startLanguages();
startForm();
follow();
