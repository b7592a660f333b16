// A panel of the board: its title, its menu of what can be saved, and its content.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { saveCsv, savePng } from "../save";
import type { Sheet } from "../sheet";
import { say } from "../words";
import { useBoard } from "./context";

interface MenuProps {
  /** What is saved; made when it is wanted. */
  sheet: () => Sheet;
  title: string;
  /** Whether there is a chart in the element around the menu that belongs to the picture. */
  charted?: boolean;
}

/** The button that opens what can be saved. */
export function Menu({ sheet, title, charted = false }: MenuProps) {
  const { words, asOf } = useBoard();
  const box = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (!box.current) return;
    box.current.open = false;
    box.current.querySelector("summary")?.focus();
  };
  const chart = (): HTMLCanvasElement | null => (charted ? (box.current?.closest("[data-panel]")?.querySelector("canvas") ?? null) : null);
  const left = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (box.current && !(to instanceof Node && box.current.contains(to))) box.current.open = false;
  };
  return (
    <details class="menu" ref={box} onFocusOut={left} onKeyDown={(event) => event.key === "Escape" && close()}>
      <summary aria-label={say(words.panels.menu, { panel: title })} title={say(words.panels.menu, { panel: title })}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10" />
        </svg>
      </summary>
      <div>
        <button type="button" onClick={() => (saveCsv(sheet(), asOf), close())}>
          {words.panels.csv}
        </button>
        <button type="button" onClick={() => (savePng(sheet(), chart(), asOf), close())}>
          {words.panels.png}
        </button>
      </div>
    </details>
  );
}

interface PanelProps extends MenuProps {
  id: string;
  note?: string | undefined;
  children: ComponentChildren;
}

/** A section with its title and its menu. */
export function Panel({ id, title, sheet, charted, note, children }: PanelProps) {
  return (
    <section aria-labelledby={`${id}-title`} data-panel={id}>
      <div class="heading">
        <h2 id={`${id}-title`}>{title}</h2>
        <Menu sheet={sheet} title={title} charted={charted ?? false} />
      </div>
      {children}
      {note && <p class="note">{note}</p>}
    </section>
  );
}

/** A sheet as a table that is there for screen readers alone. */
export function Hidden({ sheet }: { sheet: Sheet }) {
  return (
    <table class="hidden">
      <caption>{sheet.title}</caption>
      <thead>
        <tr>
          {sheet.head.map((name) => (
            <th scope="col" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sheet.rows.map((row, n) => (
          <tr key={n}>{row.map((one, column) => (column === 0 ? <th scope="row">{one.text}</th> : <td key={column}>{one.text}</td>))}</tr>
        ))}
      </tbody>
    </table>
  );
}
