// The live board: asks /api/v1/kpis each second and shows what it says. Computes no KPI of its own.
"use strict";

const UNITS = {
  money: ["won_value", "average_deal_value", "open_pipeline_value", "cac", "cost_per_lead", "spend"],
  share: ["win_rate", "lead_conversion", "roi", "unmatched_spend_ratio", "web_conversion", "engagement", "community_conversion"],
  times: ["roas"],
  time: ["sales_cycle"],
};

// Below these a KPI is not judged (the minimum sample sizes of the definitions).
const ENOUGH = { lead_conversion: 100, sales_cycle: 10, web_conversion: 200, cac: 10, engagement: 1000, community_conversion: 100 };

// The eight: title, what it is, the KPI shown large, what its sample counts, and what stands below it.
const EIGHT = [
  ["Leads", "created in the window", "leads", "", ["mqls", "sqls", "opportunities", "disqualified_leads"]],
  ["Lead conversion", "of mature leads, within the horizon", "lead_conversion/cohort_mature", "leads", ["lead_conversion/cohort", "lead_conversion/period", "customers"]],
  ["Sales cycle", "median, from lead to new-business deal", "sales_cycle/p50", "wins", ["sales_cycle/mean", "sales_cycle/p90"]],
  ["Marketing ROI", "net margin on each unit of spend", "roi/period", "wins", ["roi/cohort", "roi/cohort_mature", "roas"]],
  ["Web conversion", "visitors with a conversion action", "web_conversion/visitors", "visitors", ["web_conversion/actions", "converting_visitors", "visits"]],
  ["Customer acquisition cost", "all spend for each new customer", "cac/blended", "customers", ["cac/paid", "average_deal_value", "cost_per_lead"]],
  ["Engagement", "for each impression of social content", "engagement", "impressions", ["engagements", "impressions"]],
  ["Community conversion", "leads for each community member", "community_conversion/lead", "members", ["community_conversion/customer", "community_conversion/intent", "community_members"]],
];

const BESIDE = ["customers", "wins", "losses", "win_rate", "won_value", "open_pipeline_value", "spend", "unmatched_spend_ratio", "ad_impressions", "ad_clicks", "visitors", "visits"];

const COLUMNS = ["leads", "lead_conversion/cohort_mature", "customers", "won_value", "spend", "cac/blended", "cost_per_lead", "roi/period", "sales_cycle/p50", "web_conversion/visitors", "engagement"];

// The ratios whose movers are shown, and how many channels of each.
const MOVED = ["cac/blended", "lead_conversion/cohort", "roi/period", "win_rate"];
const MOVERS = 6;

const TITLES = {
  mqls: "Marketing qualified", sqls: "Sales qualified", cac: "CAC", roi: "ROI", roas: "ROAS",
  "lead_conversion/cohort": "Created in the window, so far", "lead_conversion/cohort_mature": "Lead conversion", "lead_conversion/period": "Conversions over leads",
  "sales_cycle/mean": "Mean", "sales_cycle/p50": "Sales cycle", "sales_cycle/p90": "90% within",
  "roi/period": "ROI", "roi/cohort": "Of leads created in the window", "roi/cohort_mature": "Of leads now mature",
  "web_conversion/visitors": "Web conversion", "web_conversion/actions": "Actions for each visitor",
  "cac/blended": "CAC", "cac/paid": "Paid channels only", cost_per_lead: "Cost per lead",
  "community_conversion/customer": "Customers", "community_conversion/intent": "Signs of intent", community_members: "Members",
  unmatched_spend_ratio: "Spend without leads", open_pipeline_value: "Open pipeline", disqualified_leads: "Disqualified",
};

const REASONS = {
  not_kept: "older than what is kept", daily_only: "in day windows only", no_margin: "no margin configured", spend_incomplete: "spend not complete yet",
  missing_rate: "no exchange rate", out_of_range: "too large to be exact", no_spend: "no spend", no_leads: "no leads", no_customers: "no new customers", no_wins: "no wins",
  no_closed_deals: "no closed deals", no_visitors: "no visitors", no_impressions: "no impressions", no_audience: "no members known",
};

const byId = (id) => document.getElementById(id);
const keyOf = (row) => (row.variant ? `${row.kpi}/${row.variant}` : row.kpi);
const words = (name) => { const text = name.replace(/_/g, " "); return text[0].toUpperCase() + text.slice(1); };
const title = (key) => TITLES[key] || words(key.split("/")[0]);
const unitOf = (key) => Object.keys(UNITS).find((unit) => UNITS[unit].includes(key.split("/")[0])) || "count";

let currency = "EUR";
let zone = "UTC";
const formats = new Map();
const format = (name, options, value) => {
  const key = name + currency;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(undefined, options));
  return formats.get(key).format(value);
};

