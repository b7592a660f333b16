// Chromium, as Debian packages it, without a window.

import { accessSync, constants } from "node:fs";

import axe from "axe-core";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const PLACES = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const WIDTHS = { phone: 390, desktop: 1440 };

export function launch(): Promise<Browser> {
  const executablePath = PLACES.find((path) => {
    try {
      if (path) accessSync(path, constants.X_OK);
      return path !== "";
    } catch {
      return false;
    }
  });
  if (!executablePath) throw new Error("no Chromium is here: run  make setup, or name one in CHROMIUM");
  // As root there is no sandbox, and what is looked at here is our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface Look {
  page: Page;
  /** What the console said that is wrong. */
  faults: string[];
}

/** A page of its own, at an address. */
export async function open(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Look> {
  const context = await browser.newContext({ viewport: { width: WIDTHS.desktop, height: 900 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (said) => said.type() === "error" && faults.push(`${said.text()} ${said.location().url}`));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(address);
  return { page, faults };
}

/** Waits until the page shows numbers that are of now. */
export const live = (page: Page): Promise<unknown> => page.waitForSelector('#status[data-state="live"]', { timeout: 60_000 });

/** What axe finds to be wrong, a line each. */
export async function wrong(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations;
  });
  return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** Polls until something is so. */
export async function until<T>(what: string, look: () => Promise<T | null | false | undefined>, within = 60_000): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not in time`);
    await new Promise((waited) => setTimeout(waited, 50));
  }
}
