// Channels or campaigns: sorted by any column, filtered by name, and gone through by the arrow keys.

import { useRef, useState } from "preact/hooks";

import type { Report } from "../api";
import { CAMPAIGN_COLUMNS, COLUMNS, type Key } from "../catalog";
import { lines, nameOfLine, resorted, sorted, type Line } from "../rows";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import type { By } from "../view";
import { useBoard } from "./context";
import { Figure } from "./number";
import { Panel } from "./panel";

interface TableProps {
  report: Report;
  campaigns: Report | null;
  failed: string;
  window: string;
}

const STEPS: Record<string, readonly [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function Table({ report, campaigns, failed, window }: TableProps) {
  const { words, formats, view, look, locale, covers } = useBoard();
  const byCampaign = view.by === "campaign";
  const columns = byCampaign ? CAMPAIGN_COLUMNS : COLUMNS;
  const all = lines(byCampaign ? campaigns : report, window, view.by);
  const shown = sorted(all, view.sort, view.filter, locale);
  const first = byCampaign ? `${words.table.channel} · ${words.table.campaign}` : words.table.channel;
  const sheet = (): Sheet => ({
    title: words.panels.table,
    note: covers,
    head: [words.table.channel, ...(byCampaign ? [words.table.campaign] : []), ...columns.map((key) => named(words.kpis, key))],
    rows: shown.map((line) => [
      cell(line.channel),
      ...(byCampaign ? [cell(line.campaign ?? "")] : []),
      ...columns.map((key) => cell(formats.orNone(key, line.rows.get(key)?.value), line.rows.get(key)?.value ?? null)),
    ]),
  });
  const empty = shown.length > 0 ? "" : byCampaign && !campaigns ? (failed ? say(words.table.failed, { why: failed }) : words.table.waiting) : words.table.none;
  return (
    <Panel id="table" title={words.panels.table} sheet={sheet} note={words.panels.tableNote}>
      <div class="asked">
        <label>
          {words.table.show}
          <select value={view.by} onChange={(event) => look({ by: event.currentTarget.value as By })}>
            <option value="channel" selected={!byCampaign}>
              {words.table.byChannel}
            </option>
            <option value="campaign" selected={byCampaign}>
              {words.table.byCampaign}
            </option>
          </select>
        </label>
        <label>
          {words.table.filter}
          <input type="search" value={view.filter} maxLength={100} onInput={(event) => look({ filter: event.currentTarget.value })} />
        </label>
        <p role="status">{say(words.table.shown, { n: formats.number(shown.length, 0), all: formats.number(all.length, 0) })}</p>
      </div>
      <div class="wide" tabIndex={0} role="group" aria-labelledby="table-title">
        <table>
          <thead>
            <tr>
              <Head name="name" title={first} />
              {columns.map((key) => (
                <Head key={key} name={key} title={named(words.kpis, key)} />
              ))}
            </tr>
          </thead>
          <Body shown={shown} columns={columns} />
        </table>
        {empty && <p class="empty">{empty}</p>}
      </div>
    </Panel>
  );
}

/** A column's head, which sorts by it. */
function Head({ name, title }: { name: string; title: string }) {
  const { words, view, look } = useBoard();
  const order = view.sort === name ? "ascending" : view.sort === `-${name}` ? "descending" : "none";
  return (
    <th scope="col" aria-sort={order}>
      <button type="button" title={say(words.table.sorted, { column: title })} onClick={() => look({ sort: resorted(view.sort, name) })}>
        {title}
        <span aria-hidden="true">{order === "ascending" ? " ▲" : order === "descending" ? " ▼" : ""}</span>
      </button>
    </th>
  );
}

/** The lines. The tab key stops at one number, from where the arrows go on: a hundred stops are no help. */
function Body({ shown, columns }: { shown: Line[]; columns: readonly Key[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, go] = useState<readonly [number, number]>([0, 0]);
  const [row, column] = [Math.min(at[0], shown.length - 1), Math.min(at[1], columns.length - 1)];
  const step = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    const cellAt = event.target instanceof Element ? event.target.closest<HTMLTableCellElement>("td") : null;
    const line = cellAt?.parentElement;
    if (!by || !cellAt || !(line instanceof HTMLTableRowElement)) return;
    const [to, beside] = [line.sectionRowIndex + by[0], cellAt.cellIndex - 1 + by[1]];
    const next = body.current?.rows[to]?.cells[beside + 1]?.querySelector<HTMLElement>("button");
    if (!next) return;
    event.preventDefault();
    go([to, beside]);
    next.focus();
  };
  return (
    <tbody ref={body} onKeyDown={step}>
      {shown.map((line, n) => (
        <tr key={nameOfLine(line)}>
          <th scope="row" title={nameOfLine(line)}>
            {nameOfLine(line)}
          </th>
          {columns.map((key, m) => (
            <td key={key}>
              <Figure of={key} row={line.rows.get(key)} channel={line.channel} silent={line.campaign !== null} stop={n === row && m === column} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
