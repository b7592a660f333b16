// Drift in words: of each series whether more or fewer customers come than was to be expected, since when, and where from.

import type { Alarm, Series } from "../api";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import { useBoard, type BoardContext } from "./context";
import { Panel } from "./panel";

export type State = "none" | "worse" | "better";

/** The alarm that stands: the worse one first. */
const standing = (series: Series): Alarm | undefined => {
  const now = series.alarms.filter((alarm) => alarm.cleared === null);
  return now.find((alarm) => alarm.direction === "worse") ?? now[0];
};

/** The state of a series in a few words. */
export function badge(series: Series, { words, formats }: BoardContext): { text: string; state: State } {
  const alarm = standing(series);
  if (!alarm) return { text: words.drift.badgeNone, state: "none" };
  const sentence = alarm.direction === "worse" ? words.drift.badgeWorse : words.drift.badgeBetter;
  return { text: say(sentence, { day: formats.day(alarm.onset) }), state: alarm.direction };
}

const unit = (series: Series): string => (series.kpi === "cac" ? "cac/blended" : "lead_conversion/cohort");

/** What there is to say of a series, a sentence each. */
export function sentences(series: Series, { words, formats }: BoardContext): { state: State; said: string[] } {
  const { drift } = words;
  const who = { kpi: named(words.kpis, series.kpi), of: series.channel ?? drift.total };
  const day = (civil: string | null): string => (civil ? formats.day(civil) : "");
  if (series.reason) {
    const reason = (drift.reasons as Record<string, string>)[series.reason] ?? series.reason;
    return { state: "none", said: [say(drift.unknown, { ...who, reason })] };
  }
  const counts = (alarm: Alarm) => ({ observed: formats.number(alarm.observed, 0), expected: formats.number(alarm.expected, 1) });
  const past = series.alarms.filter((alarm) => alarm.cleared !== null).map((alarm) =>
    say(drift.past, {
      cleared: day(alarm.cleared),
      direction: alarm.direction === "worse" ? drift.pastWorse : drift.pastBetter,
      onset: day(alarm.onset),
      ...counts(alarm),
    }),
  );
  const alarm = standing(series);
  if (!alarm) return { state: "none", said: [say(drift.steady, { ...who, through: day(series.through) }), ...past] };
  const said = [say(drift[alarm.direction], { ...who, onset: day(alarm.onset), raised: day(alarm.raised), ...counts(alarm) })];
  const baseline = series.baseline?.value ?? null;
  if (alarm.level !== null && baseline !== null) {
    said.push(say(drift.level, { level: formats.value(unit(series), alarm.level), baseline: formats.value(unit(series), baseline) }));
  }
  const moved = (alarm.moved ?? []).flatMap(({ channel, mix, rate }) => (mix === null || rate === null ? [] : [{ channel, by: mix + rate }]));
  // Those that went the alarm's way, the strongest first.
  const way = alarm.direction === "worse" ? -1 : 1;
  const strongest = moved.filter(({ by }) => by * way >= 0.5).sort((a, b) => (b.by - a.by) * way).slice(0, 3);
  if (strongest.length > 0) {
    const list = strongest.map(({ channel, by }) => say(drift.customers, { channel, n: formats.signed(by) })).join(", ");
    said.push(say(drift.moved, { list }));
  }
  return { state: alarm.direction, said: [...said, ...past] };
}

/** All series; nothing where the instance has no drift. */
export function Drift({ series }: { series: Series[] }) {
  const board = useBoard();
  const { words, formats, asOf } = board;
  if (series.length === 0) return null;
  const all = series.map((one) => ({ series: one, ...sentences(one, board) }));
  // What stands comes first, and of what is not watched the channels say nothing.
  const shown = all.filter((one) => one.series.channel === null || one.series.reason === null);
  shown.sort((a, b) => Number(b.state === "worse") - Number(a.state === "worse"));
  const sheet = (): Sheet => ({
    title: words.panels.drift,
    note: asOf ? formats.instant(asOf) : "",
    head: [words.trend.kpi, words.moved.channel, words.panels.drift],
    rows: shown.map(({ series: one, said }) => [cell(named(words.kpis, one.kpi)), cell(one.channel ?? words.drift.total), cell(said.join(" "))]),
  });
  return (
    <Panel id="drift" title={words.panels.drift} sheet={sheet} note={words.panels.driftNote}>
      <ul class="box said">
        {shown.map(({ series: one, state, said }) => (
          <li key={`${one.kpi} ${one.channel}`} data-drift={state}>
            {said.join(" ")}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
