// One message on a phone.

import { icon, linked, make } from "./dom.js";
import { text, time } from "./i18n.js";

/** `actions`: reply(message), choose(message, choice, fromList), openList(message). */
export function bubble(message, { quoted, answered, actions }) {
  const body = make("div", { class: "bubble" });
  if (quoted) body.append(make("p", { class: "quote", dir: "auto" }, summary(quoted)));
  body.append(...content(message));
  body.append(
    make("p", { class: "meta" }, make("time", { datetime: message.at }, time(message.at)),
      message.direction === "out" ? icon(message.state, text(message.state)) : null));
  const item = make("li", { class: `entry ${message.direction}`, "data-id": message.id }, body);
  const reply = make("button", { type: "button", class: "reply", title: text("replyTo"), "aria-label": text("replyTo"),
    onclick: () => actions.reply(message) }, icon("reply"));
  body.append(reply);
  if (message.buttons) item.append(buttons(message, answered, actions));
  if (message.list) {
    item.append(make("div", { class: "choices" },
      make("button", { type: "button", dir: "auto", onclick: () => actions.openList(message) },
        icon("list"), message.list.label)));
  }
  if (message.code) item.append(make("div", { class: "choices" }, copyButton(message.code)));
  return item;
}

/** A line that stands for a message where it is quoted or listed. */
export function summary(message) {
  if (message.text) return message.text;
  if (message.kind === "location") return message.location.name || text("place");
  return text({ audio: "voiceMessage", image: "photo" }[message.kind] ?? "file");
}

function buttons(message, answered, actions) {
  return make("div", { class: "choices" }, ...message.buttons.map((choice) =>
    make("button", { type: "button", dir: "auto", disabled: answered, onclick: () => actions.choose(message, choice, false) },
      choice.title)));
}

function copyButton(code) {
  const button = make("button", { type: "button" }, text("copy"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code);
      button.textContent = text("copied");
    } catch {
      button.textContent = code; // no clipboard here: the code itself, to be read
    }
  });
  return button;
}

function content(message) {
  const words = message.text ? [make("p", { class: "words", dir: "auto" }, ...linked(message.text))] : [];
  if (message.code) return [make("p", { class: "code", dir: "ltr" }, message.code), ...words];
  if (message.kind === "location") return [place(message.location)];
  if (message.media) return [file(message), ...words];
  return words;
}

function place({ latitude, longitude, name, address }) {
  const point = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
  return make("a", { class: "place", target: "_blank", rel: "noreferrer", title: text("openMap"),
    href: `https://maps.google.com/?q=${latitude},${longitude}` },
    make("span", { class: "map" }, icon("place")),
    make("b", { dir: "auto" }, name || text("place")),
    make("small", { dir: "auto" }, address || ""), make("small", { dir: "ltr" }, point));
}

function file({ kind, media }) {
  const source = `api/media/${media.id}`;
  if (kind === "image" || kind === "sticker") return make("img", { class: kind, src: source, alt: media.name || text("photo"), loading: "lazy" });
  if (kind === "audio") return make("audio", { src: source, controls: true, preload: "metadata" });
  if (kind === "video") return make("video", { src: source, controls: true, preload: "metadata" });
  const size = media.size > 1e6 ? `${(media.size / 1e6).toFixed(1)} MB` : `${Math.ceil(media.size / 1000)} kB`;
  return make("a", { class: "document", href: source, target: "_blank", rel: "noreferrer" }, icon("file"),
    make("span", {}, make("b", { dir: "auto" }, media.name || text("file")), make("small", { dir: "ltr" }, size)));
}
