import { useEffect, useRef } from "preact/hooks";

import type { Chat } from "../chat";
import { unread } from "../thread";
import { direction, speak } from "../words";
import { SceneContext, useChat } from "./context";
import { Icon } from "./icons";
import { Panel } from "./Panel";

/** The launcher in the corner, and the panel when it is open. */
export function App({ chat }: { chat: Chat }) {
  const state = useChat(chat);
  const say = speak(state.language);
  const launcher = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  const count = unread(state.items, state.read);

  useEffect(() => {
    if (wasOpen.current && !state.open) launcher.current?.focus();
    wasOpen.current = state.open;
  }, [state.open]);

  return (
    <SceneContext.Provider value={{ chat, state, say }}>
      <div class="root" dir={direction(state.language)} lang={state.language}>
        {state.open ? (
          <Panel />
        ) : (
          <button
            ref={launcher}
            class="launcher"
            type="button"
            aria-haspopup="dialog"
            aria-label={count ? `${say("open")} (${say("unread", { count })})` : say("open")}
            onClick={() => chat.open()}
          >
            <Icon name="chat" />
            {count > 0 && <span class="badge">{count > 9 ? "9+" : count}</span>}
          </button>
        )}
      </div>
    </SceneContext.Provider>
  );
}
