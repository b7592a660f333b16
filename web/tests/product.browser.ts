// The board in a real browser, on the real product: the same numbers as the API and the metrics, live, and on after a restart.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { Browser, Page } from "playwright-core";

import type { Drift, Report, Row } from "../src/api";
import { keyOf, unitOf } from "../src/catalog";
import { Formats } from "../src/format";
import { sentences } from "../src/parts/drift";
import { DEFAULTS } from "../src/view";
import { reader } from "../src/words";
import { launch, live, open, until, type Look } from "./browser";

const BINARY = process.env.KPISTREAM ?? "../target/debug/kpistream";
/** Long enough ago that little of it still changes while the demo goes on. */
const SETTLED = "last_month";
const CONFIG = `
[[targets]]
kpi = "leads"
period = "month"
value = "100"
[[targets]]
kpi = "cac"
variant = "blended"
value = "800"
`;

let [port, address, folder] = [0, "", ""];
let browser: Browser;
let product: ChildProcess;
let look: Look;

async function start(): Promise<void> {
  product = spawn(BINARY, ["demo", "--days", "70", "--config", `${folder}/config.toml`, "--http", `127.0.0.1:${port}`], { stdio: "ignore" });
  await until("it is ready", () => fetch(`${address}/readyz`).then((answer) => answer.ok, () => false), 180_000);
  await until("it has leads", async () => ((await report("7d")).kpis.find((row) => row.kpi === "leads")?.value ?? 0) > 0, 180_000);
}

async function stop(): Promise<number | null> {
  product.kill("SIGTERM");
  const [code] = product.exitCode === null ? ((await once(product, "exit")) as [number | null]) : [product.exitCode];
  return code;
}

const nothing = (): void => undefined;

