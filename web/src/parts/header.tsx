// The head of the page: how the numbers stand, of when they are, and what one can do with the page as a whole.

import { useState } from "preact/hooks";

import type { Status } from "../data";
import { capital, named, say } from "../words";
import { useBoard } from "./context";

interface HeaderProps {
  status: Status;
  theme: string;
  setTheme: (theme: string) => void;
}

export function Header({ status, theme, setTheme }: HeaderProps) {
  const { words, formats, asOf } = useBoard();
  const [copied, setCopied] = useState(false);
  const other = theme === "dark" ? "light" : "dark";
  const change = (): void => {
    document.documentElement.dataset.theme = other;
    try {
      localStorage.setItem("theme", other);
    } catch {
      // Then it is not kept.
    }
    setTheme(other);
  };
  const copy = (): void => {
    // Only pages of https and of this machine may.
    void navigator.clipboard?.writeText(location.href).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 3_000);
    });
  };
  return (
    <header>
      <h1>kpistream</h1>
      <p id="status" role="status" data-state={colour(status)}>
        {text()}
      </p>
      <p id="as-of" data-as-of={asOf}>
        {asOf && say(words.asOf, { when: formats.instant(asOf), zone: formats.zone })}
      </p>
      <div class="tools">
        {navigator.clipboard !== undefined && (
          <button type="button" onClick={copy}>
            {copied ? words.copied : words.copyLink}
          </button>
        )}
        <button type="button" onClick={() => print()}>
          {words.print}
        </button>
        <button id="theme" type="button" title={words.themeHint} aria-pressed={theme === "dark"} onClick={change}>
          {words.theme}
        </button>
      </div>
    </header>
  );
  function text(): string {
    if (status.kind === "not_ready") return named(words.notReady, status.state);
    return status.kind === "told" ? capital(status.why) : words.status[status.kind];
  }
}

function colour({ kind }: Status): "live" | "waiting" | "lost" {
  if (kind === "live" || kind === "polling" || kind === "fixed") return "live";
  return kind === "lost" ? "lost" : "waiting";
}
