// The board: what is looked at, what was answered, and the parts that show it.

import { useEffect, useMemo, useState } from "preact/hooks";

import type { Report } from "./api";
import { period } from "./calendar";
import { useBeyond, useDrift, useNews, useNumbers, useWindows, type Status } from "./data";
import { Formats } from "./format";
import { Cards } from "./parts/cards";
import { Board, type Asked, type BoardContext } from "./parts/context";
import { Controls } from "./parts/controls";
import { Drift } from "./parts/drift";
import { Explain } from "./parts/explain";
import { Beside, State } from "./parts/figures";
import { Moved } from "./parts/moved";
import { Table } from "./parts/table";
import { Trend } from "./parts/trend";
import { totals, type Rows } from "./rows";
import { Header } from "./parts/header";
import { read, written, type View } from "./view";
import { say, type Reader } from "./words";

/** Changes of these are steps one can go back by. */
const STEPS: readonly (keyof View)[] = ["window", "asOf"];

function useView(): [View, (change: Partial<View>) => void] {
  const [view, set] = useState(() => read(location.hash));
  useEffect(() => {
    const moved = (): void => set(read(location.hash));
    addEventListener("hashchange", moved);
    addEventListener("popstate", moved);
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("popstate", moved);
    };
  }, []);
  const look = (change: Partial<View>): void => {
    const next = { ...view, ...change };
    const address = location.pathname + location.search + written(next);
    if (STEPS.some((name) => next[name] !== view[name])) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    set(next);
  };
  return [view, look];
}

/** The days that the numbers are of, in words. */
function covers(rows: Rows, formats: Formats, words: Reader["words"]): string {
  const all = rows.get("leads");
  if (!all) return "";
  const { zone } = formats;
  // Windows of minutes end within a day.
  const minutes = /^\d+h$/.test(all.window);
  const [from, to] = minutes
    ? [formats.instant(all.window_start), formats.instant(all.window_end)]
    : [formats.dayOf(all.window_start), formats.dayOf(all.window_end, 1)];
  const span = from === to ? say(words.coversOne, { from, zone }) : say(words.covers, { from, to, zone });
  const cut = rows.get("cac/blended");
  const isCut = cut && !minutes && cut.window_end < all.window_end && cut.window_end > cut.window_start;
  return isCut ? `${span}; ${say(words.spendTo, { day: formats.dayOf(cut.window_end, 1) })}` : span;
}

/** The later of two instants; none is the earliest. */
const later = (one: string, two: string): string => (two && (!one || new Date(two) > new Date(one)) ? two : one);

/** The last report of a view, so that the page does not go blank while the next is asked for. */
function useLast(report: Report | null): Report | null {
  const [last, set] = useState<Report | null>(null);
  useEffect(() => {
    if (report) set(report);
  }, [report]);
  return report ?? last;
}

export function App({ reader }: { reader: Reader }) {
  const { words, locale } = reader;
  const [view, look] = useView();
  const [status, tell] = useState<Status>({ kind: "waiting" });
  const [asked, explain] = useState<Asked | null>(null);
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "light");
  const { news, still } = useNews(view.asOf === "", tell);
  const windows = useWindows(news);
  const isServed = windows.length === 0 || windows.includes(view.window);
  const now = useNumbers(view, news, !isServed || view.asOf !== "", tell);
  const last = useLast(now);
  const formats = useMemo(() => new Formats(locale, last?.currency ?? "EUR", last?.time_zone ?? "UTC"), [locale, last?.currency, last?.time_zone]);
  // Rows of another window than the one that is looked at are of the view before.
  const of = last && (now || !last.kpis.some((row) => row.window === view.window)) ? (now ? view.window : (last.kpis[0]?.window ?? "")) : view.window;
  const rows = useMemo(() => totals(last, of), [last, of]);
  const today = last ? view.asOf || formats.civil(last.as_of) : "";
  const start = now ? (rows.get("leads")?.window_start ?? "") : "";
  const beyond = useBeyond(view, now, now ? today : "", start);
  const before = useMemo(() => totals(beyond.before.of, beyond.beforeWindow), [beyond.before.of, beyond.beforeWindow]);
  const drift = useDrift(view.asOf, last !== null);
  const board: BoardContext = { ...reader, formats, view, look, explain, asOf: later(last?.as_of ?? "", view.asOf ? "" : still), covers: covers(rows, formats, words) };
  const common = { rows, before };
  const redrawn = `${theme} ${formats.currency}`;
  const current = status.kind === "live" || status.kind === "polling" || status.kind === "fixed";
  return (
    <Board.Provider value={board}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {words.skip}
      </a>
      <Header status={status} theme={theme} setTheme={setTheme} />
      <Controls windows={windows.length > 0 ? windows : period(view.window) ? [] : [view.window]} today={today || new Date().toISOString().slice(0, 10)} />
      <main id="main" tabIndex={-1} class={current && now ? "" : "old"} aria-busy={!now}>
        <Cards {...common} weeks={beyond.weeks} drift={drift} look={redrawn} />
        <Beside {...common} />
        <Trend report={beyond.trend.of} failed={beyond.trend.failed} today={today} look={redrawn} />
        <Moved effects={last?.effects} />
        <Drift series={drift} />
        {last && <Table report={last} campaigns={beyond.campaigns.of} failed={beyond.campaigns.failed} window={of} />}
        {last && <State report={last} />}
      </main>
      {asked && <Explain asked={asked} close={() => explain(null)} />}
    </Board.Provider>
  );
}