function duration(seconds) {
  const days = seconds / 86400;
  if (days >= 1) return `${format("days", { maximumFractionDigits: days < 10 ? 1 : 0 }, days)} d`;
  const minutes = Math.round(seconds / 60);
  return minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
}

function shown(key, value) {
  switch (unitOf(key)) {
    case "money": return format("money", { style: "currency", currency }, value);
    case "share": return Math.abs(value) < 0.1 ? format("fine", { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 }, value) : format("share", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }, value);
    case "times": return `${format("times", { maximumFractionDigits: 2 }, value)}×`;
    case "time": return duration(value);
    default: return format("count", { maximumFractionDigits: 0 }, value);
  }
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Writes a text only where it differs, and lets a changed value flash; the first one does not.
function write(node, text, none = false, hint = "") {
  if (node.textContent !== text) {
    if (node.textContent && !none && node.dataset.key === choice) {
      node.classList.remove("changed");
      void node.offsetWidth;
      node.classList.add("changed");
    }
    node.textContent = text;
  }
  node.dataset.key = choice;
  node.classList.toggle("none", none);
  if (node.title !== hint) node.title = hint;
}

function writeRow(node, key, row, long) {
  if (!row) return write(node, "–", true, "nothing booked");
  if (row.value !== null) return write(node, shown(key, row.value));
  const reason = REASONS[row.reason] || row.reason;
  write(node, long ? reason[0].toUpperCase() + reason.slice(1) : "–", true, reason);
}

// ---- parts of the page, made once ----

const cards = EIGHT.map(([name, what, key, sample, below]) => {
  const card = { key, sample, value: element("p", { class: "value" }), rests: element("p", { class: "rests" }), aim: element("p", { class: "aim" }), few: element("span", { class: "few" }), note: element("span") };
  card.few.hidden = true;
  card.aim.hidden = true;
  card.few.textContent = "small sample";
  card.rests.append(card.note, card.few);
  card.trend = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  card.trend.setAttribute("viewBox", "0 0 100 42");
  card.trend.setAttribute("preserveAspectRatio", "none");
  card.trend.setAttribute("role", "img");
  card.trend.setAttribute("aria-label", `${name}: no trend yet`);
  card.below = below.map((part) => [part, element("dd")]);
  const list = element("dl", {}, ...card.below.map(([part, value]) => element("div", {}, element("dt", {}, title(part)), value)));
  byId("eight").append(element("article", { class: "card" }, element("h3", {}, name), element("p", { class: "what" }, what), card.value, card.rests, card.aim, card.trend, list));
  return card;
});

function figures(id, keys, name) {
  return keys.map((key) => {
    const value = element("dd");
    byId(id).append(element("div", {}, element("dt", {}, name(key)), value));
    return [key, value];
  });
}

const beside = figures("beside", BESIDE, title);
const STATE = ["Spend complete through", "Events accepted", "Duplicates", "Outdated revisions", "Rejected", "Won deals without amount", "New wins without a cycle", "Conversions within the horizon", "Amounts without a rate"];
const state = new Map(figures("state", STATE, (name) => name));
byId("columns").append(element("th", { scope: "col" }, "Channel"), ...COLUMNS.map((key) => element("th", { scope: "col" }, title(key))));

// ---- what changes ----

let choice = decodeURIComponent(location.hash.slice(1));
const channels = new Map();

function choose(name) {
  choice = name;
  history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  for (const button of byId("windows").children) button.setAttribute("aria-pressed", String(button.dataset.window === name));
  poll();
}

function offer(names) {
  if (names.join() === [...byId("windows").children].map((button) => button.dataset.window).join()) return;
  byId("windows").replaceChildren(...names.map((name) => {
    const button = element("button", { type: "button", "data-window": name, "aria-pressed": String(name === choice) }, words(name));
    button.addEventListener("click", () => choose(name));
    return button;
  }));
}

const instant = (text) => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(new Date(text));
const day = (text, less = 0) => new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: zone }).format(new Date(new Date(text) - less));

function covers(rows) {
  const of = (key) => rows.find((row) => keyOf(row) === key);
  const all = of("leads");
  if (!all) return "";
  const short = new Date(all.window_end) - new Date(all.window_start) < 90000000 && /h$/.test(choice);
  if (short) return `${instant(all.window_start)} to ${instant(all.window_end)}, ${zone}`;
  const cut = of("cac/blended");
  const from = day(all.window_start), to = day(all.window_end, 1);
  const note = cut && cut.window_end < all.window_end && cut.window_end > cut.window_start ? `; KPIs with spend to ${day(cut.window_end, 1)}` : "";
  return `${from === to ? from : `${from} to ${to}`}, ${zone}${note}`;
}

