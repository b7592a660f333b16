// What is shown: the window or the calendar period, as of when, and beside what.

import { GRAINS, period, recent, type Grain } from "../calendar";
import { named } from "../words";
import type { Compare } from "../view";
import { useBoard } from "./context";

/** How many periods are offered, the latest first. */
const OFFERED: Record<Grain, number> = { day: 14, week: 13, month: 13, quarter: 8 };

interface ControlsProps {
  windows: string[];
  /** The business day that is looked at. */
  today: string;
}

export function Controls({ windows, today }: ControlsProps) {
  const { words, view, look, covers } = useBoard();
  const { controls } = words;
  const grain = period(view.window)?.grain ?? null;
  const offered = grain ? recent(grain, today, OFFERED[grain]).map((one) => one.name) : windows;
  // What a link asked for is there even where it is not offered.
  const names = offered.includes(view.window) ? offered : [view.window, ...offered];
  const span = (wanted: string): void => {
    const of = GRAINS.find((one) => one === wanted);
    look({ window: of ? (recent(of, today, 1)[0]?.name ?? today) : windows.includes("30d") ? "30d" : (windows[0] ?? "30d") });
  };
  return (
    <nav aria-label={controls.label}>
      <div class="asked">
        <label>
          {controls.span}
          <select value={grain ?? "windows"} onChange={(event) => span(event.currentTarget.value)}>
            {(["windows", ...GRAINS] as const).map((name) => (
              <option key={name} value={name} selected={name === (grain ?? "windows")}>
                {controls[name]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {controls.asOf}
          <input type="date" value={view.asOf} max={today} min="1990-01-01" onChange={(event) => look({ asOf: event.currentTarget.value })} />
        </label>
        {view.asOf && (
          <button type="button" onClick={() => look({ asOf: "" })}>
            {controls.now}
          </button>
        )}
        <label>
          {controls.compare}
          <select value={view.compare} onChange={(event) => look({ compare: event.currentTarget.value as Compare })}>
            {(["before", "year", "none"] as const).map((name) => (
              <option key={name} value={name} selected={name === view.compare}>
                {controls[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="choices" id="windows" role="group" aria-label={grain ? controls[grain] : controls.windows}>
        {names.map((name) => (
          <button type="button" key={name} data-window={name} aria-pressed={name === view.window} onClick={() => look({ window: name })}>
            {period(name) ? name : named(words.windows, name)}
          </button>
        ))}
      </div>
      <p id="covers">{covers}</p>
      {view.compare !== "none" && (
        <p class="printed">
          {controls.compare}: {controls[view.compare]}
        </p>
      )}
    </nav>
  );
}
