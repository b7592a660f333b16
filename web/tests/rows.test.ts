import assert from "node:assert/strict";
import { test } from "node:test";

import type { Report, Row } from "../src/api";
import { lines, nameOfLine, resorted, series, sorted, totals } from "../src/rows";
import { cell, csv, fileName } from "../src/sheet";

const row = (kpi: string, window: string, channel: string | null, campaign: string | null, value: number | null): Row => ({
  kpi, variant: null, window, window_start: window, window_end: "", channel, campaign, segment: null, value, reason: null, numerator: null,
  denominator: null, sample_size: null, lower: null, upper: null,
});

const report = (kpis: Row[]): Report => ({
  as_of: "", time_zone: "UTC", currency: "EUR", spend_complete_through: null, events: { accepted: 0, duplicate: 0, stale: 0, rejected: {} }, kpis,
  data_state: { deals_without_amount: 0, wins_without_cycle: 0, conversion_within_horizon: null, unconverted: [] },
});

const all = report([
  row("spend", "30d", null, null, 6),
  row("spend", "7d", null, null, 1),
  row("spend", "30d", "Ads 10", null, 2),
  row("spend", "30d", "ads 9", null, 4),
  row("spend", "30d", "Zażółć", null, null),
  row("spend", "30d", "ads 9", "spring", 4),
]);

test("totals, channels and campaigns are told apart", () => {
  assert.equal(totals(all, "30d").get("spend")?.value, 6);
  assert.deepEqual(lines(all, "30d", "channel").map(nameOfLine), ["Ads 10", "ads 9", "Zażółć"]);
  assert.deepEqual(lines(all, "30d", "campaign").map(nameOfLine), ["ads 9 · spring"]);
  assert.equal(totals(null, "30d").size, 0);
});

test("lines are sorted by value or name, what has none last, and filtered by words", () => {
  const of = (sort: string, filter = ""): string[] => sorted(lines(all, "30d", "channel"), sort, filter, "pl").map(nameOfLine);
  assert.deepEqual(of("-spend"), ["ads 9", "Ads 10", "Zażółć"]);
  assert.deepEqual(of("spend"), ["Ads 10", "ads 9", "Zażółć"]);
  assert.deepEqual(of("name"), ["ads 9", "Ads 10", "Zażółć"]);
  assert.deepEqual(of("-name"), ["Zażółć", "Ads 10", "ads 9"]);
  assert.deepEqual(of("-nothing"), ["ads 9", "Ads 10", "Zażółć"], "by name where there is nothing else");
  assert.deepEqual(of("name", " ADS 1 "), ["Ads 10"]);
});

test("a click sorts by the largest first, a second the other way around", () => {
  assert.deepEqual([resorted("-spend", "leads"), resorted("-leads", "leads"), resorted("leads", "leads")], ["-leads", "leads", "-leads"]);
  assert.deepEqual([resorted("leads", "name"), resorted("name", "name")], ["name", "-name"]);
});

test("values by period stand in their order", () => {
  const weeks = report([row("leads", "2026-W02", null, null, 2), row("leads", "2026-W01", null, null, 1), row("spend", "2026-W01", null, null, 9)]);
  assert.deepEqual(series(weeks, "leads").map((one) => one.value), [1, 2]);
});

test("a file of values is read by a spreadsheet, and calculates nothing there", () => {
  const text = csv({ title: "", note: "", head: ["a", "b, c"], rows: [[cell('say "x"'), cell("–", null)], [cell("=1+1"), cell("1,5", 1.5)], [cell("two\nlines"), cell("-3", -3)]] });
  assert.equal(text, 'a,"b, c"\r\n"say ""x""",\r\n\'=1+1,1.5\r\n"two\nlines",-3\r\n');
  assert.equal(fileName("Koszty: Größe & mehr", "2026-03-30T09:00:00Z", "csv"), "kpistream-koszty-gro-e-mehr-2026-03-30.csv");
});
