// An instance that is made up: the contract's answers in full, those too that an instance may not have, and told to by a test.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Drift, Effect, Explanation, Report, Row } from "../src/api";
import { period } from "../src/calendar";
import { BESIDE, COLUMNS, EIGHT, unitOf, type Key } from "../src/catalog";

export const AS_OF = "2026-03-30T09:00:00Z";
export const CHANNELS = ["paid_search", "paid_social", "email", "organic", "(unattributed)"];
const WINDOWS = ["24h", "today", "7d", "previous_7d", "30d", "90d", "this_month", "last_month", "last_month_to_date", "this_quarter"];
const KEYS: Key[] = [...new Set([...EIGHT.flatMap(({ key, below }) => [key, ...below]), ...BESIDE, ...COLUMNS])];

/** What a test may change. */
export interface Play {
  /** Is added to every count. */
  more: number;
  explain: "on" | "off";
  drift: boolean;
  full: boolean;
  stream: boolean;
  ready: boolean;
}

export interface Stub {
  address: string;
  play: Play;
  /** Says that something is new. */
  tell(): void;
  asked: string[];
  /** How many listen. */
  listening(): number;
  close(): Promise<void>;
}

/** The policy that the product serves its page under. */
const policy = (): string => /const POLICY: &str = "([^"]+)"/.exec(readFileSync("../crates/exporter/src/page.rs", "utf8"))?.[1] ?? "";

const VALUES: Partial<Record<Key, number>> = {
  "roi/period": 1.42, "roi/cohort": 0.31, "roi/cohort_mature": 1.2, "cac/blended": 812.5, "cac/paid": 1040.1, roas: 3.02, average_deal_value: 9_420.5,
  cost_per_lead: 61.4, won_value: 482_113.2, spend: 160_400.75, open_pipeline_value: 1_204_800, unmatched_spend_ratio: 0.031,
};

function value(key: Key, share: number, more: number): number {
  switch (unitOf(key)) {
    case "count":
      return Math.round(2400 * share) + more;
    case "share":
      return VALUES[key] ?? 0.0612 * (0.6 + share);
    case "time":
      return 86_400 * 23.4 * (0.8 + share);
    default:
      return (VALUES[key] ?? 3) * (key === "won_value" || key === "spend" ? share : 0.7 + share / 3);
  }
}

function row(key: Key, window: string, channel: string | null, share: number, { more, full }: Play): Row {
  const [kpi = "", variant = null] = key.split("/");
  const none = channel === "(unattributed)" && unitOf(key) === "money" ? "no_spend" : null;
  const at = none ? null : value(key, share, more);
  const bounded = at !== null && channel === null && (kpi === "cac" || kpi === "lead_conversion");
  const named = period(window);
  const aim = full && channel === null && !named && window !== "24h" ? { leads: 2500, "cac/blended": 800, "lead_conversion/cohort_mature": 0.1 }[key] : undefined;
  const targeted = full ? { target: aim ?? null, attainment: aim && at ? at / aim : null, pace: key === "leads" && aim ? 1.04 : null, projected: key === "leads" ? 2610 : null } : {};
  return {
    kpi, variant, window, window_start: named ? `${named.first}T00:00:00Z` : "2026-03-01T00:00:00Z", window_end: named ? `${named.after}T00:00:00Z` : "2026-03-31T00:00:00Z",
    channel, campaign: null, segment: null, value: at, reason: none, numerator: at, denominator: at === null ? null : 1, sample_size: kpi === "cac" ? 8 : 240,
    lower: bounded ? at * 0.7 : null, upper: bounded ? at * 1.6 : null, ...targeted,
  };
}

/** Rows of windows, and of calendar periods from the first to that of the instant. */
function report(query: URLSearchParams, play: Play): Report {
  const grain = query.get("period");
  const wanted = query.getAll("window");
  let windows = wanted.length > 0 ? wanted : WINDOWS;
  if (grain) {
    const until = Date.parse(`${(query.get("as_of") ?? AS_OF).slice(0, 10)}T00:00:00Z`);
    const names: string[] = [];
    for (let at = Date.parse(`${query.get("from") ?? "2026-01-01"}T00:00:00Z`); at <= until; at += 86_400_000) names.push(nameOf(grain, new Date(at)));
    windows = [...new Set(names)];
  }
  const by = query.get("by");
  const kpis = windows.flatMap((window, n) => {
    const share = 0.7 + 0.3 * Math.abs(Math.sin(n + 1));
    const rows = KEYS.map((key) => row(key, window, null, share, play));
    if (!by) return rows;
    return rows.concat(
      CHANNELS.flatMap((channel, c) => {
        const of = KEYS.map((key) => row(key, window, channel, (share * (5 - c)) / 15, play));
        return by === "channel" ? of : ["brand", "spring"].flatMap((campaign) => of.map((one) => ({ ...one, campaign })));
      }),
    );
  });
  const effects: Effect[] = CHANNELS.slice(0, 4).flatMap((channel, c) => [
    { kpi: "cac", variant: "blended", window: "30d", before: "previous_30d", channel, mix_effect: [12.1, -3.4, 2.2, 0][c] ?? 0, rate_effect: [41.9, -8.8, 0.4, -1.9][c] ?? 0 },
    { kpi: "win_rate", variant: null, window: "30d", before: "previous_30d", channel, mix_effect: -0.004 * c, rate_effect: 0.011 * (2 - c) },
  ]);
  return {
    as_of: AS_OF, time_zone: "Europe/Warsaw", currency: "PLN", spend_complete_through: "2026-03-29",
    events: { accepted: 123_456 + play.more, duplicate: 12, stale: 3, rejected: { bad_value: 2, missing_field: 0 } },
    kpis, ...(play.full ? { effects: by === "channel" && wanted.includes("30d") ? effects : [] } : {}),
    data_state: { deals_without_amount: 2, wins_without_cycle: 1, conversion_within_horizon: 0.95, unconverted: [{ measure: "won_value", currency: "USD", amount: "100.00" }] },
  };
}

