// The board in a real browser, on an instance that is made up: all that the contract knows is there, and fails when told to.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";

import type { Browser, Page } from "playwright-core";

import { launch, live, open, until, WIDTHS, wrong, type Look } from "./browser";
import { stub, type Stub } from "./stub";

let browser: Browser;
let instance: Stub;
before(async () => void (browser = await launch()));
after(() => browser.close());
beforeEach(async () => void (instance = await stub()));
afterEach(() => instance.close());

/** A text with blanks that may break. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const text = async (page: Page, what: string): Promise<string> => plain(await page.locator(what).first().innerText());
const number = (page: Page, key: string): Promise<string> => text(page, `#eight [data-key="${key}"]`);

/** A board with all its answers. */
async function shown(options: Parameters<typeof open>[2] = {}, fragment = ""): Promise<Look> {
  const look = await open(browser, `${instance.address}/${fragment}`, options);
  await live(look.page);
  await look.page.waitForSelector(".chart canvas");
  await look.page.waitForSelector("#drift-title");
  return look;
}

for (const [name, width] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`on a ${name}, ${colorScheme}: axe finds no fault, nothing sticks out, the console is silent`, async () => {
      const { page, faults } = await shown({ viewport: { width, height: 900 }, colorScheme });
      assert.deepEqual(await wrong(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      await page.click('#eight [data-key="cac/blended"]');
      await page.waitForSelector("dialog table");
      assert.deepEqual(await wrong(page), []);
      assert.deepEqual(faults, []);
      await page.context().close();
    });
  }
}

test("nobody else is asked for anything", async () => {
  const hosts = new Set<string>();
  const { page } = await open(browser, "about:blank");
  page.on("request", (request) => hosts.add(new URL(request.url()).origin));
  await page.goto(instance.address);
  await live(page);
  await page.waitForSelector(".chart canvas");
  assert.deepEqual([...hosts], [instance.address, "null"].filter((host) => hosts.has(host)));
  await page.context().close();
});

test("targets, pace, drift and what moved it are there", async () => {
  const { page } = await shown();
  const card = await text(page, '[data-panel="leads"]');
  assert.match(card, /Target 2,500 · 91% reached · pace 104% · heading for 2,610/);
  assert.match(await text(page, '[data-panel="cac"]'), /drift: worse since 9 Feb 2026/);
  assert.match(await text(page, '[data-panel="drift"]'), /41 customers where 61.2 were expected.*Where from: paid_search -13.2 customers/s);
  assert.match(await text(page, '[data-panel="moved"]'), /CAC: \+PLN 42.50 against 30 days before/);
  const sums = await page.locator('[data-panel="moved"] tfoot td').allInnerTexts();
  assert.deepEqual(sums.map(plain), ["+PLN 10.90", "+PLN 31.60", "+PLN 42.50"]);
  await page.context().close();
});

test("of an instance that has none of them nothing is said", async () => {
  Object.assign(instance.play, { full: false, drift: false });
  const { page, faults } = await open(browser, instance.address);
  await live(page);
  await page.waitForSelector(".chart canvas");
  for (const what of [".target", '[data-panel="drift"]', '[data-panel="moved"]', ".drifts"]) assert.equal(await page.locator(what).count(), 0, what);
  assert.deepEqual(faults.filter((fault) => !fault.includes("/api/v1/drift")), []);
  await page.context().close();
});

test("a number is explained, by mouse and by keyboard, and where that is off it is said", async () => {
  const { page } = await shown();
  const at = page.locator('#eight [data-key="cac/blended"]');
  await at.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog table");
  assert.match(await text(page, "dialog"), /Why CAC is what it is.*8,125 \/ 10.*deal-1.*existing business/s);
  assert.ok(instance.asked.includes("/api/v1/explain?kpi=cac&variant=blended&window=30d"));
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal(await at.evaluate((node) => node === document.activeElement), true, "one is where one was");
  instance.play.explain = "off";
  await page.click('[data-panel="table"] tbody tr:first-child [data-key="leads"]');
  assert.match(await until("it is said", async () => /off here/.exec(await text(page, "dialog"))).then(String), /off here/);
  assert.ok(instance.asked.some((path) => path.includes("channel=paid_search")));
  await page.context().close();
});

