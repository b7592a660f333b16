// What the board has been answered, kept up to date while one looks.

import { useEffect, useRef, useState } from "preact/hooks";

import { ask, askInTurn, LATE, Refusal, SOON, type Drift, type Report, type Series } from "./api";
import { period } from "./calendar";
import { Feed, type World } from "./live";
import { comparison, numbers, trend, weeks } from "./queries";
import type { View } from "./view";

export type Status = { kind: "waiting" | "live" | "polling" | "fixed" | "lost" } | { kind: "not_ready"; state: string } | { kind: "told"; why: string };

/** An answer with the path that it answers: one that was asked for something else is not shown. */
interface Answered<T> {
  path: string;
  of: T | null;
  failed: string;
}

/** How often what the instance evaluates for us is asked for anew, in milliseconds. */
const NOW_AND_THEN = 60_000;
/** The same of campaigns and calendar periods, which are looked at as they change. */
const OFTEN = 15_000;
/** How soon a question that was not answered is asked again. */
const AGAIN = 3_000;

const world: World = {
  open: () => new EventSource("/api/v1/stream"),
  later: (what, milliseconds) => window.setTimeout(what, milliseconds),
  never: (timer) => window.clearTimeout(timer),
};

/** Counts the news: a number that rises when there may be something new; and the instant until which there was none. With `on` false, nobody listens. */
export function useNews(on: boolean, say: (status: Status) => void): { news: number; still: string } {
  const [news, rise] = useState(0);
  const [still, stay] = useState("");
  useEffect(() => {
    const feed = new Feed(world, {
      news: () => rise((n) => n + 1),
      still: stay,
      notReady: (state) => say({ kind: "not_ready", state }),
      by: (way) => document.documentElement.setAttribute("data-feed", way),
    });
    const seen = (): void => (on && !document.hidden ? feed.start() : feed.stop());
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      feed.stop();
    };
  }, [on]);
  return { news, still };
}

/** The windows that are served. */
export function useWindows(news: number): string[] {
  const [windows, set] = useState<string[]>([]);
  useEffect(() => {
    if (windows.length > 0) return;
    ask<Report>("/api/v1/kpis", SOON).then((report) => set([...new Set(report.kpis.map((row) => row.window))]), () => undefined);
  }, [news]);
  return windows;
}

/**
 * The numbers of a view, asked for with each piece of news: one at a time, and what came meanwhile once more. Those of `evaluated` views, which the
 * instance evaluates for us alone, only now and then.
 */
export function useNumbers(view: View, news: number, evaluated: boolean, say: (status: Status) => void): Report | null {
  const { path } = numbers(view);
  const [answer, set] = useState<Answered<Report>>({ path: "", of: null, failed: "" });
  const asked = useRef({ busy: false, more: false, timer: 0, path: "", at: 0 });
  const current = useRef({ path, asOf: view.asOf, evaluated });
  current.current = { path, asOf: view.asOf, evaluated };
  const fetchNow = (): void => {
    const state = asked.current;
    if (state.busy) return void (state.more = true);
    const mine = current.current.path;
    const rest = current.current.evaluated && state.path === mine ? state.at + OFTEN - Date.now() : 0;
    window.clearTimeout(state.timer);
    if (rest > 0) return void (state.timer = window.setTimeout(fetchNow, rest));
    Object.assign(state, { busy: true, more: false });
    const done = (): void => {
      state.busy = false;
      if (state.more || current.current.path !== mine) fetchNow();
    };
    ask<Report>(mine, LATE).then(
      (of) => {
        set({ path: mine, of, failed: "" });
        Object.assign(state, { path: mine, at: Date.now() });
        say({ kind: current.current.asOf ? "fixed" : document.documentElement.dataset.feed === "polling" ? "polling" : "live" });
        done();
      },
      (error: unknown) => {
        const why = whyNot(error);
        if (why) say(why);
        done();
        window.clearTimeout(state.timer);
        state.timer = window.setTimeout(fetchNow, AGAIN);
      },
    );
  };
  useEffect(fetchNow, [path, news]);
  return answer.path === path ? answer.of : null;
}

