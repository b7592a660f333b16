// The rows of a report, found by KPI and by group; the lines of the table, sorted and filtered.

import type { Report, Row } from "./api";
import { keyOf, type Key } from "./catalog";
import type { By } from "./view";

export type Rows = ReadonlyMap<Key, Row>;

/** A channel or a campaign with its rows. */
export interface Line {
  channel: string;
  campaign: string | null;
  rows: Rows;
}

/** The totals of a window. */
export function totals(report: Report | null, window: string): Rows {
  const rows = (report?.kpis ?? []).filter((row) => row.window === window && row.channel === null && row.campaign === null && row.segment === null);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** The channels, or the campaigns, of a window, in no order. */
export function lines(report: Report | null, window: string, by: By): Line[] {
  const found = new Map<string, { channel: string; campaign: string | null; rows: Map<Key, Row> }>();
  for (const row of report?.kpis ?? []) {
    if (row.window !== window || row.channel === null || (row.campaign !== null) !== (by === "campaign")) continue;
    const name = JSON.stringify([row.channel, row.campaign]);
    let line = found.get(name);
    if (!line) found.set(name, (line = { channel: row.channel, campaign: row.campaign, rows: new Map() }));
    line.rows.set(keyOf(row), row);
  }
  return [...found.values()];
}

export const nameOfLine = (line: Line): string => (line.campaign === null ? line.channel : `${line.channel} · ${line.campaign}`);

/** The lines whose name contains the words of a filter, by a column: the largest first where it has a minus; what has no value last. */
export function sorted(all: readonly Line[], sort: string, filter: string, locale: string): Line[] {
  const wanted = filter.toLocaleLowerCase(locale).split(/\s+/).filter(Boolean);
  const chosen = all.filter((line) => wanted.every((word) => nameOfLine(line).toLocaleLowerCase(locale).includes(word)));
  const [key, down] = sort.startsWith("-") ? [sort.slice(1), true] : [sort, false];
  const names = new Intl.Collator(locale, { numeric: true });
  const byName = (a: Line, b: Line): number => names.compare(nameOfLine(a), nameOfLine(b));
  if (key === "name") return chosen.sort((a, b) => (down ? byName(b, a) : byName(a, b)));
  const value = (line: Line): number | null => line.rows.get(key)?.value ?? null;
  return chosen.sort((a, b) => {
    const [one, two] = [value(a), value(b)];
    if (one === null || two === null) return Number(one === null) - Number(two === null) || byName(a, b);
    return (down ? two - one : one - two) || byName(a, b);
  });
}

/** What a click on a column's head makes of the order: numbers begin with the largest, names with the first. */
export function resorted(sort: string, key: string): string {
  const first = key === "name" ? key : `-${key}`;
  if (sort === first) return key === "name" ? `-${key}` : key;
  return first;
}

/** The values of a KPI by period, in their order. */
export function series(report: Report | null, key: Key): Row[] {
  return (report?.kpis ?? [])
    .filter((row) => row.channel === null && keyOf(row) === key)
    .sort((a, b) => (a.window_start < b.window_start ? -1 : a.window_start > b.window_start ? 1 : 0));
}
