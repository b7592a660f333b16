import assert from "node:assert/strict";
import { test } from "node:test";

import { comparison, explanation, numbers, trend, weeks } from "../src/queries";
import { DEFAULTS, read, written, type View } from "../src/view";

test("a view that is written is read again", () => {
  const view: View = {
    window: "2026-W09", asOf: "2026-03-30", compare: "year", trend: "roi/period", grain: "month", from: "2025-01-01", by: "campaign",
    sort: "name", filter: "paid & <b>", moved: "win_rate",
  };
  assert.deepEqual(read(written(view)), view);
  assert.equal(written(DEFAULTS), "", "what is as usual needs no address");
  assert.deepEqual(read(""), DEFAULTS);
});

test("what stands in an address and is not understood is left aside", () => {
  assert.deepEqual(read("#window=%3Cscript%3E&as_of=yesterday&compare=x&kpi=a%20b&period=year&by=owner&sort=--x&from=2026-02-30"), DEFAULTS);
  assert.equal(read(`#filter=${"x".repeat(500)}&window=7d`).filter.length, 100);
  assert.equal(read("#last_month").window, "last_month", "the first links were a window's name alone");
});

const view = (change: Partial<View>): View => ({ ...DEFAULTS, ...change });
const NOW = "2026-03-30T09:00:00Z";

test("the numbers of a view are asked for by window or by calendar period", () => {
  assert.equal(numbers(view({})).path, "/api/v1/kpis?window=30d&by=channel");
  assert.equal(numbers(view({ asOf: "2026-03-01" })).path, "/api/v1/kpis?window=30d&as_of=2026-03-01&by=channel");
  assert.deepEqual(numbers(view({ window: "2026-Q1" }), "channel,campaign"), {
    path: "/api/v1/kpis?period=quarter&from=2026-01-01&by=channel%2Ccampaign",
    window: "2026-Q1",
  });
});

test("each window is compared with what stands before it", () => {
  const compared = (window: string, start: string, asOf = "") => comparison(view({ window, asOf }), NOW, "2026-03-30", start);
  assert.deepEqual(compared("30d", "2026-02-28T23:00:00Z"), { path: "/api/v1/kpis?window=previous_30d", window: "previous_30d" });
  assert.deepEqual(compared("this_month", "", "2026-02-10")?.path, "/api/v1/kpis?window=last_month_to_date&as_of=2026-02-10");
  assert.equal(compared("24h", "")?.path, "/api/v1/kpis?window=24h&as_of=2026-03-29T09%3A00%3A00.000Z");
  assert.equal(compared("90d", "2025-12-30T23:00:00Z")?.path, "/api/v1/kpis?window=90d&as_of=2025-12-30T22%3A00%3A00.000Z");
  assert.equal(compared("last_month", "2026-01-31T23:00:00Z")?.path, "/api/v1/kpis?window=last_month&as_of=2026-01-31T23%3A00%3A00Z");
  assert.deepEqual(compared("2026-03", ""), { path: "/api/v1/kpis?period=month&from=2026-02-01", window: "2026-02" });
  assert.equal(compared("all", ""), null);
  assert.equal(compared("last_month_to_date", "2026-02-01T00:00:00Z"), null);
  assert.equal(comparison(view({ compare: "none" }), NOW, "2026-03-30", ""), null);
});

test("a year before is the same window as of then, and of a running period as much", () => {
  const compared = (change: Partial<View>) => comparison(view({ compare: "year", ...change }), NOW, "2026-03-30", "");
  assert.equal(compared({})?.path, "/api/v1/kpis?window=30d&as_of=2025-03-30T09%3A00%3A00Z");
  assert.equal(compared({ asOf: "2024-02-29" })?.path, "/api/v1/kpis?window=30d&as_of=2023-02-28");
  assert.deepEqual(compared({ window: "2026-03" }), { path: "/api/v1/kpis?period=month&from=2025-03-01&as_of=2025-03-30", window: "2025-03" });
  assert.equal(compared({ window: "2026-01" })?.path, "/api/v1/kpis?period=month&from=2025-01-01&as_of=2025-01-31");
});

test("charts begin a dozen periods back unless a day is given", () => {
  assert.equal(weeks(view({}), "2026-03-30"), "/api/v1/kpis?period=week&from=2026-01-05");
  assert.equal(trend(view({ grain: "month" }), "2026-03-30"), "/api/v1/kpis?period=month&from=2025-03-01");
  assert.equal(trend(view({ grain: "quarter", asOf: "2026-03-30" }), "2026-03-30"), "/api/v1/kpis?period=quarter&from=2024-01-01&as_of=2026-03-30");
  assert.equal(trend(view({ grain: "day", from: "2026-01-01" }), "2026-03-30"), "/api/v1/kpis?period=day&from=2026-01-01");
});

test("a number is explained by its names", () => {
  assert.equal(explanation("cac/paid", "2026-03", "paid search", "2026-03-31"), "/api/v1/explain?kpi=cac&variant=paid&window=2026-03&channel=paid+search&as_of=2026-03-31");
  assert.equal(explanation("leads", "30d", null, ""), "/api/v1/explain?kpi=leads&window=30d");
});
