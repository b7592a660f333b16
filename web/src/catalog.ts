// What the board shows of the KPIs, and in which unit. What a KPI is, docs/kpis.md says; a test of exporter holds these lists to the table.

import type { Row } from "./api";

/** A KPI's name and, after a slash, its variant. */
export type Key = string;

export type Unit = "count" | "money" | "share" | "times" | "time";

const UNITS: Record<Exclude<Unit, "count">, readonly string[]> = {
  money: ["won_value", "average_deal_value", "open_pipeline_value", "cac", "cost_per_lead", "spend"],
  share: ["win_rate", "lead_conversion", "roi", "unmatched_spend_ratio", "web_conversion", "engagement", "community_conversion"],
  times: ["roas"],
  time: ["sales_cycle"],
};

/** Below these a KPI is not judged: the minimum sample sizes of the definitions. */
const ENOUGH: Record<string, number> = {
  lead_conversion: 100,
  sales_cycle: 10,
  web_conversion: 200,
  cac: 10,
  engagement: 1000,
  community_conversion: 100,
};

const LOWER_IS_BETTER = ["cac", "cost_per_lead", "sales_cycle", "losses", "disqualified_leads", "unmatched_spend_ratio"];
const NEITHER_IS_BETTER = ["spend"];

/** Sums, of which parts add up to the whole. */
const ADDITIVE = ["leads", "mqls", "sqls", "opportunities", "customers", "wins", "losses", "won_value", "spend", "disqualified_leads", "visits"]
  .concat(["impressions", "engagements", "ad_impressions", "ad_clicks"]);

export interface Card {
  id: "leads" | "conversion" | "cycle" | "roi" | "web" | "cac" | "engagement" | "community";
  key: Key;
  /** What its sample counts, as a word of the dictionary. */
  sample: "" | "leads" | "wins" | "visitors" | "customers" | "impressions" | "members";
  below: readonly Key[];
}

export const EIGHT: readonly Card[] = [
  { id: "leads", key: "leads", sample: "", below: ["mqls", "sqls", "opportunities", "disqualified_leads"] },
  { id: "conversion", key: "lead_conversion/cohort_mature", sample: "leads", below: ["lead_conversion/cohort", "lead_conversion/period", "customers"] },
  { id: "cycle", key: "sales_cycle/p50", sample: "wins", below: ["sales_cycle/mean", "sales_cycle/p90"] },
  { id: "roi", key: "roi/period", sample: "wins", below: ["roi/cohort", "roi/cohort_mature", "roas"] },
  { id: "web", key: "web_conversion/visitors", sample: "visitors", below: ["web_conversion/actions", "converting_visitors", "visits"] },
  { id: "cac", key: "cac/blended", sample: "customers", below: ["cac/paid", "average_deal_value", "cost_per_lead"] },
  { id: "engagement", key: "engagement", sample: "impressions", below: ["engagements", "impressions"] },
  { id: "community", key: "community_conversion/lead", sample: "members", below: ["community_conversion/customer", "community_conversion/intent", "community_members"] },
];

export const BESIDE: readonly Key[] = [
  "customers", "wins", "losses", "win_rate", "won_value", "open_pipeline_value", "spend", "unmatched_spend_ratio", "ad_impressions", "ad_clicks",
  "visitors", "visits",
];

export const COLUMNS: readonly Key[] = [
  "leads", "lead_conversion/cohort_mature", "customers", "won_value", "spend", "cac/blended", "cost_per_lead", "roi/period", "sales_cycle/p50",
  "web_conversion/visitors", "engagement",
];

/** Of campaigns there is less: visitors, quantiles and the community are not told apart by them. */
export const CAMPAIGN_COLUMNS: readonly Key[] = COLUMNS.filter((key) => !/^(sales_cycle|web_conversion|lead_conversion)/.test(key));

export const keyOf = (row: { kpi: string; variant: string | null }): Key => (row.variant ? `${row.kpi}/${row.variant}` : row.kpi);

export const nameOf = (key: Key): string => key.split("/", 1)[0] ?? key;

export function unitOf(key: Key): Unit {
  const name = nameOf(key);
  return (Object.keys(UNITS) as (keyof typeof UNITS)[]).find((unit) => UNITS[unit].includes(name)) ?? "count";
}

export const isAdditive = (key: Key): boolean => ADDITIVE.includes(key);

/** Whether a rise is for the better: 1, for the worse: -1, or neither. */
export function better(key: Key): 1 | 0 | -1 {
  const name = nameOf(key);
  if (NEITHER_IS_BETTER.includes(name)) return 0;
  return LOWER_IS_BETTER.includes(name) ? -1 : 1;
}

/** Whether a value rests on too few to be judged by. */
export function isSmall(key: Key, row: Row): boolean {
  const enough = ENOUGH[nameOf(key)];
  return row.value !== null && enough !== undefined && row.sample_size !== null && row.sample_size < enough;
}
