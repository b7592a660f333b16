// What one looks at, as it stands in the address: a link that is handed on shows the same.

import { day, GRAINS, period, type Grain } from "./calendar";
import type { Key } from "./catalog";

export type Compare = "before" | "year" | "none";
export type By = "channel" | "campaign";

export interface View {
  /** A window, or a calendar period's name. */
  window: string;
  /** The day at whose end one looks; empty: now. */
  asOf: string;
  compare: Compare;
  /** The KPI of the large chart, by which periods, and from which day on (empty: the last dozen). */
  trend: Key;
  grain: Grain;
  from: string;
  /** What the table lists, by which column (with a minus: the largest first), and what its names contain. */
  by: By;
  sort: string;
  filter: string;
  /** The ratio whose change is taken apart. */
  moved: Key;
}

export const DEFAULTS: View = {
  window: "30d",
  asOf: "",
  compare: "before",
  trend: "leads",
  grain: "week",
  from: "",
  by: "channel",
  sort: "-spend",
  filter: "",
  moved: "cac/blended",
};

/** Characters of a text that is taken from an address. */
const TEXT_AT_MOST = 100;

const NAMES: { [K in keyof View]: string } = {
  window: "window",
  asOf: "as_of",
  compare: "compare",
  trend: "kpi",
  grain: "period",
  from: "from",
  by: "by",
  sort: "sort",
  filter: "filter",
  moved: "moved",
};

const oneOf = <T extends string>(all: readonly T[], written: string, otherwise: T): T => all.find((one) => one === written) ?? otherwise;
const word = (written: string, otherwise: string): string => (/^-?[a-z0-9_]+(\/[a-z0-9_]+)?$/.test(written) ? written : otherwise);
const window = (written: string): string => (period(written) ? written : word(written, DEFAULTS.window));

/** Reads an address's fragment; what is not understood there is as if it were not there. */
export function read(fragment: string): View {
  const written = fragment.replace(/^#/, "");
  // The board's first links were the window's name alone.
  const pairs = new URLSearchParams(written.includes("=") ? written : { window: written });
  const of = (name: keyof View): string => (pairs.get(NAMES[name]) ?? "").slice(0, TEXT_AT_MOST);
  return {
    window: window(of("window")),
    asOf: day(of("asOf")),
    compare: oneOf<Compare>(["before", "year", "none"], of("compare"), DEFAULTS.compare),
    trend: word(of("trend"), DEFAULTS.trend),
    grain: oneOf(GRAINS, of("grain"), DEFAULTS.grain),
    from: day(of("from")),
    by: oneOf<By>(["channel", "campaign"], of("by"), DEFAULTS.by),
    sort: word(of("sort"), DEFAULTS.sort),
    filter: of("filter"),
    moved: word(of("moved"), DEFAULTS.moved),
  };
}

/** The fragment of a view: what is not as usual, in a fixed order. */
export function written(view: View): string {
  const pairs = new URLSearchParams();
  for (const name of Object.keys(NAMES) as (keyof View)[]) if (view[name] !== DEFAULTS[name]) pairs.set(NAMES[name], view[name]);
  const text = pairs.toString();
  return text ? `#${text}` : "";
}
