// Figures in a grid: the KPIs beside the eight, and what all numbers rest on.

import type { Report } from "../api";
import { BESIDE } from "../catalog";
import { changed } from "../format";
import type { Rows } from "../rows";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import { useBoard } from "./context";
import { Figure } from "./number";
import { Panel } from "./panel";

export function Beside({ rows, before }: { rows: Rows; before: Rows }) {
  const { words, formats, covers, view } = useBoard();
  const sheet = (): Sheet => ({
    title: words.panels.beside,
    note: covers,
    head: [words.trend.kpi, words.explain.value],
    rows: BESIDE.map((key) => [cell(named(words.kpis, key)), cell(formats.orNone(key, rows.get(key)?.value), rows.get(key)?.value ?? null)]),
  });
  return (
    <Panel id="beside" title={words.panels.beside} sheet={sheet}>
      <dl class="figures" id="beside">
        {BESIDE.map((key) => {
          const change = view.compare === "none" ? null : changed(key, rows.get(key), before.get(key));
          return (
            <div key={key}>
              <dt>{named(words.kpis, key)}</dt>
              <dd>
                <Figure of={key} row={rows.get(key)} />
                {change && <small> {change.points ? say(words.card.points, { n: formats.difference(key, change.by) }) : formats.change(change.by)}</small>}
              </dd>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}

interface Fact {
  name: string;
  text: string;
  raw: string | number | null;
  hint?: string;
}

export function State({ report }: { report: Report }) {
  const { words, formats, covers } = useBoard();
  const { state } = words;
  const facts = factsOf(report);
  function count(name: string, value: number, hint = ""): Fact {
    return { name, text: formats.number(value, 0), raw: value, hint };
  }
  function factsOf({ events, data_state: data, spend_complete_through: complete }: Report): Fact[] {
    const rejected = Object.entries(events.rejected).filter(([, n]) => n > 0);
    const within = data.conversion_within_horizon;
    const lacking = data.unconverted.map(({ amount, currency, measure }) =>
      say(state.amount, { amount: formats.money(Number(amount), currency), measure: named(words.kpis, measure) }),
    );
    return [
      { name: state.complete, text: complete ? formats.day(complete) : state.noMedia, raw: complete },
      count(state.accepted, events.accepted),
      count(state.duplicate, events.duplicate),
      count(state.stale, events.stale),
      count(state.rejected, rejected.reduce((sum, [, n]) => sum + n, 0), rejected.map(([reason, n]) => `${reason}: ${n}`).join("\n")),
      count(state.no_amount, data.deals_without_amount),
      count(state.no_cycle, data.wins_without_cycle),
      { name: state.within, text: within === null ? state.unknown : formats.share(within, 1), raw: within },
      { name: state.no_rate, text: lacking.join(", ") || state.none, raw: lacking.join(", ") },
    ];
  }
  const sheet = (): Sheet => ({
    title: words.panels.state,
    note: covers,
    head: ["", words.explain.value],
    rows: facts.map((fact) => [cell(fact.name), cell(fact.text, fact.raw)]),
  });
  return (
    <Panel id="state" title={words.panels.state} sheet={sheet}>
      <dl class="figures" id="state">
        {facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd title={fact.hint || undefined}>{fact.text}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
