import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { useScene } from "./context";
import { Icon, type IconName } from "./icons";

const TALLEST = 128; // pixels: about five lines
const LOCATION_PATIENCE = 15_000;

/** Where the customer writes, and what can be added. */
export function Composer() {
  const { chat, state, say } = useScene();
  const [text, setText] = useState(chat.draft);
  const [menu, setMenu] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const area = field.current!;
    area.style.height = "auto";
    area.style.height = `${Math.min(TALLEST, area.scrollHeight)}px`;
  }, [text]);
  useEffect(() => chat.keepDraft(text), [text]);

  const send = () => {
    if (!text.trim()) return;
    chat.say(text);
    setText("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter ends a line on a touch screen, and chooses a word while composing one.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = event.clipboardData ? Array.from(event.clipboardData.files) : [];
    if (files.length) event.preventDefault();
    files.forEach((file) => void chat.attach(file));
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <AddButton open={menu} setOpen={setMenu} />
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        value={text}
        placeholder={say("placeholder")}
        aria-label={say("placeholder")}
        maxLength={state.settings?.text_length || 4000}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <button type="submit" class="send" aria-label={say("send")} title={say("send")} disabled={!text.trim()}>
        <Icon name="send" flips />
      </button>
    </form>
  );
}

function AddButton({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
  const { chat, say } = useScene();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (open) box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [open]);

  const leave = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const entries = Array.from(box.current!.querySelectorAll<HTMLElement>("[role=menuitem]"));
    const active = (box.current!.getRootNode() as ShadowRoot).activeElement as HTMLElement;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Escape") {
      event.stopPropagation(); // closes the menu, not the chat
      leave();
    } else if (step) {
      event.preventDefault();
      entries[(entries.indexOf(active) + step + entries.length) % entries.length]?.focus();
    }
  };
  const onBlur = (event: FocusEvent) => {
    // Without a box the whole panel is going, and its focus with it.
    if (box.current && !box.current.contains(event.relatedTarget as Node | null)) setOpen(false);
  };
  const pick = (accept: string) => () => {
    leave();
    chooseFiles(accept, (file) => void chat.attach(file));
  };
  const locate = () => {
    leave();
    findPlace().then(
      (place) => chat.place(place),
      () => chat.notice("no_location"),
    );
  };

  return (
    <div class="add" ref={box} onKeyDown={onKeyDown} onFocusOut={onBlur}>
      <button
        ref={button}
        type="button"
        class="plain"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={say("add")}
        title={say("add")}
        onClick={() => setOpen(!open)}
      >
        <Icon name="plus" />
      </button>
      {open && (
        <div class="menu" role="menu">
          <Entry icon="photo" text={say("photo")} act={pick("image/*")} />
          <Entry icon="file" text={say("file")} act={pick("application/pdf,audio/*,video/*,image/*")} />
          <Entry icon="pin" text={say("location")} act={locate} />
        </div>
      )}
    </div>
  );
}

function Entry({ icon, text, act }: { icon: IconName; text: string; act: () => void }) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} onClick={act}>
      <Icon name={icon} />
      {text}
    </button>
  );
}

function chooseFiles(accept: string, take: (file: File) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = true;
  input.onchange = () => Array.from(input.files || []).forEach(take);
  input.click();
}

function findPlace(): Promise<{ latitude: number; longitude: number }> {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("no geolocation"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude }),
      reject,
      { timeout: LOCATION_PATIENCE, maximumAge: 60_000, enableHighAccuracy: true },
    );
  });
}
