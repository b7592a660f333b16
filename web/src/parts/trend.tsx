// A KPI over calendar periods, large.

import type { Report } from "../api";
import { GRAINS, period, type Grain } from "../calendar";
import { BESIDE, EIGHT, type Key } from "../catalog";
import type { Formats } from "../format";
import { series } from "../rows";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import { Chart } from "./chart";
import { useBoard } from "./context";
import { Hidden, Panel } from "./panel";

/** The KPIs that can be chosen, once each. */
const CHOICE: readonly Key[] = [...new Set([...EIGHT.flatMap(({ key, below }) => [key, ...below]), ...BESIDE])];

interface TrendProps {
  report: Report | null;
  failed: string;
  today: string;
  look: string;
}

/** A period's name for an axis. */
function short(formats: Formats, name: string): string {
  const named = period(name);
  if (named?.grain === "day") return formats.shortDay(named.first);
  if (named?.grain === "week") return formats.shortDay(named.first);
  if (named?.grain === "month") return formats.month(named.first);
  return name;
}

export function Trend({ report, failed, today, look: theme }: TrendProps) {
  const { words, formats, view, look } = useBoard();
  const points = series(report, view.trend);
  const kpi = named(words.kpis, view.trend);
  const known = points.flatMap((one) => (one.value === null ? [] : [one.value]));
  const read = (value: number): string => formats.value(view.trend, value);
  const hasTarget = points.some((one) => one.target !== null && one.target !== undefined);
  const [first, last] = [points[0], points[points.length - 1]];
  const range = first && last ? `${formats.dayOf(first.window_start)} – ${formats.dayOf(last.window_end, 1)}` : "";
  const sheet = (): Sheet => ({
    title: kpi,
    note: range,
    head: [words.trend.period, words.trend.value, ...(hasTarget ? [words.trend.target] : [])],
    rows: points.map((one) => [
      cell(one.window),
      cell(formats.orNone(view.trend, one.value), one.value),
      ...(hasTarget ? [cell(formats.orNone(view.trend, one.target), one.target ?? null)] : []),
    ]),
  });
  const label = say(words.trend.label, {
    kpi,
    grain: words.trend[view.grain],
    n: known.length,
    low: known.length ? read(Math.min(...known)) : "",
    high: known.length ? read(Math.max(...known)) : "",
  });
  return (
    <Panel id="trend" title={words.panels.trend} sheet={sheet} charted>
      <div class="box">
        <div class="asked">
          <label>
            {words.trend.kpi}
            <select value={view.trend} onChange={(event) => look({ trend: event.currentTarget.value })}>
              {CHOICE.map((key) => (
                <option key={key} value={key} selected={key === view.trend}>
                  {named(words.kpis, key)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.trend.grain}
            <select value={view.grain} onChange={(event) => look({ grain: event.currentTarget.value as Grain, from: "" })}>
              {GRAINS.map((grain) => (
                <option key={grain} value={grain} selected={grain === view.grain}>
                  {words.trend[grain]}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.trend.from}
            <input type="date" value={view.from} max={today} min="1990-01-01" onChange={(event) => look({ from: event.currentTarget.value })} />
          </label>
        </div>
        <p class="printed">
          {kpi} · {range}
        </p>
        {known.length > 0 ? (
          <Chart
            height={260}
            labels={points.map((one) => short(formats, one.window))}
            values={points.map((one) => one.value)}
            target={hasTarget ? points.map((one) => one.target ?? null) : undefined}
            read={read}
            short={(value) => formats.short(view.trend, value)}
            label={label}
            names={words.trend}
            look={theme}
          />
        ) : (
          <p class="empty">{failed ? say(words.trend.failed, { why: failed }) : report ? words.trend.none : words.trend.waiting}</p>
        )}
        <Hidden sheet={sheet()} />
      </div>
    </Panel>
  );
}
