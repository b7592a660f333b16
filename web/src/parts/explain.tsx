// Why a number is what it is: the things it is a sum of, and those that were left out.

import { useEffect, useRef, useState } from "preact/hooks";

import { ask, LATE, Refusal, type Entry, type Explanation } from "../api";
import { NONE } from "../format";
import { explanation } from "../queries";
import { named, say } from "../words";
import { useBoard, type Asked } from "./context";

/** What is known of what was asked. */
type Answer = { state: "waiting" } | { state: "off" } | { state: "failed"; why: string } | { state: "there"; of: Explanation };

export function Explain({ asked, close }: { asked: Asked; close: () => void }) {
  const { words, view } = useBoard();
  const box = useRef<HTMLDialogElement>(null);
  const [answer, set] = useState<Answer>({ state: "waiting" });
  const [turn, again] = useState(0);
  useEffect(() => box.current?.showModal(), []);
  useEffect(() => {
    let wanted = true;
    set({ state: "waiting" });
    ask<Explanation>(explanation(asked.key, view.window, asked.channel, view.asOf), LATE).then(
      (of) => wanted && set({ state: "there", of }),
      (error: unknown) => {
        if (!wanted) return;
        const off = error instanceof Refusal && error.status === 403;
        set(off ? { state: "off" } : { state: "failed", why: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => void (wanted = false);
  }, [asked, turn]);
  const kpi = named(words.kpis, asked.key);
  return (
    <dialog ref={box} aria-labelledby="explain-title" onClose={close} onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}>
      <div class="explain">
        <div class="heading">
          <h2 id="explain-title">{say(words.explain.title, { kpi: asked.channel ? `${kpi}, ${asked.channel}` : kpi })}</h2>
          <button type="button" onClick={() => box.current?.close()}>
            {words.explain.close}
          </button>
        </div>
        <div role="status">
          {answer.state === "waiting" && <p>{words.explain.waiting}</p>}
          {answer.state === "off" && <p>{words.explain.off}</p>}
          {answer.state === "failed" && <p>{say(words.explain.failed, { why: answer.why })}</p>}
        </div>
        {answer.state === "failed" && (
          <button type="button" onClick={() => again(turn + 1)}>
            {words.explain.again}
          </button>
        )}
        {answer.state === "there" && <Parts of={answer.of} asked={asked} />}
      </div>
    </dialog>
  );
}

function Parts({ of, asked }: { of: Explanation; asked: Asked }) {
  const { words, formats } = useBoard();
  const fraction = of.numerator !== null && of.denominator !== null;
  const reason = of.reason ? named(words.reasons, of.reason) : NONE;
  return (
    <>
      <p class="lead">
        <strong>{of.value === null ? reason : formats.value(asked.key, of.value)}</strong>
        {fraction && ` = ${say(words.explain.formula, { numerator: plain(of.numerator), denominator: plain(of.denominator) })}`}
        {of.window_start && of.window_end && `, ${formats.dayOf(of.window_start)} – ${formats.dayOf(of.window_end, 1)}`}
      </p>
      {of.notes.map((note) => (
        // These are the instance's own words, which are English.
        <p class="note" lang="en" key={note}>
          {note}
        </p>
      ))}
      {of.parts.map((part) => (
        <section key={part.part} aria-label={part.part}>
          <h3 lang="en">{part.part}</h3>
          <p class="note">
            {side(part.numerator_times, part.in_denominator)} · {words.explain.sum}: {plain(part.sum)} ·{" "}
            {say(words.explain.counted, { n: formats.number(part.counted, 0) })} · {say(words.explain.leftOut, { n: formats.number(part.left_out, 0) })}
            {part.entries.length < part.counted + part.left_out && ` · ${say(words.explain.first, { n: part.entries.length })}`}
          </p>
          {part.entries.length > 0 && <Entries of={part.entries} name={part.part} />}
        </section>
      ))}
    </>
  );
  function plain(value: number | null): string {
    return value === null ? NONE : formats.number(value, 2);
  }
  function side(times: number | null, below: boolean): string {
    if (times === null) return words.explain.denominator;
    if (below) return words.explain.both;
    return times === 1 ? words.explain.numerator : say(words.explain.times, { n: formats.number(times, 6) });
  }
}

function Entries({ of, name }: { of: Entry[]; name: string }) {
  const { words, formats } = useBoard();
  const { explain } = words;
  const booked = (entry: Entry): string => (entry.booked_on && /^\d{4}-\d\d-\d\d$/.test(entry.booked_on) ? formats.day(entry.booked_on) : (entry.booked_on ?? NONE));
  return (
    <div class="wide" tabIndex={0} role="group" aria-label={name}>
      <table>
        <thead>
          <tr>
            {[explain.what, explain.adds, explain.amount, explain.day, explain.channel, explain.why].map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.map((entry, n) => (
            <tr key={n} class={entry.counts ? "" : "out"}>
              <th scope="row">{entry.key}</th>
              <td>{entry.adds === null ? NONE : formats.number(entry.adds, 2)}</td>
              <td>{entry.amount !== null && entry.currency ? formats.money(entry.amount, entry.currency) : NONE}</td>
              <td>{booked(entry)}</td>
              <td>{entry.channel ?? NONE}</td>
              <td lang="en">{entry.why ?? (entry.counts ? explain.yes : (entry.reason ?? NONE))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
