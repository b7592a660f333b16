// Builds the board into dist/, which the binary holds; `--check` builds it aside and compares. `--tests` bundles the tests for node.

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "dist");
const FILES = ["board.js", "board.css"];
/** Bytes, compressed, of all that a browser loads. */
const BYTES_AT_MOST = 150_000;

/** Whose code is in the bundle; each is named in licences.txt and NOTICE. */
const OTHERS = ["preact", "uplot"];

/** What goes along with the code of others, as their licences ask. */
const licences = readFileSync(join(here, "licences.txt"), "utf8").trim().split("\n").map((line) => ` * ${line}`.trimEnd()).join("\n");

async function board(outdir) {
  const { metafile } = await build({
    metafile: true,
    entryPoints: { board: join(here, "src/main.tsx") },
    absWorkingDir: here,
    bundle: true,
    minify: true,
    target: ["es2022", "chrome109", "firefox115", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    banner: { js: `/*!\n${licences}\n */` },
    outdir,
    logLevel: "warning",
  });
  const held = Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const unnamed = [...new Set(held)].filter((name) => !OTHERS.includes(name));
  if (unnamed.length > 0) throw new Error(`the board holds code of ${unnamed.join(", ")}: name it with its licence in licences.txt, NOTICE and build.mjs`);
}

async function tests() {
  const named = readdirSync(join(here, "tests")).filter((name) => /\.(test|browser)\.ts$/.test(name));
  await build({
    entryPoints: named.map((name) => join(here, "tests", name)),
    absWorkingDir: here,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    target: "node18",
    outdir: join(here, "node_modules/.tests"),
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
  });
}

async function weigh(folder) {
  const loaded = [join(here, "board.html"), ...FILES.map((name) => join(folder, name))];
  const bytes = (await Promise.all(loaded.map((path) => readFile(path)))).map((text) => gzipSync(text, { level: 6 }).length);
  const sum = bytes.reduce((all, one) => all + one, 0);
  if (sum > BYTES_AT_MOST) throw new Error(`the board has ${sum} bytes compressed, the limit is ${BYTES_AT_MOST}: make it smaller`);
  return sum;
}

async function check() {
  const aside = await mkdtemp(join(tmpdir(), "kpistream-board-"));
  try {
    await board(aside);
    for (const name of FILES) {
      const [kept, made] = await Promise.all([readFile(join(dist, name), "utf8").catch(() => ""), readFile(join(aside, name), "utf8")]);
      if (kept !== made) throw new Error(`web/dist/${name} is not what web/src makes: run  make board  and commit it`);
    }
    await weigh(aside);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

try {
  if (process.argv.includes("--check")) await check();
  else if (process.argv.includes("--tests")) await tests();
  else {
    await board(dist);
    console.log(`web/dist: ${await weigh(dist)} bytes compressed, of ${BYTES_AT_MOST}`);
  }
} catch (error) {
  console.error(`board: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
