/** Fails the build when the widget is too heavy for a slow telephone line. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 60 * 1024;
const file = new URL("../dist/widget.js", import.meta.url);
const size = gzipSync(readFileSync(file), { level: 9 }).length;
console.log(`widget.js: ${(size / 1024).toFixed(1)} kB gzipped (at most ${LIMIT / 1024})`);
if (size > LIMIT) {
  console.error("The widget is too large.");
  process.exit(1);
}
