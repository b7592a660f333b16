// The eight KPIs, a card each.

import type { Report, Row, Series } from "../api";
import { better, EIGHT, isAdditive, isSmall, type Card, type Key } from "../catalog";
import { changed } from "../format";
import { series, type Rows } from "../rows";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import { Chart } from "./chart";
import { useBoard } from "./context";
import { badge } from "./drift";
import { Figure, useRests } from "./number";
import { Hidden, Menu, Panel } from "./panel";

interface CardsProps {
  rows: Rows;
  before: Rows;
  weeks: Report | null;
  drift: Series[];
  look: string;
}

export function Cards(props: CardsProps) {
  const board = useBoard();
  const { words, formats, covers } = board;
  const sheet = (): Sheet => ({
    title: words.panels.eight,
    note: covers,
    head: [words.trend.kpi, words.explain.value, words.controls.before, words.trend.target],
    rows: EIGHT.flatMap(({ key, below }) => [key, ...below]).map((key) => {
      const [now, then] = [props.rows.get(key), props.before.get(key)];
      const raws = [now?.value ?? null, then?.value ?? null, now?.target ?? null];
      return [cell(named(words.kpis, key)), ...raws.map((raw) => cell(formats.orNone(key, raw), raw))];
    }),
  });
  return (
    <Panel id="eight" title={words.panels.eight} sheet={sheet} note={words.panels.eightNote}>
      <div class="cards" id="eight">
        {EIGHT.map((card) => (
          <OneCard key={card.id} card={card} {...props} />
        ))}
      </div>
    </Panel>
  );
}

function OneCard({ card, rows, before, weeks, drift, look }: CardsProps & { card: Card }) {
  const { words, formats, covers } = useBoard();
  const row = rows.get(card.key);
  const [name = "", what = ""] = words.cards[card.id];
  const rests = useRests(card.key, row, card.sample && words.samples[card.sample]);
  const points = series(weeks, card.key);
  const known = points.flatMap((one) => (one.value === null ? [] : [one.value]));
  const read = (value: number): string => formats.value(card.key, value);
  const [first, last] = [known[0], known[known.length - 1]];
  const trend = first === undefined || last === undefined ? words.card.noTrend : say(words.card.trend, { first: read(first), last: read(last) });
  const sheet = (): Sheet => ({
    title: name,
    note: `${formats.orNone(card.key, row?.value)} · ${covers}`,
    head: [words.trend.period, words.trend.value],
    rows: points.map((one) => [cell(one.window), cell(formats.orNone(card.key, one.value), one.value)]),
  });
  return (
    <article class="card" data-panel={card.id} aria-label={name}>
      <div class="heading">
        <h3>{name}</h3>
        <Menu sheet={sheet} title={name} charted />
      </div>
      <p class="what">{what}</p>
      <p class={row?.value == null ? "value none" : "value"}>
        <Figure of={card.key} row={row} spoken />
      </p>
      <Change card={card} now={row} before={before.get(card.key)} />
      <p class="rests">
        <span>{rests.text}</span>
        {rests.small && <span class="few">{words.card.small}</span>}
        <Badge card={card} drift={drift} />
      </p>
      <Target card={card} row={row} />
      <Chart
        bare
        height={48}
        labels={points.map((one) => one.window)}
        values={points.map((one) => one.value)}
        read={read}
        short={read}
        label={`${name}. ${trend}`}
        names={words.trend}
        look={look}
      />
      <Hidden sheet={sheet()} />
      <dl>
        {card.below.map((key) => (
          <div key={key}>
            <dt>{named(words.kpis, key)}</dt>
            <dd>
              <Figure of={key} row={rows.get(key)} />
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

/** How it stands to what it is compared with. */
function Change({ card, now, before }: { card: Card; now: Row | undefined; before: Row | undefined }) {
  const { words, formats, view } = useBoard();
  const change = changed(card.key, now, before);
  if (view.compare === "none") return null;
  if (!change || !before || before.value === null) return <p class="change" />;
  const good = mayBeChance(card.key, now, before.value) ? 0 : Math.sign(change.by) * better(card.key);
  const verdict = good > 0 ? words.card.better : good < 0 ? words.card.worse : better(card.key) === 0 ? "" : words.card.chance;
  const judged = change.by === 0 ? words.card.same : verdict;
  const by = change.points ? say(words.card.points, { n: formats.difference(card.key, change.by) }) : formats.change(change.by);
  return (
    <p class="change" data-good={good > 0 ? "yes" : good < 0 ? "no" : "even"}>
      <strong>
        {change.by !== 0 && by} {judged}
      </strong>
      {" · "}
      {say(words.card.was, { value: formats.value(card.key, before.value) })}
    </p>
  );
}

/** Whether a value rests on too few to tell it from the one before, or that one lies in its interval. */
function mayBeChance(key: Key, now: Row | undefined, before: number): boolean {
  if (!now) return true;
  const { lower, upper } = now;
  return isSmall(key, now) || (lower !== null && upper !== null && lower <= before && before <= upper);
}

/** The target and how far it is. Of sums the pace is that of the days that are over. */
function Target({ card, row }: { card: Card; row: Row | undefined }) {
  const { words, formats } = useBoard();
  if (!row || row.target === null || row.target === undefined) return null;
  const { target, attainment = null, pace = null, projected = null } = row;
  const share = (value: number): string => formats.share(value, 0);
  const parts = [
    attainment !== null && say(isAdditive(card.key) ? words.card.reached : words.card.against, { share: share(attainment) }),
    pace !== null && say(words.card.pace, { share: share(pace) }),
    projected !== null && say(words.card.projected, { value: formats.value(card.key, projected) }),
  ].filter((part) => part !== false);
  const aim = say(words.card.target, { target: formats.value(card.key, target) });
  return (
    <div class="target">
      <progress max={1} value={Math.max(0, Math.min(1, attainment ?? 0))} aria-label={aim} />
      <p>
        <strong>{aim}</strong>
        {parts.length > 0 && ` · ${parts.join(" · ")}`}
      </p>
    </div>
  );
}

function Badge({ card, drift }: { card: Card; drift: Series[] }) {
  const board = useBoard();
  const kpi = card.id === "cac" ? "cac" : card.id === "conversion" ? "lead_conversion" : "";
  const of = drift.find((one) => one.kpi === kpi && one.channel === null && one.reason === null);
  if (!of) return null;
  const { text, state } = badge(of, board);
  return (
    <a class="drifts" data-drift={state} href="#drift-title" onClick={(event) => (event.preventDefault(), document.getElementById("drift-title")?.scrollIntoView())}>
      {text}
    </a>
  );
}