function showCard(card, row) {
  writeRow(card.value, card.key, row, true);
  const parts = [];
  if (row && row.lower !== null) parts.push(`95%: ${shown(card.key, row.lower)} to ${shown(card.key, row.upper)}`);
  if (row && row.sample_size !== null && card.sample) parts.push(`n = ${format("count", { maximumFractionDigits: 0 }, row.sample_size)} ${card.sample}`);
  card.note.textContent = parts.join(" · ");
  showAim(card, row);
  const least = ENOUGH[card.key.split("/")[0]];
  card.few.hidden = !(row && row.value !== null && least && row.sample_size < least);
}

const share = (value) => format("aim", { style: "percent", maximumFractionDigits: 0 }, value);

// How a KPI stands against its target, and where its period leads.
function aimOf(key, row) {
  if (!row || row.target === null) return "";
  const parts = [`Target ${shown(key, row.target)}`];
  if (row.attainment !== null) parts.push(`${share(row.attainment)} attained`);
  if (row.pace !== null) parts.push(`heading for ${shown(key, row.projected)} (${share(row.pace)})`);
  return parts.join(" · ");
}

function showAim(card, row) {
  const text = aimOf(card.key, row);
  card.aim.hidden = !text;
  if (card.aim.textContent !== text) card.aim.textContent = text;
}

const signed = (key, value) => `${value < 0 ? "−" : "+"}${shown(key, Math.abs(value))}`;

// The channels that moved each ratio most, as bars of the two effects around a middle line.
function showEffects(effects) {
  const made = MOVED.map((key) => {
    const own = effects.filter((effect) => keyOf(effect) === key && effect.mix_effect !== null);
    const size = (effect) => Math.abs(effect.mix_effect) + Math.abs(effect.rate_effect);
    const top = own.sort((a, b) => size(b) - size(a)).slice(0, MOVERS).filter((effect) => size(effect) > 0);
    return [key, top, own.reduce((sum, effect) => sum + effect.mix_effect + effect.rate_effect, 0)];
  }).filter(([, top]) => top.length);
  byId("moved").hidden = !made.length;
  const state = JSON.stringify(made);
  if (byId("effects").dataset.shown === state) return;
  byId("effects").dataset.shown = state;
  byId("effects").replaceChildren(...made.map(([key, top, change]) => {
    const most = Math.max(...top.flatMap((effect) => [Math.abs(effect.mix_effect), Math.abs(effect.rate_effect)]));
    const head = element("tr", {}, ...["Channel", "By its share", "", "By its own ratio", ""].map((name) => element("th", { scope: "col" }, name)));
    const lines = top.map((effect) => element("tr", {}, element("th", { scope: "row", title: effect.channel }, effect.channel),
      ...["mix_effect", "rate_effect"].flatMap((name) => [element("td", {}, signed(key, effect[name])), element("td", {}, bar(effect[name], most))])));
    const caption = element("caption", {}, `${title(key)} ${signed(key, change)} since ${words(top[0].before).toLowerCase()}`);
    return element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...lines));
  }));
}

function bar(value, most) {
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, text] of Object.entries(attributes)) made.setAttribute(attribute, text);
    return made;
  };
  const width = (Math.abs(value) / most) * 30;
  const drawn = make("svg", { viewBox: "0 0 60 10", class: "bar", "aria-hidden": "true" });
  drawn.append(make("rect", { x: value < 0 ? 30 - width : 30, y: 1, width, height: 8 }), make("path", { d: "M30 0V10" }));
  return drawn;
}

function showChannels(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!groups.has(row.channel)) groups.set(row.channel, new Map());
    groups.get(row.channel).set(keyOf(row), row);
  }
  const size = (name, key) => (groups.get(name).get(key) || {}).value || 0;
  const names = [...groups.keys()].sort((a, b) => size(b, "spend") - size(a, "spend") || size(b, "leads") - size(a, "leads") || (a < b ? -1 : 1));
  const made = names.map((name) => {
    if (!channels.has(name)) {
      const cells = COLUMNS.map(() => element("td"));
      channels.set(name, { cells, line: element("tr", {}, element("th", { scope: "row", title: name }, name), ...cells) });
    }
    const { cells, line } = channels.get(name);
    COLUMNS.forEach((key, n) => writeRow(cells[n], key, groups.get(name).get(key), false));
    return line;
  });
  const table = byId("channels");
  if (made.length !== table.children.length || made.some((line, n) => table.children[n] !== line)) table.replaceChildren(...made);
  for (const name of channels.keys()) if (!groups.has(name)) channels.delete(name);
}

