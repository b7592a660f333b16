// A panel as a table: what stands behind its chart for those who do not see it, and what is saved of it.

/** A cell: as it is read, and as a program wants it. */
export interface Cell {
  text: string;
  raw: string | number | null;
}

export interface Sheet {
  title: string;
  /** What it is of: window, days, instant. */
  note: string;
  head: string[];
  rows: Cell[][];
}

export const cell = (text: string, raw: string | number | null = text): Cell => ({ text, raw });

/** The sheet as CSV by RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csv(sheet: Sheet): string {
  const lines = [sheet.head, ...sheet.rows.map((row) => row.map((one) => one.raw))];
  return lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

function field(raw: string | number | null): string {
  if (raw === null) return "";
  if (typeof raw === "number") return String(raw);
  const text = /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** A file's name of a title: letters, digits and dashes. */
export function fileName(title: string, asOf: string, ending: string): string {
  const name = title.normalize("NFKD").replace(/[^\w]+/g, "-").replace(/^-+|-+$/g, "").toLowerCase();
  return `kpistream-${name || "panel"}-${asOf.slice(0, 10)}.${ending}`;
}
