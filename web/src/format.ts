// Numbers and times as the reader writes them: by the reader's locale, in the instance's currency and time zone.

import type { Row } from "./api";
import { unitOf, type Key } from "./catalog";

/** What stands where there is no value. */
export const NONE = "–";

export class Formats {
  private readonly numbers = new Map<string, Intl.NumberFormat>();
  private readonly dates = new Map<string, Intl.DateTimeFormat>();

  constructor(
    readonly locale: string,
    readonly currency: string,
    readonly zone: string,
  ) {}

  /** A KPI's value in its unit. */
  value(key: Key, value: number): string {
    switch (unitOf(key)) {
      case "money":
        return this.money(value, this.currency);
      case "share":
        return this.share(value, Math.abs(value) < 0.1 ? 2 : 1);
      case "times":
        return `${this.number(value, 2)}×`;
      case "time":
        return this.duration(value);
      case "count":
        return this.number(value, 0);
    }
  }

  /** A value, or a dash. */
  orNone(key: Key, value: number | null | undefined): string {
    return value === null || value === undefined ? NONE : this.value(key, value);
  }

  money(value: number, currency: string): string {
    return this.format(`money ${currency}`, { style: "currency", currency }, value);
  }

  /** A number with so many decimals at most. */
  number(value: number, decimals: number): string {
    return this.format(`number ${decimals}`, { maximumFractionDigits: decimals }, value);
  }

  /** A share of 1 as percent, with so many decimals. */
  share(value: number, decimals: number): string {
    return this.format(`share ${decimals}`, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals }, value);
  }

  /** A change with its sign, in percent. */
  change(value: number): string {
    return this.format("change", { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" }, value);
  }

  /** A number of things with its sign. */
  signed(value: number): string {
    return this.format("signed", { maximumFractionDigits: 1, signDisplay: "exceptZero" }, value);
  }

  /** A change of a KPI with its sign, in its unit; of shares in percentage points. */
  difference(key: Key, value: number): string {
    if (unitOf(key) === "share") return this.format("points", { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" }, value * 100);
    const sign = value > 0 ? "+" : value < 0 ? "−" : "";
    return sign + this.value(key, Math.abs(value));
  }

  /** Short, for an axis: 1.2K, 40%, 12 d. */
  short(key: Key, value: number): string {
    switch (unitOf(key)) {
      case "share":
        return this.format("axis share", { style: "percent", maximumFractionDigits: 2 }, value);
      case "time":
        return this.format("axis days", { style: "unit", unit: "day", unitDisplay: "narrow", maximumFractionDigits: 1 }, value / 86_400);
      default:
        return this.format("axis", { notation: "compact", maximumFractionDigits: 2 }, value);
    }
  }

  /** An instant, with its time. */
  instant(text: string): string {
    return this.date("instant", { dateStyle: "medium", timeStyle: "medium", timeZone: this.zone }, new Date(text));
  }

  /** The day of an instant; `less` milliseconds before it, for the end of a window, which is no part of it. */
  dayOf(instant: string, less = 0): string {
    return this.date("day", { dateStyle: "medium", timeZone: this.zone }, new Date(new Date(instant).getTime() - less));
  }

  /** A civil day, written YYYY-MM-DD. */
  day(civil: string): string {
    return this.date("civil", { dateStyle: "medium", timeZone: "UTC" }, new Date(`${civil}T00:00:00Z`));
  }

  /** A civil day without its year, for an axis. */
  shortDay(civil: string): string {
    return this.date("short day", { day: "numeric", month: "short", timeZone: "UTC" }, new Date(`${civil}T00:00:00Z`));
  }

  /** A month and its year. */
  month(civil: string): string {
    return this.date("month", { month: "short", year: "numeric", timeZone: "UTC" }, new Date(`${civil}T00:00:00Z`));
  }

  /** The civil day of an instant in the business zone, as YYYY-MM-DD. */
  civil(instant: string): string {
    const parts = new Intl.DateTimeFormat("en", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: this.zone }).formatToParts(new Date(instant));
    const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
    return `${of("year")}-${of("month")}-${of("day")}`;
  }

  private duration(seconds: number): string {
    const unit = (unit: string, value: number, decimals: number): string =>
      this.format(`${unit} ${decimals}`, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: decimals }, value);
    const days = seconds / 86_400;
    if (days >= 1) return unit("day", days, days < 10 ? 1 : 0);
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return unit("minute", minutes, 0);
    return `${unit("hour", Math.floor(minutes / 60), 0)} ${unit("minute", minutes % 60, 0)}`;
  }

  private format(name: string, options: Intl.NumberFormatOptions, value: number): string {
    let format = this.numbers.get(name);
    if (!format) this.numbers.set(name, (format = new Intl.NumberFormat(this.locale, options)));
    return format.format(value);
  }

  private date(name: string, options: Intl.DateTimeFormatOptions, at: Date): string {
    let format = this.dates.get(name);
    if (!format) this.dates.set(name, (format = new Intl.DateTimeFormat(this.locale, options)));
    return format.format(at);
  }
}

/** How a value stands to the one before: in percent, of shares in points; null where that says nothing. */
export function changed(key: Key, now: Row | undefined, before: Row | undefined): { by: number; points: boolean } | null {
  const [value, old] = [now?.value ?? null, before?.value ?? null];
  if (value === null || old === null) return null;
  if (unitOf(key) === "share") return { by: value - old, points: true };
  return old === 0 ? null : { by: (value - old) / Math.abs(old), points: false };
}