test("a link shows what one looked at", async () => {
  const { page } = await shown();
  await page.selectOption("nav select >> nth=0", "month");
  await page.click('[data-window="2026-01"]');
  await page.selectOption("nav select >> nth=1", "year");
  await page.selectOption('[data-panel="table"] select', "campaign");
  await page.fill('[data-panel="table"] input', "email");
  await page.selectOption('[data-panel="trend"] select >> nth=0', "roi/period");
  await page.waitForFunction(() => document.querySelectorAll('[data-panel="table"] tbody tr').length === 2);
  const link = page.url();
  assert.match(link, /#window=2026-01&compare=year&kpi=roi%2Fperiod&by=campaign&filter=email$/);
  const numbers = await page.locator("#eight .value").allInnerTexts();
  const other = await shown({}, link.slice(link.indexOf("#")));
  await other.page.waitForFunction(() => document.querySelectorAll('[data-panel="table"] tbody tr').length === 2);
  assert.deepEqual(await other.page.locator("#eight .value").allInnerTexts(), numbers);
  assert.equal(await other.page.inputValue('[data-panel="trend"] select >> nth=0'), "roi/period");
  await page.goBack();
  await page.waitForSelector('[data-window="2026-03"][aria-pressed="true"]');
  await page.context().close();
  await other.page.context().close();
});

test("one looks as of a day, and then nothing moves", async () => {
  const { page } = await shown();
  await page.fill('nav input[type="date"]', "2026-02-28");
  await page.waitForFunction(() => document.getElementById("status")?.textContent === "As of a day");
  await page.waitForFunction(() => location.hash === "#as_of=2026-02-28");
  await until("nobody listens", async () => instance.listening() === 0);
  const was = await number(page, "leads");
  instance.play.more = 5;
  await page.click("nav button:has-text('Now')");
  await until("it is now again", async () => (await number(page, "leads")) !== was && instance.listening() === 1);
  await page.context().close();
});

test("what the instance has to evaluate for this page alone is not asked for with each piece of news", async () => {
  const { page } = await shown({}, "#window=2026-03");
  const asked = (what: string): number => instance.asked.filter((path) => path.startsWith(what)).length;
  const before = asked("/api/v1/kpis?period=month&from=2026-03-01&by=channel");
  for (let n = 0; n < 5; n++) instance.tell();
  // A window that is served is asked for at once, and so comes after the news.
  await page.click("nav select >> nth=0");
  await page.selectOption("nav select >> nth=0", "windows");
  await until("the window is asked for", async () => asked("/api/v1/kpis?window=30d&by=channel") > 0);
  assert.equal(asked("/api/v1/kpis?period=month&from=2026-03-01&by=channel"), before);
  await page.context().close();
});

test("the numbers change with the news, and flash unless motion is not wanted", async () => {
  const { page } = await shown();
  const was = await number(page, "leads");
  instance.play.more = 7;
  instance.tell();
  const is = await until("it changes", async () => ((await number(page, "leads")) === was ? null : number(page, "leads")));
  assert.equal(Number(is.replace(/,/g, "")) - Number(was.replace(/,/g, "")), 7);
  const animation = (): Promise<string> => page.locator('#eight [data-key="leads"]').evaluate((node) => getComputedStyle(node).animationName);
  assert.equal(await animation(), "flash");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await animation(), "none");
  await page.context().close();
});

test("without a stream it polls", async () => {
  instance.play.stream = false;
  const { page } = await shown();
  const was = await number(page, "leads");
  instance.play.more = 3;
  await until("it changes", async () => (await number(page, "leads")) !== was);
  assert.equal(await page.getAttribute("html", "data-feed"), "polling");
  await page.context().close();
});

test("an instance that is not ready is said so until it is", async () => {
  instance.play.ready = false;
  const { page } = await open(browser, instance.address);
  await until("it is said", async () => (await text(page, "#status")).includes("catching up with the broker: 7 records behind"));
  instance.play.ready = true;
  await live(page);
  assert.equal(await number(page, "leads"), "2,286");
  await page.context().close();
});

