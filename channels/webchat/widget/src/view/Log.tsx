import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { isAnswer, takeovers } from "../thread";
import type { Item } from "../types";
import { locale, type Say } from "../words";
import { Bubble } from "./Bubble";
import { useScene } from "./context";
import { Icon } from "./icons";

const NEAR_END = 80; // pixels: who is this close to the end follows new messages

/** The thread, oldest first, with days, takeovers, first questions and the dots of someone writing. */
export function Log() {
  const { chat, state, say } = useScene();
  const { items } = state;
  const log = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const speakers = takeovers(items);
  const last = items[items.length - 1];

  const toEnd = () => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  };
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = log.current!;
    following.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    setAway(!following.current);
  };
  useLayoutEffect(() => {
    // Who writes wants to see it; who reads further up is not torn away.
    if (following.current || (last && last.sending === "queued")) toEnd();
  }, [items.length, last && last.sending, state.typing]);
  useEffect(() => {
    // Pictures and the on-screen keyboard change heights after the fact.
    if (typeof ResizeObserver === "undefined" || !log.current) return undefined;
    const observer = new ResizeObserver(() => following.current && toEnd());
    observer.observe(log.current);
    observer.observe(log.current.firstElementChild!);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="log" ref={log} onScroll={onScroll} tabIndex={0} role="region" aria-label={say("messages")}>
      <div class="items" role="log" aria-live="polite" aria-relevant="additions">
        <Welcome />
        {items.map((item, index) => {
          const day = dayOf(item);
          const newDay = index === 0 ? null : dayOf(items[index - 1]!) !== day;
          const speaker = speakers[index];
          return (
            <div key={item.client_id || item.id} class="entry">
              {newDay !== false && <p class="line">{dayWord(item, state.language, say)}</p>}
              {speaker && (
                <p class="line takeover">
                  {speaker.author === "agent"
                    ? say("tookOver", { name: speaker.name || say("agent") })
                    : say("assistantBack")}
                </p>
              )}
              <Bubble item={item} />
            </div>
          );
        })}
        <QuickReplies last={last} />
      </div>
      {state.typing && (
        <div class="typing" role="status">
          <span class="hidden">{say("typing")}</span>
          <i />
          <i />
          <i />
        </div>
      )}
      {away && (
        <button
          type="button"
          class="to-end"
          aria-label={say("newMessages")}
          onClick={() => {
            toEnd();
            chat.hurry();
          }}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}

/** The first words, and questions to begin with while the thread is empty. */
function Welcome() {
  const { chat, state } = useScene();
  const welcome = state.settings?.welcome[state.language];
  const suggestions = state.settings?.suggestions[state.language] || [];
  return (
    <>
      {welcome && (
        <div class="bubble answer">
          <p class="text" dir="auto">
            {welcome}
          </p>
        </div>
      )}
      {!state.items.length && suggestions.length > 0 && (
        <div class="choices">
          {suggestions.map((suggestion) => (
            <button key={suggestion} type="button" dir="auto" onClick={() => chat.say(suggestion)}>
              {suggestion}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** Buttons of the last answer; older ones no longer mean anything. */
function QuickReplies({ last }: { last: Item | undefined }) {
  const { chat } = useScene();
  if (!last || !isAnswer(last) || !last.choices.length) return null;
  return (
    <div class="choices">
      {last.choices.map((choice) => (
        <button key={choice.id} type="button" dir="auto" onClick={() => chat.choose(choice)}>
          {choice.title}
          {choice.description && <small>{choice.description}</small>}
        </button>
      ))}
    </div>
  );
}

function dayOf(item: Item): string {
  return new Date(item.at).toDateString();
}

function dayWord(item: Item, language: Parameters<typeof locale>[0], say: Say): string {
  const day = new Date(item.at);
  const now = new Date();
  if (day.toDateString() === now.toDateString()) return say("today");
  now.setDate(now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return say("yesterday");
  return day.toLocaleDateString(locale(language), { weekday: "long", day: "numeric", month: "long" });
}
