/** Puts the chat on a page: `<script src="…/channels/web/widget.js" data-language="ar" defer></script>`.
 *
 * `data-language`, `data-accent`, `data-theme="light|dark"` and `data-open` are optional. The page may call
 * `WaslChat.open()`, `.close()` and `.language("fr")`.
 */

import { render } from "preact";

import { Chat } from "./chat";
import { onAccent } from "./colour";
import { chime } from "./sound";
import { Storage } from "./storage";
import css from "./style.css?inline";
import { App } from "./view/App";
import { LANGUAGES, pickLanguage } from "./words";

declare global {
  interface Window {
    WaslChat?: { open(): void; close(): void; language(language: string): void };
  }
}

const script = document.currentScript as HTMLScriptElement | null;

function start(): void {
  if (!script || window.WaslChat) return;
  const base = script.src.replace(/\/widget\.js.*$/, "");
  const { language, accent, theme, open } = script.dataset;
  const storage = new Storage(`wasl-chat:${base}:`);
  const kept = storage.choices();
  const first = [kept.language, language, document.documentElement.lang, navigator.language];
  const chat = new Chat(base, storage, pickLanguage(first, LANGUAGES), chime);

  const host = document.createElement("div");
  host.id = "wasl-chat";
  host.style.setProperty("all", "initial", "important"); // against rules of the page for every div
  if (theme) host.dataset["theme"] = theme;
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  const paint = () => {
    const colour = accent || chat.state.settings?.accent || "#0f766e";
    host.style.setProperty("--accent", colour);
    host.style.setProperty("--on-accent", onAccent(colour));
  };
  paint();
  chat.subscribe(paint);
  document.body.appendChild(host);
  render(<App chat={chat} />, root);

  addEventListener("online", () => chat.hurry());
  addEventListener("offline", () => chat.offline());
  document.addEventListener("visibilitychange", () => chat.hurry());
  window.WaslChat = {
    open: () => chat.open(),
    close: () => chat.close(),
    language: (wanted) => chat.setLanguage(pickLanguage([wanted, chat.state.language], LANGUAGES)),
  };
  if (open !== undefined) chat.open();
}

/** Constructed sheets are allowed by a page's strict content policy; a style element may not be. */
function dress(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = css;
    root.appendChild(style);
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
