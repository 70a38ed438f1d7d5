import { useEffect, useRef, useState } from "preact/hooks";

import { wordFor } from "../words";
import { Composer } from "./Composer";
import { useScene } from "./context";
import { Header } from "./Header";
import { Icon } from "./icons";
import { Log } from "./Log";

const PHONE = "(max-width: 480px), (max-height: 480px)";
const OFFLINE_AFTER = 3000; // a short hiccup is not worth a banner

/** The conversation: a dialog, the whole screen on a phone. */
export function Panel() {
  const { chat, state, say } = useScene();
  const panel = useRef<HTMLDivElement>(null);
  const full = useMedia(PHONE);
  const late = useLate(state.mode === "waiting" || state.mode === "off", OFFLINE_AFTER);

  useEffect(() => {
    // On a touch screen the keyboard would hide half of the thread before it was read.
    const field = matchMedia("(pointer: coarse)").matches ? null : panel.current?.querySelector("textarea");
    (field || panel.current)?.focus();
  }, []);
  useWholeScreen(panel, full);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") chat.close();
    else if (event.key === "Tab" && full) keepInside(event, panel.current!);
  };

  return (
    <div
      ref={panel}
      class="panel"
      role="dialog"
      aria-modal={full}
      aria-label={say("chat")}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <Header />
      {state.settings?.demonstration && <p class="demonstration">{say("demonstration")}</p>}
      <div role="status">{late && <p class="offline">{say(navigator.onLine ? "waiting" : "offline")}</p>}</div>
      <Log />
      <div role="alert">
        {state.notice && (
          <p class="notice">
            <span>{say(wordFor(state.notice), { size: megabytes(state.settings?.file_bytes) })}</span>
            <button type="button" class="plain" aria-label={say("remove")} onClick={() => chat.notice(null)}>
              <Icon name="close" />
            </button>
          </p>
        )}
      </div>
      <Composer />
    </div>
  );
}

function megabytes(bytes: number | undefined): number {
  return Math.floor((bytes || 0) / 1048576);
}

function keepInside(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = Array.from(
    panel.querySelectorAll<HTMLElement>("a[href], button:not(:disabled), select, textarea, [tabindex='0']"),
  );
  const first = stops[0];
  const last = stops[stops.length - 1];
  const active = (panel.getRootNode() as ShadowRoot).activeElement;
  if (event.shiftKey ? active === first || active === panel : active === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setMatches(list.matches);
    list.addListener(update); // the newer name is missing in old Safari
    return () => list.removeListener(update);
  }, [query]);
  return matches;
}

/** True once `on` has lasted for `time`. */
function useLate(on: boolean, time: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!on) return undefined;
    const timer = setTimeout(() => setLate(true), time);
    return () => clearTimeout(timer);
  }, [on, time]);
  return on && late;
}

/** Keeps the panel above the on-screen keyboard and the page behind it still. */
function useWholeScreen(panel: { current: HTMLElement | null }, full: boolean): void {
  useEffect(() => {
    const element = panel.current;
    if (!full || !element) return undefined;
    const view = window.visualViewport;
    const page = document.documentElement;
    const before = page.style.overflow;
    page.style.overflow = "hidden";
    const fit = () => {
      element.style.height = view ? `${view.height}px` : "";
      element.style.top = view ? `${view.offsetTop}px` : "";
    };
    fit();
    view?.addEventListener("resize", fit);
    view?.addEventListener("scroll", fit);
    return () => {
      page.style.overflow = before;
      element.style.height = element.style.top = "";
      view?.removeEventListener("resize", fit);
      view?.removeEventListener("scroll", fit);
    };
  }, [panel, full]);
}
