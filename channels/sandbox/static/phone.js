// A phone: one customer's thread with the company, and everything that customer can do.

import { bubble, summary } from "./bubbles.js";
import { call, icon, make, recall, remember } from "./dom.js";
import { text, translate } from "./i18n.js";
import { askPlace } from "./place.js";

const TYPING_FOR = 25_000;

export class Phone {
  constructor(customer, company, onClose) {
    this.customer = customer;
    this.company = company;
    this.replyingTo = null;
    this.looks = recall(`looks-${customer.id}`, true);
    this.element = this.#build(onClose);
    this.render();
  }

  /** Draw everything again: another language, a new name, a fresh list of messages. */
  render() {
    const { customer } = this;
    translate(this.element);
    const owner = customer.name || customer.number || customer.user_id;
    this.element.setAttribute("aria-label", text("phoneOf", { name: owner }));
    this.owner.replaceChildren(make("bdi", {}, owner), customer.name
      ? make("bdi", { dir: "ltr", class: "number" }, customer.number ?? text("noNumber")) : "");
    this.lookToggle.setAttribute("aria-pressed", this.looks);
    this.blockToggle.setAttribute("aria-pressed", customer.blocked);
    this.#showTyping(false);
    this.sheet.hidden = true;
    this.thread.replaceChildren(...(customer.messages.length
      ? customer.messages.map((message) => this.#bubble(message))
      : [make("li", { class: "first" }, text("hello"))]));
    this.#toEnd();
    this.look();
  }

  add(message) {
    this.thread.querySelector(".first")?.remove();
    this.thread.append(this.#bubble(message));
    if (message.direction === "in") this.#showTyping(false);
    if (message.reply_to) this.#redraw(message.reply_to);
    this.#toEnd();
    this.look();
  }

  change(message) {
    this.#redraw(message.id);
    if (message.state === "delivered" && message.direction === "in") this.look();
  }

  typing() {
    this.#showTyping(true);
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.#showTyping(false), TYPING_FOR);
  }

  /** The customer looks at the phone: delivered messages become read. */
  look() {
    const waits = this.customer.messages.some((one) => one.direction === "in" && one.state === "delivered");
    if (waits && this.looks && document.visibilityState === "visible") this.#do(call("POST", this.#path("look")));
  }

  focus() {
    this.element.scrollIntoView({ behavior: "smooth", block: "nearest", inline: "center" });
    this.input.focus({ preventScroll: true });
  }

  #build(onClose) {
    this.owner = make("p", { class: "owner" });
    this.presence = make("small");
    this.lookToggle = this.#toggle("eye", "look", () => {
      this.looks = !this.looks;
      remember(`looks-${this.customer.id}`, this.looks);
      this.render();
    });
    this.blockToggle = this.#toggle("block", "block", () =>
      this.#do(call("PATCH", `customers/${this.customer.id}`, { blocked: !this.customer.blocked })));
    const close = make("button", { type: "button", "data-title": "close", onclick: onClose }, icon("close"));
    this.thread = make("ol", { class: "thread", role: "log", tabindex: "0" });
    this.sheet = make("div", { class: "sheet", role: "dialog", hidden: true });
    this.quote = make("div", { class: "replying", hidden: true });
    this.problem = make("p", { class: "phone-problem", role: "alert", hidden: true });
    return make("article", { class: "phone" },
      make("div", { class: "strip" }, this.owner, this.lookToggle, this.blockToggle, close),
      make("div", { class: "screen" },
        make("header", { class: "company" }, make("span", { class: "avatar", "aria-hidden": "true" }, initials(this.company.name)),
          make("div", {}, make("b", { dir: "auto" }, this.company.name), this.presence)),
        this.thread, this.quote, this.problem, this.#composer(), this.sheet));
  }

  #toggle(name, label, onclick) {
    return make("button", { type: "button", "data-title": label, "aria-pressed": "false", onclick }, icon(name));
  }

