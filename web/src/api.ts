// What the instance answers, and how it is asked. Nothing here computes a KPI.

/** A row of the report; what an older instance does not have is not there. */
export interface Row {
  kpi: string;
  variant: string | null;
  window: string;
  window_start: string;
  window_end: string;
  channel: string | null;
  campaign: string | null;
  segment: string | null;
  value: number | null;
  reason: string | null;
  numerator: number | null;
  denominator: number | null;
  sample_size: number | null;
  lower: number | null;
  upper: number | null;
  target?: number | null;
  attainment?: number | null;
  pace?: number | null;
  projected?: number | null;
}

/** What moved a ratio between a window and the one before, of one channel. */
export interface Effect {
  kpi: string;
  variant: string | null;
  window: string;
  before: string;
  channel: string;
  mix_effect: number | null;
  rate_effect: number | null;
}

export interface Report {
  as_of: string;
  time_zone: string;
  currency: string;
  spend_complete_through: string | null;
  events: { accepted: number; duplicate: number; stale: number; rejected: Record<string, number> };
  kpis: Row[];
  effects?: Effect[];
  data_state: {
    deals_without_amount: number;
    wins_without_cycle: number;
    conversion_within_horizon: number | null;
    unconverted: { measure: string; currency: string; amount: string }[];
  };
}

export interface Alarm {
  direction: "worse" | "better";
  onset: string;
  raised: string;
  cleared: string | null;
  observed: number;
  expected: number;
  relative: number | null;
  level: number | null;
  moved?: { channel: string; observed: number; expected: number | null; mix: number | null; rate: number | null }[];
}

export interface Series {
  kpi: string;
  channel: string | null;
  reason: string | null;
  baseline: { from: string | null; until: string | null; value: number | null } | null;
  through: string | null;
  threshold: number | null;
  worse: number | null;
  better: number | null;
  alarms: Alarm[];
}

export interface Drift {
  as_of: string;
  series: Series[];
}

export interface Entry {
  entity: string;
  key: string;
  counts: boolean;
  adds: number | null;
  amount: number | null;
  currency: string | null;
  booked_on: string | null;
  channel: string | null;
  campaign: string | null;
  reason: string | null;
  why: string | null;
}

export interface Explanation {
  kpi: string;
  variant: string | null;
  window: string;
  channel: string | null;
  as_of: string;
  window_start: string | null;
  window_end: string | null;
  value: number | null;
  reason: string | null;
  numerator: number | null;
  denominator: number | null;
  notes: string[];
  parts: {
    part: string;
    numerator_times: number | null;
    in_denominator: boolean;
    sum: number | null;
    counted: number;
    left_out: number;
    entries: Entry[];
  }[];
}

/** The instance has answered that it will not, or cannot now. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** How long an answer from what is evaluated already may take, and one that is evaluated for us, in milliseconds. */
export const SOON = 10_000;
export const LATE = 30_000;

/** Asks for JSON. Fails with a Refusal where the instance says why, with another error where nobody answers. */
export async function ask<T>(path: string, within: number): Promise<T> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(within), headers: { accept: "application/json" } });
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body as T;
  const said = typeof body === "object" && body !== null && "error" in body ? String(body.error) : `HTTP ${answer.status}`;
  throw new Refusal(answer.status, said);
}

let last: Promise<unknown> = Promise.resolve();
const waiting = new Map<string, Promise<unknown>>();

/** Asks for what the instance evaluates for us: one at a time, since it has two places for all who ask. Two parts that want the same ask once. */
export function askInTurn<T>(path: string): Promise<T> {
  const same = waiting.get(path);
  if (same) return same as Promise<T>;
  const mine = last.then(() => ask<T>(path, LATE)).finally(() => waiting.delete(path));
  waiting.set(path, mine);
  last = mine.catch(() => undefined);
  return mine;
}