test("the table is sorted, filtered and gone through by keys", async () => {
  const { page } = await shown();
  const names = (): Promise<string[]> => page.locator('[data-panel="table"] tbody th').allInnerTexts();
  assert.deepEqual(await names(), ["paid_search", "paid_social", "email", "organic", "(unattributed)"]);
  await page.click('[data-panel="table"] thead button:has-text("Leads")');
  assert.equal(await page.locator('[data-panel="table"] th[aria-sort="descending"]').innerText(), "Leads ▼");
  await page.click('[data-panel="table"] thead button:has-text("Leads")');
  assert.deepEqual((await names())[0], "(unattributed)");
  await page.fill('[data-panel="table"] input', "paid");
  assert.deepEqual(await names(), ["paid_social", "paid_search"]);
  assert.equal(await page.locator('[data-panel="table"] tbody [tabindex="0"]').count(), 1, "one stop for the tab key");
  await page.locator('[data-panel="table"] tbody [tabindex="0"]').focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  const at = await page.evaluate(() => [document.activeElement?.getAttribute("data-channel"), document.activeElement?.getAttribute("data-key")]);
  assert.deepEqual(at, ["paid_search", "lead_conversion/cohort_mature"]);
  await page.context().close();
});

test("every panel is saved as CSV and as a picture", async () => {
  const panels = 15;
  // Chromium takes ten downloads of a page at a time, and then none for a while.
  for (let first = 0; first < panels; first += 5) {
    const { page, faults } = await shown();
    assert.equal(await page.locator(".menu summary").count(), panels, "eight cards and seven panels");
    for (let n = first; n < Math.min(first + 5, panels); n++) await savesBoth(page, n);
    assert.deepEqual(faults, []);
    await page.context().close();
  }
});

/** Saves a panel in both forms, and looks at what has come. */
async function savesBoth(page: Page, panel: number): Promise<void> {
  const menu = page.locator(".menu").nth(panel);
  for (const [kind, start] of [["CSV", "\ufeff"], ["PNG", "\u0089PNG"]] as const) {
    await menu.locator("summary").click();
    const [saved] = await Promise.all([page.waitForEvent("download"), menu.locator(`button:has-text("${kind}")`).click()]);
    const content = await readFile(await saved.path());
    assert.ok(content.toString(kind === "CSV" ? "utf8" : "latin1").startsWith(start), saved.suggestedFilename());
    assert.match(saved.suggestedFilename(), new RegExp(`^kpistream-[\\w-]+-2026-03-30\\.${kind.toLowerCase()}$`));
    if (kind === "CSV" && saved.suggestedFilename().startsWith("kpistream-where")) {
      assert.match(content.toString("utf8"), /^\ufeffChannel,Leads,Lead conversion,.*\r\npaid_search,762,/);
    }
  }
}

for (const [locale, status, value, axis] of [["de-DE", "Live", "826,70 PLN", "Die acht KPIs"], ["pl-PL", "Na żywo", "826,70 zł", "Osiem KPI"]] as const) {
  test(`in ${locale} words and numbers are the reader's`, async () => {
    const { page } = await shown({ locale });
    assert.equal(await page.getAttribute("html", "lang"), locale.slice(0, 2));
    assert.equal(await text(page, "#status"), status);
    assert.equal(await number(page, "cac/blended"), value);
    assert.equal((await text(page, "#eight-title")).toLowerCase(), axis.toLowerCase());
    assert.deepEqual(await wrong(page), []);
    await page.context().close();
  });
}

test("behind each chart stands a table for those who do not see it", async () => {
  const { page } = await shown();
  const charts = await page.locator('[role="img"]').count();
  assert.equal(charts, 9);
  assert.equal(await page.locator("table.hidden").count(), charts);
  assert.equal(await page.locator("table.hidden").first().locator("tbody tr").count(), 13);
  await page.context().close();
});

test("on paper stands what was looked at, in the colours of paper, and nothing to press", async () => {
  const { page } = await shown({ colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".tools").isVisible(), false);
  assert.equal(await page.locator('[data-window="7d"]').isVisible(), false);
  assert.equal(await page.locator('[data-window="30d"]').isVisible(), true);
  assert.match(await text(page, "nav"), /1 Mar 2026.*Compare with: the period before/s);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
  await page.context().close();
});

test("what two parts of the page want is asked for once", async () => {
  const { page } = await shown();
  const weeks = instance.asked.filter((path) => path.startsWith("/api/v1/kpis?period=week"));
  assert.deepEqual(weeks, ["/api/v1/kpis?period=week&from=2026-01-05"]);
  await page.context().close();
});
