// Builds the modules that Home Assistant serves.
//
//   node build.mjs [FOLDER]   writes to a folder, by default that of the integration

import { readFileSync, readdirSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "../custom_components/playai/web");

const KILOBYTE = 1024;
const MAX_ENTRY = 4 * KILOBYTE;
/** The limit for everything that a page may load: all code, and one language. */
const MAX_TOTAL = 40 * KILOBYTE;

const LANGUAGE = /^language-/;

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const languages = readdirSync(join(here, "src/i18n")).filter((name) => name.endsWith(".json"));

await build({
  absWorkingDir: here,
  entryPoints: {
    entry: "src/entry.ts",
    talk: "src/talk.ts",
    worker: "src/engine/transport/worker.ts",
    "microphone.worklet": "src/engine/audio/microphone.worklet.ts",
    "player.worklet": "src/engine/audio/player.worklet.ts",
    ...Object.fromEntries(
      languages.map((name) => [`language-${name.replace(".json", "")}`, `src/i18n/${name}`]),
    ),
  },
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  charset: "utf8",
  // The chunks are served beside the entry, under an address that changes with their content.
  external: ["./talk.js", "./language-*"],
});

const licence = (name) =>
  `${name}\n\n${readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim()}\n`;
const notice = ["lit", "lit-element", "lit-html", "@lit/reactive-element"].map(licence);
writeFileSync(join(target, "THIRD_PARTY.txt"), notice.join("\n---\n\n"));

const size = (name) => gzipSync(readFileSync(join(target, name)), { level: 9 }).length;
const scripts = readdirSync(target).filter((name) => name.endsWith(".js"));
const sizes = Object.fromEntries(scripts.map((name) => [name, size(name)]));
const largest = Math.max(...scripts.filter((name) => LANGUAGE.test(name)).map(size));
const code = scripts.filter((name) => !LANGUAGE.test(name));
const total = code.reduce((sum, name) => sum + sizes[name], largest);
for (const name of code) console.log(`${name}: ${sizes[name]} bytes compressed`);
console.log(`one language: at most ${largest}, in total ${total} bytes compressed`);
if (sizes["entry.js"] > MAX_ENTRY || total > MAX_TOTAL) {
  console.error(`more than ${MAX_ENTRY} bytes in the entry, or ${MAX_TOTAL} in total`);
  process.exit(1);
}
