/** What every view needs, without handing it down by hand. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

import type { Chat, State } from "../chat";
import type { Say } from "../words";

export interface Scene {
  chat: Chat;
  state: State;
  say: Say;
}

export const SceneContext = createContext<Scene | null>(null);

export function useScene(): Scene {
  const scene = useContext(SceneContext);
  if (!scene) throw new Error("A view outside of the chat.");
  return scene;
}

/** The chat's state, and a new rendering whenever it changes. */
export function useChat(chat: Chat): State {
  const [state, setState] = useState(chat.state);
  useEffect(() => {
    setState(chat.state);
    return chat.subscribe(() => setState(chat.state));
  }, [chat]);
  return state;
}
