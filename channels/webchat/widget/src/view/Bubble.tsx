import { useState } from "preact/hooks";

import { linkify } from "../linkify";
import { isAnswer } from "../thread";
import type { Attachment, Item, Place } from "../types";
import { locale, wordFor } from "../words";
import { useScene } from "./context";
import { Icon } from "./icons";

/** One message. Its own direction, whatever the interface speaks. */
export function Bubble({ item }: { item: Item }) {
  const { say } = useScene();
  const answer = isAnswer(item);
  const author = answer
    ? item.author_name || say(item.author === "agent" ? "agent" : "assistant")
    : say("you");
  const kind = item.author === "system" ? "answer system" : answer ? `answer ${item.author}` : "mine";
  return (
    <div class={`bubble ${kind}${item.sending === "refused" ? " refused" : ""}`}>
      {answer && item.author === "agent" ? <b class="author" dir="auto">{author}</b> : <span class="hidden">{author}: </span>}
      {item.attachments.map((attachment, index) => (
        <File key={attachment.id || index} attachment={attachment} item={item} />
      ))}
      {item.location && <OnMap place={item.location} mine={!answer} />}
      {item.text && <Text text={item.text} />}
      <Foot item={item} />
    </div>
  );
}

function Text({ text }: { text: string }) {
  return (
    <p class="text" dir="auto">
      {linkify(text).map((segment) =>
        segment.href ? (
          <a href={segment.href} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
            {segment.text}
          </a>
        ) : (
          segment.text
        ),
      )}
    </p>
  );
}

function File({ attachment, item }: { attachment: Attachment; item: Item }) {
  const { chat, state, say } = useScene();
  const part = item.client_id ? state.progress[item.client_id] : undefined;
  const name = attachment.name || say(attachment.kind === "image" ? "picture" : "file");
  const preview = chat.preview(item.client_id);
  if (!attachment.id) {
    return (
      <span class={preview ? "file stack" : "file"}>
        {preview ? <Picture source={preview} name={name} /> : <Named kind={attachment.kind} name={name} />}
        {part !== undefined && <progress value={part} max={1} aria-label={name} />}
      </span>
    );
  }
  const address = chat.attachmentAddress(attachment.id);
  if (attachment.kind === "image") {
    return (
      <a class="picture" href={address} target="_blank" rel="noopener noreferrer">
        <Picture source={preview || address} instead={address} name={name} />
      </a>
    );
  }
  if (attachment.kind === "audio") return <audio controls preload="none" src={address} aria-label={name} />;
  return (
    <a class="file" href={address} target="_blank" rel="noopener noreferrer" aria-label={`${say("download")}: ${name}`}>
      <Icon name="file" />
      <span dir="auto">{name}</span>
      {attachment.size && <small dir="ltr">{sizeOf(attachment.size)}</small>}
    </a>
  );
}

/** `instead` where the page's policy does not allow pictures from memory. */
function Picture({ source, instead, name }: { source: string; instead?: string; name: string }) {
  const [failed, setFailed] = useState(false);
  if (failed && !instead) return <Named kind="image" name={name} />;
  return (
    <img src={failed && instead ? instead : source} alt={name} loading="lazy" onError={() => setFailed(true)} />
  );
}

function Named({ kind, name }: { kind: string; name: string }) {
  return (
    <span class="file">
      <Icon name={kind === "image" ? "photo" : "file"} />
      <span dir="auto">{name}</span>
    </span>
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function OnMap({ place, mine }: { place: Place; mine: boolean }) {
  const { say } = useScene();
  const at = `${place.latitude},${place.longitude}`;
  return (
    <a
      class="file"
      href={`https://www.google.com/maps/search/?api=1&query=${encodeURIComponent(at)}`}
      target="_blank"
      rel="noopener noreferrer"
    >
      <Icon name="pin" />
      <span dir="auto">{place.name || place.address || say(mine ? "location" : "map")}</span>
    </a>
  );
}

/** When, and how far it has come: in words for who cannot see the sign. */
function Foot({ item }: { item: Item }) {
  const { chat, state, say } = useScene();
  const time = new Date(item.at).toLocaleTimeString(locale(state.language), { hour: "2-digit", minute: "2-digit" });
  if (item.sending === "refused") {
    const word = wordFor(item.code);
    const size = Math.floor((state.settings?.file_bytes || 0) / 1048576);
    return (
      <div class="foot problem">
        <span>
          <Icon name="alert" />
          {say("refused")}. {say(word, { size })}
        </span>
        <span class="ways">
          {word === "other" && (
            <button type="button" onClick={() => chat.again(item)}>
              {say("again")}
            </button>
          )}
          <button type="button" onClick={() => chat.remove(item)}>
            {say("remove")}
          </button>
        </span>
      </div>
    );
  }
  return (
    <div class="foot">
      <time dateTime={item.at}>{time}</time>
      {item.sending && (
        <span class={`sending ${item.sending}`} title={say(item.sending)}>
          <Icon name={item.sending === "stored" ? "tick" : "clock"} />
          <span class="hidden">{say(item.sending)}</span>
        </span>
      )}
    </div>
  );
}
