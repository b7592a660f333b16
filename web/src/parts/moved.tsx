// What moved a ratio: by channel, what came of the mix and what of the channel itself.

import type { Effect } from "../api";
import { keyOf } from "../catalog";
import { NONE } from "../format";
import { cell, type Sheet } from "../sheet";
import { named, say } from "../words";
import { useBoard } from "./context";
import { Panel } from "./panel";

/** Width and height of a bar's field, in its own units. */
const WIDE = 120;
const HIGH = 16;

const sum = (one: Effect): number | null => (one.mix_effect === null || one.rate_effect === null ? null : one.mix_effect + one.rate_effect);

export function Moved({ effects }: { effects: Effect[] | undefined }) {
  const { words, formats, view, look, covers } = useBoard();
  if (!effects) return null;
  const choice = [...new Set(effects.map(keyOf))];
  const key = choice.includes(view.moved) ? view.moved : (choice[0] ?? view.moved);
  const of = effects.filter((one) => keyOf(one) === key).sort((a, b) => Math.abs(sum(b) ?? 0) - Math.abs(sum(a) ?? 0));
  // Of a channel whose amounts have no rate it is not known; then it is not of the whole either.
  const whole = (part: (one: Effect) => number | null): number | null =>
    of.map(part).reduce((all, one) => (all === null || one === null ? null : all + one), 0);
  const totals = [whole((one) => one.mix_effect), whole((one) => one.rate_effect), whole(sum)] as const;
  const most = Math.max(...of.flatMap((one) => [Math.abs(one.mix_effect ?? 0), Math.abs(one.rate_effect ?? 0)]), 1e-12);
  const text = (value: number | null): string => (value === null ? NONE : formats.difference(key, value));
  const sheet = (): Sheet => ({
    title: `${words.panels.moved}: ${named(words.kpis, key)}`,
    note: covers,
    head: [words.moved.channel, words.moved.mix, words.moved.rate, words.moved.sum],
    rows: [...of.map((one) => [cell(one.channel), ...[one.mix_effect, one.rate_effect, sum(one)].map((raw) => cell(text(raw), raw))]),
      [cell(words.moved.total), ...totals.map((raw) => cell(text(raw), raw))]],
  });
  const before = of[0]?.before ?? "";
  return (
    <Panel id="moved" title={words.panels.moved} sheet={sheet} note={of.length > 0 ? words.panels.movedNote : undefined}>
      <div class="box">
        {of.length === 0 ? (
          <p class="empty">{words.panels.movedNone}</p>
        ) : (
          <>
            <div class="asked">
              <label>
                {words.moved.kpi}
                <select value={key} onChange={(event) => look({ moved: event.currentTarget.value })}>
                  {choice.map((one) => (
                    <option key={one} value={one} selected={one === key}>
                      {named(words.kpis, one)}
                    </option>
                  ))}
                </select>
              </label>
              <p class="lead">{say(words.moved.lead, { kpi: named(words.kpis, key), change: text(totals[2]), before: named(words.windows, before) })}</p>
            </div>
            <div class="wide" tabIndex={0} role="group" aria-labelledby="moved-title">
              <table>
                <thead>
                  <tr>
                    {[words.moved.channel, words.moved.mix, "", words.moved.rate, "", words.moved.sum].map((name, n) =>
                      name ? (
                        <th scope="col" key={n} colSpan={n === 1 || n === 3 ? 2 : 1}>
                          {name}
                        </th>
                      ) : null,
                    )}
                  </tr>
                </thead>
                <tbody>
                  {of.map((one) => (
                    <tr key={one.channel}>
                      <th scope="row">{one.channel}</th>
                      <Bar value={one.mix_effect} most={most} text={text(one.mix_effect)} />
                      <Bar value={one.rate_effect} most={most} text={text(one.rate_effect)} />
                      <td>{text(sum(one))}</td>
                    </tr>
                  ))}
                </tbody>
                <tfoot>
                  <tr>
                    <th scope="row">{words.moved.total}</th>
                    <td colSpan={2}>{text(totals[0])}</td>
                    <td colSpan={2}>{text(totals[1])}</td>
                    <td>{text(totals[2])}</td>
                  </tr>
                </tfoot>
              </table>
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}

/** A bar from the middle, to the right where it rises, and its number. */
function Bar({ value, most, text }: { value: number | null; most: number; text: string }) {
  const long = ((value ?? 0) / most) * (WIDE / 2 - 1);
  return (
    <>
      <td class="bar">
        <svg viewBox={`0 0 ${WIDE} ${HIGH}`} aria-hidden="true" data-sign={long > 0 ? "more" : "less"}>
          <rect x={WIDE / 2 + Math.min(0, long)} y="2" width={Math.abs(long)} height={HIGH - 4} />
          <path d={`M${WIDE / 2} 0v${HIGH}`} />
        </svg>
      </td>
      <td>{text}</td>
    </>
  );
}