/** What there is to say of a question that was not answered. That the instance is not ready the stream says, where there is one. */
function whyNot(error: unknown): Status | null {
  if (!(error instanceof Refusal)) return { kind: "lost" };
  const isSaid = error.message.startsWith("not ready") && document.documentElement.dataset.feed === "stream";
  return isSaid ? null : { kind: "told", why: error.message };
}

/** An answer to a path that is evaluated for us, renewed now and then; an empty path asks for nothing. */
function useAnswer(path: string, every: number, renewed: boolean): Answered<Report> {
  const [answer, set] = useState<Answered<Report>>({ path: "", of: null, failed: "" });
  useEffect(() => {
    if (!path) return;
    let [wanted, timer] = [true, 0];
    const next = (soon: number): void => {
      if (wanted) timer = window.setTimeout(turn, soon);
    };
    const turn = (): void => {
      if (document.hidden) return next(every);
      askInTurn<Report>(path).then(
        (of) => {
          if (wanted) set({ path, of, failed: "" });
          if (renewed) next(every);
        },
        (error: unknown) => {
          if (wanted) set((before) => ({ path, of: before.path === path ? before.of : null, failed: error instanceof Error ? error.message : String(error) }));
          // What is asked wrongly is not asked again.
          if (!(error instanceof Refusal && error.status === 400)) next(AGAIN);
        },
      );
    };
    turn();
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [path, every, renewed]);
  return answer.path === path ? answer : { path, of: null, failed: "" };
}

export interface Beyond {
  before: Answered<Report>;
  beforeWindow: string;
  weeks: Report | null;
  trend: Answered<Report>;
  campaigns: Answered<Report>;
}

/** What is evaluated for the board's own sake. `today` is empty until the first numbers are there. */
export function useBeyond(view: View, report: Report | null, today: string, start: string): Beyond {
  const live = view.asOf === "";
  const at = report?.as_of ?? "";
  const key = JSON.stringify([view.window, view.asOf, view.compare, start]);
  const held = useRef({ key: "", question: null as ReturnType<typeof comparison> });
  // Instants move on with each evaluation; what one compares with is worked out once for a view.
  if (today && (start || period(view.window)) && held.current.key !== key) held.current = { key, question: comparison(view, at, today, start) };
  const question = today && held.current.key === key ? held.current.question : null;
  return {
    before: useAnswer(question?.path ?? "", NOW_AND_THEN, live),
    beforeWindow: question?.window ?? "",
    weeks: useAnswer(today ? weeks(view, today) : "", NOW_AND_THEN, live).of,
    trend: useAnswer(today ? trend(view, today) : "", NOW_AND_THEN, live),
    campaigns: useAnswer(today && view.by === "campaign" ? numbers(view, "channel,campaign").path : "", OFTEN, live),
  };
}

/** The drift of all series; none where the instance has none. */
export function useDrift(asOf: string, ready: boolean): Series[] {
  const [series, set] = useState<Series[]>([]);
  useEffect(() => {
    if (!ready) return;
    let [wanted, timer] = [true, 0];
    const turn = (): void => {
      const path = asOf ? `/api/v1/drift?as_of=${asOf}` : "/api/v1/drift";
      const again = (): void => void (wanted && (timer = window.setTimeout(turn, NOW_AND_THEN)));
      askInTurn<Drift>(path).then(
        (drift) => {
          if (wanted) set(drift.series);
          again();
        },
        (error: unknown) => {
          // An instance without drift answers as for any page that is not there, and is not asked again.
          if (error instanceof Refusal && error.status === 404) set([]);
          else again();
        },
      );
    };
    turn();
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [asOf, ready]);
  return series;
}
