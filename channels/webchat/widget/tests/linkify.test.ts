import { describe, expect, it } from "vitest";

import { linkify } from "../src/linkify";

const links = (text: string) =>
  linkify(text)
    .filter((segment) => segment.href)
    .map((segment) => segment.href);

describe("linkify", () => {
  it.each([
    ["see https://www.example.ma/a?b=1.", ["https://www.example.ma/a?b=1"]],
    ["(www.example.ma)", ["https://www.example.ma/"]],
    ["راسلنا على aide@example.ma، شكرا", ["mailto:aide@example.ma"]],
    ["عيط 0522 00 11 22 أو +212 6 61 23 45 67", ["tel:0522001122", "tel:+212661234567"]],
    ["الرابط https://example.ma/فاتورة؟", ["https://example.ma/%D9%81%D8%A7%D8%AA%D9%88%D8%B1%D8%A9"]],
    ["two: http://a.ma http://b.ma", ["http://a.ma/", "http://b.ma/"]],
  ])("%s", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,<script>",
    "contract 105220011229 meter 4410",
    "14:30-16:00",
    "https://",
    "http://[",
    "www.",
    "",
  ])("leaves %s alone", (text) => {
    expect(links(text)).toEqual([]);
  });

  it("loses no letter", () => {
    for (const text of ["a https://x.ma/b, c", "https://x.ma", "x", "0522001122\nhttp://y.ma؟", "<b>www.z.ma</b>"]) {
      expect(
        linkify(text)
          .map((segment) => segment.text)
          .join(""),
      ).toBe(text);
    }
  });
});