function nameOf(grain: string, at: Date): string {
  const day = at.toISOString().slice(0, 10);
  if (grain === "day") return day;
  if (grain === "month") return day.slice(0, 7);
  if (grain === "quarter") return `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
  const thursday = new Date(at.getTime() + (3 - ((at.getUTCDay() + 6) % 7)) * 86_400_000);
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 604_800_000);
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

const common = { detect: 1.5, step: "week", through: "2026-03-22", threshold: 2.95 };

const DRIFT: Drift = {
  as_of: AS_OF,
  series: [
    {
      kpi: "cac", channel: null, reason: null, baseline: { from: "2025-01-01", until: "2025-06-30", value: 612.5 }, ...common, worse: 2.95, better: 0,
      alarms: [
        {
          direction: "worse", onset: "2026-02-09", raised: "2026-03-08", cleared: null, observed: 41, expected: 61.2, relative: 0.67, level: 914.2,
          moved: [
            { channel: "paid_search", observed: 10, expected: 23.2, mix: -4, rate: -9.2 },
            { channel: "email", observed: 12, expected: 16, mix: -3.4, rate: -0.6 },
            { channel: "organic", observed: 9, expected: 12, mix: 0, rate: -3 },
          ],
        },
        { direction: "better", onset: "2025-09-01", raised: "2025-09-28", cleared: "2025-11-02", observed: 80, expected: 61, relative: 1.31, level: 467 },
      ],
    },
    { kpi: "cac", channel: "paid_search", reason: "baseline_too_small", baseline: null, ...common, worse: null, better: null, alarms: [] },
    { kpi: "lead_conversion", channel: null, reason: null, baseline: { from: "2025-01-01", until: "2025-06-30", value: 0.06 }, ...common, worse: 0, better: 0.4, alarms: [] },
  ],
};

function explanation(query: URLSearchParams): Explanation {
  const entry = (n: number, counts: boolean) => ({
    entity: "deal", key: `deal-${n}`, counts, adds: counts ? 1 : null, amount: 1200.5 * n, currency: "PLN", booked_on: `2026-03-0${n}`, channel: "email",
    campaign: null, reason: counts ? null : "existing_business", why: counts ? null : "the deal is typed existing business",
  });
  return {
    kpi: query.get("kpi") ?? "", variant: query.get("variant"), window: query.get("window") ?? "", channel: query.get("channel"), as_of: AS_OF,
    window_start: "2026-03-01T00:00:00Z", window_end: "2026-03-31T00:00:00Z", value: 812.5, reason: null, numerator: 8125, denominator: 10, notes: ["A note of the instance."],
    parts: [{ part: "new customers", numerator_times: null, in_denominator: true, sum: 10, counted: 3, left_out: 1, entries: [1, 2, 3].map((n) => entry(n, true)).concat(entry(4, false)) }],
  };
}

const ASSETS: Record<string, [string, string]> = {
  "/": ["board.html", "text/html; charset=utf-8"],
  "/board.js": ["dist/board.js", "text/javascript; charset=utf-8"],
  "/board.css": ["dist/board.css", "text/css; charset=utf-8"],
};

/** Serves until closed, on a port that was free; run in the folder of the board. */
export async function stub(): Promise<Stub> {
  const play: Play = { more: 0, explain: "on", drift: true, full: true, stream: true, ready: true };
  const listeners = new Set<ServerResponse>();
  const asked: string[] = [];
  const server = createServer((request, response) => answer(request, response));
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://localhost");
    const json = (status: number, body: unknown): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const asset = ASSETS[url.pathname];
    if (asset) return void response.writeHead(200, { "content-type": asset[1], "content-security-policy": policy() }).end(readFileSync(asset[0]));
    asked.push(url.pathname + url.search);
    if (!play.ready) return json(503, { error: "not ready: catching up with the broker: 7 records behind" });
    if (url.pathname === "/api/v1/kpis") return json(200, report(url.searchParams, play));
    if (url.pathname === "/api/v1/drift" && play.drift) return json(200, DRIFT);
    if (url.pathname === "/api/v1/explain") return play.explain === "on" ? json(200, explanation(url.searchParams)) : json(403, { error: "explanations are off" });
    if (url.pathname === "/api/v1/stream" && play.stream) {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(`event: evaluated\ndata: {"as_of":"${AS_OF}"}\n\n`);
      listeners.add(response);
      return void response.on("close", () => listeners.delete(response));
    }
    json(404, { error: "no such page" });
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play,
    asked,
    listening: () => listeners.size,
    tell: () => listeners.forEach((response) => response.write(`event: evaluated\ndata: {"as_of":"${AS_OF}"}\n\n`)),
    close: () => new Promise((closed) => (server.close(() => closed()), server.closeAllConnections())),
  };
}
