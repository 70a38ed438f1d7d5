import { speaker } from "../thread";
import type { Language } from "../types";
import { LANGUAGES, NAMES } from "../words";
import { useScene } from "./context";
import { Icon } from "./icons";

/** Whose chat this is, who is answering, language, sound, close. */
export function Header() {
  const { chat, state, say } = useScene();
  const now = speaker(state.items);
  const languages = state.settings ? state.settings.languages : LANGUAGES;
  const title = state.settings?.title[state.language] || say("title");
  const who =
    now.author === "assistant"
      ? say("withAssistant")
      : now.name
        ? say("withNamed", { name: now.name })
        : say("withAgent");

  return (
    <header class="header">
      <span class={`avatar ${now.author}`} aria-hidden="true">
        {now.author === "agent" && now.name ? initial(now.name) : <Icon name="drop" />}
      </span>
      <div class="titles">
        <h2 dir="auto">{title}</h2>
        <p class="who" aria-live="polite">
          {who}
        </p>
      </div>
      {languages.length > 1 && (
        <label class="plain language" title={say("language")}>
          <Icon name="globe" />
          <select
            aria-label={say("language")}
            value={state.language}
            onChange={(event) => chat.setLanguage(event.currentTarget.value as Language)}
          >
            {languages.map((language) => (
              <option key={language} value={language} lang={language}>
                {NAMES[language]}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        class="plain"
        aria-pressed={state.sound}
        aria-label={say(state.sound ? "soundOff" : "soundOn")}
        title={say(state.sound ? "soundOff" : "soundOn")}
        onClick={() => chat.setSound(!state.sound)}
      >
        <Icon name={state.sound ? "soundOn" : "soundOff"} />
      </button>
      <button type="button" class="plain" aria-label={say("close")} title={say("close")} onClick={() => chat.close()}>
        <Icon name="close" />
      </button>
    </header>
  );
}

function initial(name: string): string {
  return Array.from(name.trim())[0] || "?";
}
