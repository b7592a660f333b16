// Calendar periods by their names, as a report shows them: 2026-03-05, 2026-W10, 2026-03, 2026-Q1. Civil days alone, no time zone.

export type Grain = "day" | "week" | "month" | "quarter";

export const GRAINS: readonly Grain[] = ["day", "week", "month", "quarter"];

/** A period, by its first day and the one after its last, as YYYY-MM-DD. */
export interface Period {
  grain: Grain;
  name: string;
  first: string;
  after: string;
}

const DAY = 86_400_000;

const date = (day: string): Date => new Date(`${day}T00:00:00Z`);
const text = (at: Date): string => at.toISOString().slice(0, 10);
const two = (n: number): string => String(n).padStart(2, "0");

export const addDays = (day: string, days: number): string => text(new Date(date(day).getTime() + days * DAY));

/** The same day of another month, or that month's last one. */
export function addMonths(day: string, months: number): string {
  const at = date(day);
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months + 1, 0));
  const wanted = Math.min(at.getUTCDate(), last.getUTCDate());
  return text(new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), wanted)));
}

const isDay = (day: string): boolean => /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(date(day).getTime()) && text(date(day)) === day;

/** A day as it was written, or nothing. */
export const day = (written: string | null | undefined): string => (written && isDay(written) ? written : "");

/** The Monday of a day's week. */
const monday = (day: string): string => addDays(day, -((date(day).getUTCDay() + 6) % 7));

function weekName(first: string): string {
  const thursday = addDays(first, 3);
  const year = thursday.slice(0, 4);
  const opening = monday(`${year}-01-04`);
  return `${year}-W${two(1 + Math.round((date(first).getTime() - date(opening).getTime()) / (7 * DAY)))}`;
}

/** The period that a day lies in. */
export function periodOf(grain: Grain, at: string): Period {
  const [year, month] = [at.slice(0, 4), Number(at.slice(5, 7))];
  switch (grain) {
    case "day":
      return { grain, name: at, first: at, after: addDays(at, 1) };
    case "week": {
      const first = monday(at);
      return { grain, name: weekName(first), first, after: addDays(first, 7) };
    }
    case "month": {
      const first = `${at.slice(0, 7)}-01`;
      return { grain, name: at.slice(0, 7), first, after: addMonths(first, 1) };
    }
    case "quarter": {
      const quarter = Math.ceil(month / 3);
      const first = `${year}-${two(quarter * 3 - 2)}-01`;
      return { grain, name: `${year}-Q${quarter}`, first, after: addMonths(first, 3) };
    }
  }
}

/** The period of a name, or none where it is the name of none. */
export function period(name: string): Period | null {
  let found: Period | null = null;
  const [, year = "", rest = ""] = /^(\d{4})-(.+)$/.exec(name) ?? [];
  if (isDay(name)) found = periodOf("day", name);
  else if (/^W\d\d$/.test(rest)) found = periodOf("week", addDays(monday(`${year}-01-04`), (Number(rest.slice(1)) - 1) * 7));
  else if (/^Q[1-4]$/.test(rest)) found = periodOf("quarter", `${year}-${two(Number(rest.slice(1)) * 3)}-01`);
  else if (/^(0[1-9]|1[0-2])$/.test(rest)) found = periodOf("month", `${name}-01`);
  return found?.name === name ? found : null;
}

export const periodBefore = (of: Period): Period => periodOf(of.grain, addDays(of.first, -1));

/** The period a year before: the week of that number, the month or quarter of that name, the same day. */
export function yearBefore(of: Period): Period {
  const shifted = `${Number(of.name.slice(0, 4)) - 1}${of.name.slice(4)}`;
  return period(shifted) ?? periodOf(of.grain, of.grain === "week" ? addDays(of.first, -364) : addMonths(of.first, -12));
}

/** The last so many periods up to a day, the latest first. */
export function recent(grain: Grain, until: string, count: number): Period[] {
  const periods: Period[] = [];
  for (let next = periodOf(grain, until); periods.length < count; next = periodBefore(next)) periods.push(next);
  return periods;
}
