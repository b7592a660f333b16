import assert from "node:assert/strict";
import { test } from "node:test";

import { addDays, addMonths, day, period, periodBefore, periodOf, recent, yearBefore } from "../src/calendar";

test("a period is found by its name and by any of its days", () => {
  for (const [name, grain, first, after] of [
    ["2026-03-05", "day", "2026-03-05", "2026-03-06"],
    ["2026-W01", "week", "2025-12-29", "2026-01-05"],
    ["2020-W53", "week", "2020-12-28", "2021-01-04"],
    ["2026-02", "month", "2026-02-01", "2026-03-01"],
    ["2026-Q4", "quarter", "2026-10-01", "2027-01-01"],
  ] as const) {
    assert.deepEqual(period(name), { grain, name, first, after });
    assert.deepEqual(periodOf(grain, addDays(after, -1)), period(name));
    assert.deepEqual(periodOf(grain, first), period(name));
  }
});

test("what is no period's name is none", () => {
  for (const name of ["30d", "this_month", "2026", "2026-13", "2026-00", "2026-W54", "2025-W53", "2026-Q5", "2026-02-30", "2026-2", "", "all"]) {
    assert.equal(period(name), null, name);
  }
});

test("the one before, and the one of a year before", () => {
  const names = (name: string): [string, string] => {
    const of = period(name);
    assert.ok(of, name);
    return [periodBefore(of).name, yearBefore(of).name];
  };
  assert.deepEqual(names("2026-01"), ["2025-12", "2025-01"]);
  assert.deepEqual(names("2026-Q1"), ["2025-Q4", "2025-Q1"]);
  assert.deepEqual(names("2026-W01"), ["2025-W52", "2025-W01"]);
  assert.deepEqual(names("2020-W53"), ["2020-W52", "2020-W01"], "where there was no such week it is the one 52 weeks before");
  assert.deepEqual(names("2024-02-29"), ["2024-02-28", "2023-02-28"]);
});

test("the latest periods come first", () => {
  assert.deepEqual(recent("month", "2026-02-15", 3).map((one) => one.name), ["2026-02", "2026-01", "2025-12"]);
  assert.deepEqual(recent("week", "2026-01-04", 2).map((one) => one.name), ["2026-W01", "2025-W52"]);
});

test("months are as long as they are", () => {
  assert.equal(addMonths("2026-03-31", -1), "2026-02-28");
  assert.equal(addMonths("2024-02-29", -12), "2023-02-28");
  assert.equal(addMonths("2026-12-31", 1), "2027-01-31");
  assert.deepEqual([day("2026-02-29"), day("2026-02-28"), day("yesterday"), day(null)], ["", "2026-02-28", "", ""]);
});