function showState(report) {
  const put = (name, value, none = false) => write(state.get(name), String(value), none);
  const number = (value) => format("count", { maximumFractionDigits: 0 }, value);
  const { events, data_state: data } = report;
  const rejected = Object.entries(events.rejected).filter(([, n]) => n > 0);
  put("Spend complete through", report.spend_complete_through || "no media spend", !report.spend_complete_through);
  put("Events accepted", number(events.accepted));
  put("Duplicates", number(events.duplicate));
  put("Outdated revisions", number(events.stale));
  write(state.get("Rejected"), number(rejected.reduce((sum, [, n]) => sum + n, 0)), false, rejected.map(([reason, n]) => `${reason}: ${n}`).join("\n"));
  put("Won deals without amount", number(data.deals_without_amount));
  put("New wins without a cycle", number(data.wins_without_cycle));
  const within = data.conversion_within_horizon;
  put("Conversions within the horizon", within === null ? "not known yet" : shown("win_rate", within), within === null);
  put("Amounts without a rate", data.unconverted.map((u) => `${u.amount} ${u.currency} of ${words(u.measure).toLowerCase()}`).join(", ") || "none");
}

function show(report) {
  currency = report.currency;
  zone = report.time_zone;
  const totals = report.kpis.filter((row) => row.channel === null);
  const total = new Map(totals.map((row) => [keyOf(row), row]));
  for (const card of cards) {
    showCard(card, total.get(card.key));
    for (const [key, node] of card.below) writeRow(node, key, total.get(key), false);
  }
  for (const [key, node] of beside) {
    const row = total.get(key);
    writeRow(node, key, row, false);
    const aim = aimOf(key, row);
    if (aim && row.value !== null) node.title = aim;
  }
  showEffects(report.effects);
  showChannels(report.kpis.filter((row) => row.channel !== null));
  showState(report);
  byId("as-of").textContent = `as of ${instant(report.as_of)}, ${zone}`;
  byId("covers").textContent = covers(totals);
}

// A week's values as a line, with a gap where there is none.
function draw(card, values) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const at = (value, n) => [(n / (values.length - 1)) * 100, high === low ? 21 : 38 - ((value - low) / (high - low)) * 34];
  let path = "", pen = "M";
  values.forEach((value, n) => {
    if (value === null) { pen = "M"; return; }
    path += pen + at(value, n).map((x) => x.toFixed(2)).join(" ");
    pen = "L";
  });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  card.trend.replaceChildren(line);
  card.trend.setAttribute("aria-label", `By week, ${values.length} weeks: from ${shown(card.key, known[0])} to ${shown(card.key, known[known.length - 1])}`);
}

// ---- asking ----

function status(kind, text) {
  const node = byId("status");
  if (node.textContent !== text) node.textContent = text;
  node.dataset.state = kind;
  document.querySelector("main").classList.toggle("old", kind !== "live");
}

async function ask(query, limit) {
  const answer = await fetch(`/api/v1/kpis${query}`, { signal: AbortSignal.timeout(limit), headers: { accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error), { told: true });
  return body;
}

let asking = 0;
async function poll() {
  const mine = ++asking;
  try {
    if (!byId("windows").children.length) {
      const names = [...new Set((await ask("", 10000)).kpis.map((row) => row.window))];
      if (!names.includes(choice)) choice = names.includes("30d") ? "30d" : names[0];
      offer(names);
    }
    const report = await ask(`?by=channel&window=${encodeURIComponent(choice)}`, 10000);
    if (mine !== asking) return;
    show(report);
    status("live", "Live");
  } catch (error) {
    if (mine !== asking) return;
    if (error.told) status("waiting", error.message[0].toUpperCase() + error.message.slice(1));
    else status("lost", "No answer, trying again");
  }
  setTimeout(() => { if (mine === asking) poll(); }, document.hidden ? 10000 : 1000);
}

async function trend() {
  let next = 5000;
  try {
    const from = new Date(Date.now() - 13 * 7 * 86400000).toISOString().slice(0, 10);
    const report = await ask(`?period=week&from=${from}`, 30000);
    for (const card of cards) draw(card, report.kpis.filter((row) => row.channel === null && keyOf(row) === card.key).map((row) => row.value));
    next = 60000;
  } catch { /* the board does without */ }
  setTimeout(trend, next);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  try { localStorage.setItem("theme", name); } catch { /* then it is not kept */ }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
let kept = null;
try { kept = localStorage.getItem("theme"); } catch { /* none is kept */ }
document.documentElement.dataset.theme = kept || (dark.matches ? "dark" : "light");
dark.addEventListener("change", () => { if (!kept) document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; });
byId("theme").addEventListener("click", () => { kept = document.documentElement.dataset.theme === "dark" ? "light" : "dark"; theme(kept); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

poll();
trend();
