import { defineConfig } from "vite";

/** One file that a page embeds with one tag: CSS inside, no chunks, old Android browsers included. */
export default defineConfig({
  build: {
    target: "es2017",
    cssTarget: "chrome87",
    outDir: "dist",
    sourcemap: false,
    reportCompressedSize: false,
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "WaslWidget", fileName: () => "widget.js" },
  },
});
