// A number of the board: it says why it is not there, lets itself be explained, and flashes when it changes.

import { useLayoutEffect, useRef } from "preact/hooks";

import type { Row } from "../api";
import { isSmall, type Key } from "../catalog";
import { NONE } from "../format";
import { capital, named, say } from "../words";
import { useBoard } from "./context";

interface NumberProps {
  of: Key;
  row: Row | undefined;
  channel?: string | null;
  /** Whether the reason stands where there is no value; else it is a dash. */
  spoken?: boolean;
  /** Whether it is one that is never asked about, such as a campaign's. */
  silent?: boolean;
  /** Whether the tab key stops at it. */
  stop?: boolean;
}

/** The text of a number and, where it has none, why. */
export function useNumber(key: Key, row: Row | undefined): { text: string; reason: string } {
  const { formats, words } = useBoard();
  if (row && row.value !== null) return { text: formats.value(key, row.value), reason: "" };
  return { text: NONE, reason: row ? named(words.reasons, row.reason ?? "nothing") : words.reasons.nothing };
}

export function Figure({ of, row, channel = null, spoken = false, silent = false, stop = true }: NumberProps) {
  const { view, words, explain } = useBoard();
  const { text, reason } = useNumber(of, row);
  const shown = reason && spoken ? capital(reason) : text;
  const node = useRef<HTMLElement>(null);
  const last = useRef({ shown, view: view.window + view.asOf });
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { shown, view: view.window + view.asOf };
    // A change of what one looks at is no change of the number.
    if (before.shown === shown || before.view !== last.current.view || reason) return;
    node.current?.classList.remove("changed");
    void node.current?.offsetWidth;
    node.current?.classList.add("changed");
  });
  const name = named(words.kpis, of);
  const attributes = { title: reason || undefined, "data-key": of, "data-raw": row?.value ?? "", "data-channel": channel ?? "" };
  if (silent || !row) {
    return (
      <span ref={node} class={reason ? "none" : ""} {...attributes}>
        {shown}
        {reason && !spoken && <span class="hidden"> {reason}</span>}
      </span>
    );
  }
  return (
    <button
      type="button"
      ref={(made: HTMLElement | null) => void (node.current = made)}
      class={reason ? "number none" : "number"}
      aria-label={say(words.card.explain, { name: channel ? `${channel}, ${name}` : name, value: reason || shown })}
      tabIndex={stop ? 0 : -1}
      onClick={() => explain({ key: of, channel })}
      {...attributes}
    >
      {shown}
    </button>
  );
}

/** What a number rests on: its interval, its sample, and whether that is small. */
export function useRests(key: Key, row: Row | undefined, sample: string): { text: string; small: boolean } {
  const { formats, words } = useBoard();
  if (!row) return { text: "", small: false };
  const parts: string[] = [];
  if (row.lower !== null && row.upper !== null) {
    parts.push(say(words.card.interval, { lower: formats.value(key, row.lower), upper: formats.value(key, row.upper) }));
  }
  if (row.sample_size !== null && sample) parts.push(`${say(words.card.sample, { n: formats.number(row.sample_size, 0) })} ${sample}`);
  return { text: parts.join(" · "), small: isSmall(key, row) };
}
