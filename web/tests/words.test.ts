import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { badge, sentences } from "../src/parts/drift";
import type { Row, Series } from "../src/api";
import { better, isSmall } from "../src/catalog";
import { changed, Formats } from "../src/format";
import { DEFAULTS } from "../src/view";
import { named, reader, say } from "../src/words";
import { de } from "../src/words/de";
import { en } from "../src/words/en";
import { pl } from "../src/words/pl";

/** Every text with its place, such as controls.span. */
function texts(words: object, place = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, text]) => (typeof text === "string" ? [[place + name, text] as [string, string]] : texts(text as object, `${place}${name}.`)));
}

const gaps = (text: string): string => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort().join();

test("every language has every text, with the same gaps", () => {
  const english = new Map(texts(en));
  for (const words of [de, pl]) {
    const other = new Map(texts(words));
    assert.deepEqual([...other.keys()].sort(), [...english.keys()].sort());
    for (const [place, text] of other) {
      assert.equal(gaps(text), gaps(english.get(place) ?? ""), place);
      assert.ok(text.trim(), place);
    }
  }
});

test("every KPI, every reason and every window of the product has a name", () => {
  const catalog = readFileSync("../crates/kpis/src/catalog.rs", "utf8");
  const kpis = [...catalog.matchAll(/^ {4}\w+: (?:Definition::\w+|quotient|cost)\("(\w+)".*?(?:\.variant\("(\w+)"\)|;$)/gms)];
  assert.ok(kpis.length > 40, String(kpis.length));
  for (const [, kpi, variant] of kpis) assert.ok(`${kpi}${variant ? `/${variant}` : ""}` in en.kpis, `${kpi} ${variant}`);
});

test("the language is the first there is, numbers and dates are those of the first asked for", () => {
  const of = (...wanted: string[]): [string, string] => [reader(wanted).language, reader(wanted).locale];
  assert.deepEqual(of("de-AT", "en"), ["de", "de-AT"]);
  assert.deepEqual(of("pl"), ["pl", "pl"]);
  assert.deepEqual(of("fr-FR", "pl-PL"), ["pl", "fr-FR"]);
  assert.deepEqual(of("fr"), ["en", "fr"]);
  assert.deepEqual(of(), ["en", "en"]);
  assert.deepEqual(of("not a tag", "de"), ["de", "de"]);
});

test("values are written as the reader writes them", () => {
  const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
  for (const [locale, expected] of [
    ["en-US", ["1,234", "PLN 812.50", "3.12%", "31.2%", "3.02×", "23 days", "2.5 days", "5 hr 30 min", "12 min"]],
    ["de-DE", ["1.234", "812,50 PLN", "3,12 %", "31,2 %", "3,02×", "23 Tg.", "2,5 Tg.", "5 Std. 30 Min.", "12 Min."]],
    ["pl-PL", ["1234", "812,50 zł", "3,12%", "31,2%", "3,02×", "23 dni", "2,5 dnia", "5 godz. 30 min", "12 min"]],
  ] as const) {
    const formats = new Formats(locale, "PLN", "Europe/Warsaw");
    const values = [["leads", 1234], ["cac/blended", 812.5], ["win_rate", 0.0312], ["win_rate", 0.312], ["roas", 3.02], ["sales_cycle/p50", 86_400 * 23.4], ["sales_cycle/mean", 216_000], ["sales_cycle/p90", 19_800], ["sales_cycle/p90", 720]] as const;
    assert.deepEqual(values.map(([key, value]) => plain(formats.value(key, value))), expected, locale);
  }
});

test("days are those of the business zone", () => {
  const formats = new Formats("en-GB", "PLN", "Europe/Warsaw");
  assert.equal(formats.civil("2026-03-29T22:30:00Z"), "2026-03-30");
  assert.equal(formats.dayOf("2026-03-31T22:00:00Z", 1), "31 Mar 2026");
  assert.equal(formats.day("2026-03-01"), "1 Mar 2026");
});

const row = (value: number | null, sample: number | null = null): Row => ({
  kpi: "", variant: null, window: "", window_start: "", window_end: "", channel: null, campaign: null, segment: null, value, reason: null,
  numerator: null, denominator: null, sample_size: sample, lower: null, upper: null,
});

test("a change is in percent, of shares in points, and of nothing it is none", () => {
  assert.deepEqual(changed("leads", row(110), row(100)), { by: 0.1, points: false });
  assert.deepEqual(changed("roi/period", row(0.5), row(-0.5)), { by: 1, points: true });
  assert.equal(changed("leads", row(1), row(0)), null);
  assert.equal(changed("leads", row(null), row(1)), null);
  assert.equal(changed("leads", row(1), undefined), null);
  assert.deepEqual([better("leads"), better("cac/paid"), better("spend")], [1, -1, 0]);
  assert.deepEqual([isSmall("cac/blended", row(1, 9)), isSmall("cac/blended", row(1, 10)), isSmall("leads", row(1, 1)), isSmall("cac/paid", row(null, 1))], [true, false, false, false]);
});

test("sentences have their gaps filled, and names without a word are shown as they are", () => {
  assert.equal(say("{a} of {b}, {c}", { a: 1, b: "x" }), "1 of x, {c}");
  assert.equal(named(en.windows, "last_4_weeks"), "Last 4 weeks");
});

test("drift is said in words", () => {
  const series: Series = {
    kpi: "cac", channel: null, reason: null, baseline: { from: "2025-01-01", until: "2025-06-30", value: 600 }, through: "2026-03-22", threshold: 3, worse: 3, better: 0,
    alarms: [{ direction: "worse", onset: "2026-02-09", raised: "2026-03-08", cleared: null, observed: 41, expected: 61.24, relative: 0.67, level: 900,
      moved: [{ channel: "email", observed: 1, expected: 1, mix: 0.2, rate: 0 }, { channel: "ads", observed: 1, expected: 9, mix: -1.5, rate: -6 }] }],
  };
  const formats = new Formats("en-GB", "EUR", "UTC");
  const board = { ...reader(["en-GB"]), formats, view: DEFAULTS, look: () => undefined, explain: () => undefined, asOf: "", covers: "" };
  assert.deepEqual(sentences(series, board), {
    state: "worse",
    said: [
      "CAC, total: worse since 9 Feb 2026, noticed 8 Mar 2026: 41 customers where 61.2 were expected.",
      "As it goes, the level is €900.00; it was €600.00.",
      "Where from: ads -7.5 customers.",
    ],
  });
  assert.deepEqual(badge({ ...series, alarms: [] }, board), { text: "no drift", state: "none" });
  const unwatched = sentences({ ...series, reason: "no_baseline" }, board);
  assert.deepEqual(unwatched.said, ["CAC, total: not watched, no baseline is configured."]);
});