  #composer() {
    this.input = make("textarea", { rows: "1", dir: "auto", "data-placeholder": "write", "data-label": "write" });
    this.input.addEventListener("input", () => this.#grow());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#sendText();
      } else if (event.key === "Escape") this.#reply(null);
    });
    const menu = make("div", { class: "attach-menu", hidden: true },
      this.#picker("photo", "file", "", false), this.#picker("voice", "microphone", "audio/*", true),
      make("button", { type: "button", onclick: () => this.#sendPlace() }, icon("place"), make("span", { "data-text": "place" })));
    const attach = make("button", { type: "button", "data-title": "attach", "aria-expanded": "false", onclick: () => {
      menu.hidden = !menu.hidden;
      attach.setAttribute("aria-expanded", !menu.hidden);
    } }, icon("attach"));
    menu.addEventListener("click", () => {
      menu.hidden = true;
      attach.setAttribute("aria-expanded", "false");
    });
    const send = make("button", { type: "submit", class: "send", "data-title": "send" }, icon("send"));
    return make("form", { class: "composer", onsubmit: (event) => {
      event.preventDefault();
      this.#sendText();
    } }, attach, menu, this.input, send);
  }

  #picker(label, symbol, accept, voice) {
    const input = make("input", { type: "file", hidden: true, accept, onchange: () => {
      if (input.files[0]) this.#sendFile(input.files[0], voice);
      input.value = "";
    } });
    return make("button", { type: "button", onclick: (event) => event.target !== input && input.click() },
      icon(symbol), make("span", { "data-text": label }), input);
  }

  async #sendText() {
    const words = this.input.value.trim();
    if (words && await this.#send({ type: "text", text: words })) {
      this.input.value = "";
      this.#grow();
    }
  }

  async #sendPlace() {
    const place = await askPlace();
    if (place) await this.#send({ type: "location", ...place });
  }

  async #sendFile(file, voice) {
    const form = new FormData();
    form.append("file", file);
    form.append("caption", voice ? "" : this.input.value.trim());
    form.append("voice", voice);
    if (this.replyingTo) form.append("reply_to", this.replyingTo.id);
    if (await this.#do(call("POST", this.#path("files"), form))) {
      this.input.value = "";
      this.#reply(null);
    }
  }

  #choose(message, choice, list) {
    this.sheet.hidden = true;
    return this.#send({ type: "choice", id: choice.id, title: choice.title, description: choice.description ?? null, list }, message.id);
  }

  async #send(message, replyTo = this.replyingTo?.id ?? null) {
    const sent = await this.#do(call("POST", this.#path("messages"), { message: { ...message, reply_to: replyTo } }));
    if (sent) this.#reply(null);
    return sent;
  }

  async #do(request) {
    try {
      await request;
      this.problem.hidden = true;
      return true;
    } catch {
      this.problem.textContent = text("notSent");
      this.problem.hidden = false;
      return false;
    }
  }

  #path(what) {
    return `customers/${encodeURIComponent(this.customer.id)}/${what}`;
  }

  #bubble(message) {
    const { messages } = this.customer;
    return bubble(message, {
      quoted: message.reply_to && messages.find((one) => one.id === message.reply_to),
      answered: messages.some((one) => one.direction === "out" && one.reply_to === message.id),
      actions: {
        reply: (one) => this.#reply(one),
        choose: (one, choice, list) => this.#choose(one, choice, list),
        openList: (one) => this.#openList(one),
      },
    });
  }

  #redraw(id) {
    const message = this.customer.messages.find((one) => one.id === id);
    const drawn = message && this.thread.querySelector(`[data-id="${CSS.escape(id)}"]`);
    drawn?.replaceWith(this.#bubble(message));
  }

  #openList(message) {
    const rows = message.list.rows.map((row) => make("button", { type: "button", onclick: () => this.#choose(message, row, true) },
      make("b", { dir: "auto" }, row.title), row.description ? make("small", { dir: "auto" }, row.description) : null));
    const back = make("button", { type: "button", class: "back", onclick: () => (this.sheet.hidden = true) }, icon("close"), text("back"));
    this.sheet.setAttribute("aria-label", message.list.label);
    this.sheet.replaceChildren(make("h3", { dir: "auto" }, message.list.label), ...rows, back);
    this.sheet.hidden = false;
    this.sheet.querySelector("button").focus();
  }

  #reply(message) {
    this.replyingTo = message;
    this.quote.hidden = !message;
    if (!message) return;
    this.quote.replaceChildren(make("p", { dir: "auto" }, summary(message)),
      make("button", { type: "button", title: text("cancel"), "aria-label": text("cancel"), onclick: () => this.#reply(null) }, icon("close")));
    this.input.focus();
  }

  #showTyping(on) {
    this.presence.textContent = on ? text("typing") : text("business");
    this.presence.classList.toggle("typing", on);
  }

  #grow() {
    this.input.style.blockSize = "auto";
    this.input.style.blockSize = `${Math.min(this.input.scrollHeight, 110)}px`;
  }

  #toEnd() {
    this.thread.scrollTop = this.thread.scrollHeight;
  }
}

function initials(name) {
  return name.split(/[\s-]+/).map((word) => word[0]).join("").slice(0, 3).toUpperCase();
}
