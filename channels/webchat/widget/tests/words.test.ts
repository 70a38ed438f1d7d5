import { describe, expect, it } from "vitest";

import { onAccent } from "../src/colour";
import { direction, LANGUAGES, locale, pickLanguage, speak, type Word, wordFor } from "../src/words";

const PLACES: Partial<Record<Word, string>> = {
  withNamed: "name",
  tookOver: "name",
  unread: "count",
  file_too_large: "size",
};

describe("words", () => {
  it.each(LANGUAGES)("%s says its values", (language) => {
    for (const word of Object.keys(PLACES) as Word[]) {
      const text = speak(language)(word, { [PLACES[word]!]: "§7" });
      expect(text).toContain("§7");
      expect(text).not.toContain("{");
    }
  });

  it("differ from English in the other languages", () => {
    for (const word of ["open", "send", "offline", "queued", "refused", "other"] as Word[]) {
      expect(new Set(LANGUAGES.map((language) => speak(language)(word))).size).toBe(LANGUAGES.length);
    }
  });

  it("knows refusals by their code, and has a word for all others", () => {
    expect(wordFor("media_unsupported")).toBe("media_unsupported");
    expect(wordFor("never_heard_of")).toBe("other");
    expect(wordFor("toString")).toBe("other");
    expect(wordFor(null)).toBe("other");
  });
});

describe("language", () => {
  it("is the first candidate that is offered", () => {
    expect(pickLanguage([null, "fr-FR"], LANGUAGES)).toBe("fr");
    expect(pickLanguage(["de", "AR-ma", "fr"], LANGUAGES)).toBe("ar");
    expect(pickLanguage(["de"], ["fr", "en"])).toBe("fr");
    expect(pickLanguage(["ar"], ["fr"])).toBe("fr");
  });

  it("gives the direction and western digits", () => {
    expect([direction("ar"), direction("fr"), direction("en")]).toEqual(["rtl", "ltr", "ltr"]);
    expect(new Intl.DateTimeFormat(locale("ar"), { day: "numeric" }).format(new Date(2026, 10, 23))).toContain("23");
  });
});

it("writes on any accent readably", () => {
  expect(onAccent("#0f766e")).toBe("#fff");
  expect(onAccent("#ffd166")).toBe("#111");
  expect(onAccent("teal")).toBe("#fff");
});
