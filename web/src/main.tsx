// Where the board begins: its language and theme, then the page.

import { render } from "preact";
import "uplot/dist/uPlot.min.css";

import "./board.css";
import "./print.css";
import { App } from "./app";
import { reader } from "./words";

const root = document.documentElement;

/** The theme that was chosen here, else the one that the system has. */
function themes(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = (): string | null => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const set = (name: string): void => {
    root.dataset.theme = name;
    dispatchEvent(new Event("kpistream:theme"));
  };
  const usual = (): string => kept() ?? (dark.matches ? "dark" : "light");
  set(usual());
  dark.addEventListener("change", () => set(usual()));
  addEventListener("beforeprint", () => set("light"));
  addEventListener("afterprint", () => set(usual()));
}

themes();
const asked = new URLSearchParams(location.search).get("lang");
const who = reader(asked ? [asked] : navigator.languages);
root.lang = who.language;
const page = document.getElementById("board");
if (page) render(<App reader={who} />, page);