const report = async (window: string): Promise<Report> => (await (await fetch(`${address}/api/v1/kpis?window=${window}&by=channel`)).json()) as Report;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpistream-board-"));
  await writeFile(join(folder, "config.toml"), CONFIG);
  const any = createServer().listen(0, "127.0.0.1");
  await once(any, "listening");
  port = (any.address() as AddressInfo).port;
  await new Promise((closed) => any.close(closed));
  address = `http://127.0.0.1:${port}`;
  browser = await launch();
  await start();
  look = await open(browser, `${address}/#window=${SETTLED}`);
  await live(look.page);
});
after(async () => {
  await browser?.close();
  if (product && product.exitCode === null) product.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

interface Shown {
  key: string;
  channel: string;
  raw: string;
  text: string;
}

const shown = (page: Page): Promise<Shown[]> =>
  page.locator("[data-key]").evaluateAll((nodes) =>
    nodes.map((node) => ({
      key: node.getAttribute("data-key") ?? "",
      channel: node.getAttribute("data-channel") ?? "",
      raw: node.getAttribute("data-raw") ?? "",
      text: node.textContent ?? "",
    })),
  );

const rowOf = (rows: Row[], { key, channel }: Shown): Row | undefined => rows.find((row) => keyOf(row) === key && (row.channel ?? "") === channel);

/** What the page shows and the instance says, at a moment at which the instance says the same before and after. */
async function agreed(window: string): Promise<[Shown[], Report]> {
  return until("the numbers stand still and are the same", async () => {
    const first = await report(window);
    const page = await shown(look.page);
    const second = await report(window);
    if (JSON.stringify(first.kpis) !== JSON.stringify(second.kpis)) return null;
    return page.every((one) => one.raw === String(rowOf(second.kpis, one)?.value ?? "")) ? ([page, second] as [Shown[], Report]) : null;
  });
}

test("all numbers are those of the API, and are written by the reader's locale", async () => {
  const [page, { kpis, currency, time_zone: zone }] = await agreed(SETTLED);
  const formats = new Formats("en-GB", currency, zone);
  assert.ok(page.length > 80, `${page.length} numbers`);
  const known = page.filter((one) => one.raw !== "");
  assert.ok(known.length > 40, `${known.length} with a value`);
  for (const one of known) assert.equal(one.text, formats.value(one.key, Number(one.raw)), one.key);
  const channels = new Set(kpis.flatMap((row) => row.channel ?? []));
  assert.deepEqual(new Set(page.flatMap((one) => one.channel || [])), channels);
});

test("and those of the metrics", async () => {
  const metrics = await (await fetch(`${address}/metrics/kpi`)).text();
  const [page] = await agreed(SETTLED);
  const suffix = { count: "", money: "", share: "_ratio", times: "_ratio", time: "_seconds" };
  let compared = 0;
  for (const one of page.filter(({ channel, raw }) => channel === "" && raw !== "")) {
    const [kpi = "", variant] = one.key.split("/");
    const name = `kpistream_${kpi.endsWith("_ratio") ? kpi : kpi + suffix[unitOf(one.key)]}`;
    const of = metrics.split("\n").find((line) => line.startsWith(`${name}{`) && line.includes(`window="${SETTLED}"`) && (!variant || line.includes(`variant="${variant}"`)));
    assert.ok(of, `${name} is a metric`);
    // What has changed between the two is not the same any more.
    if (Math.abs(Number(of.split(" ").pop()) - Number(one.raw)) <= 1e-9 * Math.abs(Number(one.raw))) compared += 1;
  }
  assert.ok(compared > 30, `${compared} are the same`);
});

test("it is told by the stream, and its numbers change as events arrive", async () => {
  const { page, faults } = look;
  await page.click('[data-window="24h"]');
  await live(page);
  assert.equal(await page.getAttribute("html", "data-feed"), "stream");
  const visits = page.locator('[data-panel="web"] [data-key="visits"]');
  const was = Number(await visits.getAttribute("data-raw"));
  await until("visits come", async () => Number(await visits.getAttribute("data-raw")) > was);
  await page.click(`[data-window="${SETTLED}"]`);
  await agreed(SETTLED);
  assert.deepEqual(faults, []);
});

test("targets are those of the configuration, and how far they are is the API's", async () => {
  const [, { kpis, currency, time_zone: zone }] = await agreed(SETTLED);
  const formats = new Formats("en-GB", currency, zone);
  for (const [panel, key, target, word] of [["leads", "leads", 100, "reached"], ["cac", "cac/blended", 800, "of the target"]] as const) {
    const row = kpis.find((one) => keyOf(one) === key && one.channel === null);
    assert.equal(row?.target, target, key);
    const said = await look.page.locator(`[data-panel="${panel}"] .target`).innerText();
    const share = row.attainment == null ? "" : ` · ${formats.share(row.attainment, 0)} ${word}`;
    assert.ok(said.startsWith(`Target ${formats.value(key, target)}${share}`), said);
  }
});

test("what moved a ratio is what the API says", async () => {
  const { page } = look;
  await page.click('[data-window="30d"]');
  await page.waitForSelector('[data-window="30d"][aria-pressed="true"]');
  await until("it is the same", async () => {
    const { effects = [], currency, time_zone: zone } = await report("30d");
    const of = effects.filter((one) => keyOf(one) === "cac/blended" && one.mix_effect !== null);
    const sum = of.reduce((all, one) => all + (one.mix_effect ?? 0) + (one.rate_effect ?? 0), 0);
    const said = await page.locator('[data-panel="moved"] tfoot td').last().innerText({ timeout: 1_000 }).catch(() => "");
    const rows = await page.locator('[data-panel="moved"] tbody tr').count();
    return rows > 2 && rows === of.length && said === new Formats("en-GB", currency, zone).difference("cac/blended", sum);
  });
  await page.click(`[data-window="${SETTLED}"]`);
  await agreed(SETTLED);
});

test("drift is said as the API has it", async () => {
  const drift = (await (await fetch(`${address}/api/v1/drift`)).json()) as Drift;
  const { currency, time_zone: zone } = await report(SETTLED);
  const board = { ...reader(["en-GB"]), formats: new Formats("en-GB", currency, zone), view: DEFAULTS, look: nothing, explain: nothing, asOf: "", covers: "" };
  const said = drift.series.filter((one) => one.channel === null).map((one) => sentences(one, board).said.join(" "));
  assert.equal(said.length, 2);
  await look.page.waitForSelector("#drift-title");
  assert.deepEqual(await look.page.locator(".said li").allInnerTexts(), said);
});

test("a number is explained by the entities it is made of", async () => {
  const { page } = look;
  await page.click('[data-panel="beside"] [data-key="customers"]');
  await page.waitForSelector("dialog tbody tr", { timeout: 60_000 });
  const said = await page.locator("dialog .lead").innerText();
  const row = (await report(SETTLED)).kpis.find(({ kpi, channel }) => kpi === "customers" && channel === null);
  assert.ok(said.startsWith(new Intl.NumberFormat("en-GB").format(row?.value ?? NaN)), said);
  await page.keyboard.press("Escape");
});

test("the instance ends at once although it is looked at, and after a restart the page goes on", async () => {
  const { page } = look;
  await page.evaluate(() => document.documentElement.setAttribute("data-mark", "same page"));
  const begun = Date.now();
  assert.equal(await stop(), 0);
  assert.ok(Date.now() - begun < 10_000, `it took ${Date.now() - begun} ms`);
  await page.waitForSelector('#status:not([data-state="live"])');
  await start();
  await live(page);
  await until("it listens again", async () => (await page.getAttribute("html", "data-feed")) === "stream");
  await agreed(SETTLED);
  assert.equal(await page.getAttribute("html", "data-mark"), "same page");
  assert.equal(await stop(), 0);
});
