// Which questions a view is: paths of the API, and which of the answered rows are meant.

import { addDays, addMonths, period, periodBefore, periodOf, yearBefore, type Grain, type Period } from "./calendar";
import type { Key } from "./catalog";
import type { View } from "./view";

/** A path, and the name of the rows in its answer that are meant. */
export interface Question {
  path: string;
  window: string;
}

/** The window that each is compared with by definition. */
const PAIRS: Record<string, string> = {
  "7d": "previous_7d",
  "30d": "previous_30d",
  this_month: "last_month_to_date",
  this_quarter: "last_quarter_to_date",
  this_year: "last_year_to_date",
};

/** How many periods the large chart has where nothing is said. */
const DOZEN: Record<Grain, number> = { day: 30, week: 13, month: 13, quarter: 9 };

function path(parameters: Record<string, string>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value);
  return `/api/v1/kpis?${new URLSearchParams(pairs).toString()}`;
}

const ofPeriod = (of: Period, asOf: string, by: string): Question => ({
  path: path({ period: of.grain, from: of.first, as_of: asOf, by }),
  window: of.name,
});

/** The numbers themselves, by channel or by campaign. */
export function numbers(view: View, by: "channel" | "channel,campaign" = "channel"): Question {
  const named = period(view.window);
  if (named) return ofPeriod(named, view.asOf, by);
  return { path: path({ window: view.window, as_of: view.asOf, by }), window: view.window };
}

/** An instant, or a day, so much earlier. */
function earlier(instant: string, hours: number): string {
  return new Date(new Date(instant).getTime() - hours * 3_600_000).toISOString();
}

/** What a view is compared with; none where there is no such thing. `asOf` is its instant, `today` its day there, `start` its window's first instant. */
export function comparison(view: View, asOf: string, today: string, start: string): Question | null {
  if (view.compare === "none") return null;
  const named = period(view.window);
  if (view.compare === "year") {
    const then = view.asOf ? addMonths(view.asOf, -12) : addMonths(asOf.slice(0, 10), -12) + asOf.slice(10);
    if (!named) return { path: path({ window: view.window, as_of: then }), window: view.window };
    const before = yearBefore(named);
    // A period that is not over is held against as much of the one a year before.
    return ofPeriod(before, today < named.after ? addMonths(today, -12) : addDays(before.after, -1), "");
  }
  if (named) return ofPeriod(periodBefore(named), view.asOf, "");
  const pair = PAIRS[view.window];
  if (pair) return { path: path({ window: pair, as_of: view.asOf }), window: pair };
  const then = shifted(view.window, asOf, start);
  return then ? { path: path({ window: view.window, as_of: then }), window: view.window } : null;
}

/** The instant at which a window without a pair ends where it begins now. */
function shifted(window: string, asOf: string, start: string): string | null {
  if (window === "1h") return earlier(asOf, 1);
  if (window === "24h" || window === "today" || window === "yesterday") return earlier(asOf, 24);
  // A month's first day lies in that month, whose last one is the one before.
  if (/^last_(month|quarter|year)$/.test(window)) return start;
  if (/^\d+d$/.test(window)) return earlier(start, 1);
  return null;
}

/** The large chart. */
export function trend(view: View, today: string): string {
  return path({ period: view.grain, from: view.from || firstOf(view.grain, today), as_of: view.asOf });
}

/** The last 13 weeks, for the small charts. */
export const weeks = (view: View, today: string): string => path({ period: "week", from: firstOf("week", today), as_of: view.asOf });

function firstOf(grain: Grain, today: string): string {
  const back = DOZEN[grain] - 1;
  switch (grain) {
    case "day":
      return addDays(today, -back);
    case "week":
      return addDays(periodOf("week", today).first, -back * 7);
    case "month":
      return addMonths(periodOf("month", today).first, -back);
    case "quarter":
      return addMonths(periodOf("quarter", today).first, -back * 3);
  }
}

/** Why a number is what it is. */
export function explanation(key: Key, window: string, channel: string | null, asOf: string): string {
  const [kpi = "", variant = ""] = key.split("/");
  const pairs = Object.entries({ kpi, variant, window, channel: channel ?? "", as_of: asOf }).filter(([, value]) => value);
  return `/api/v1/explain?${new URLSearchParams(pairs).toString()}`;
}
