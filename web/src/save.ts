// Saving a panel: as CSV, or as a picture that is drawn here from its sheet and its chart.

import { csv, fileName, type Sheet } from "./sheet";

/** Pixels of the picture for each of the page's, so that it prints well. */
const SCALE = 2;
const MARGIN = 24;
const LINE = 24;
const TEXT = "14px system-ui, sans-serif";
const TITLE = "600 20px system-ui, sans-serif";
/** Rows that a picture holds; the CSV has them all. */
const ROWS_AT_MOST = 100;

function offer(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function saveCsv(sheet: Sheet, asOf: string): void {
  // With a byte-order mark, by which spreadsheets tell UTF-8.
  offer(new Blob(["\ufeff", csv(sheet)], { type: "text/csv;charset=utf-8" }), fileName(sheet.title, asOf, "csv"));
}

export function savePng(sheet: Sheet, chart: HTMLCanvasElement | null, asOf: string): void {
  drawn(sheet, chart).toBlob((picture) => {
    if (picture) offer(picture, fileName(sheet.title, asOf, "png"));
  }, "image/png");
}

/** The sheet as a picture: title, what it is of, the chart where there is one, and the table. */
export function drawn(sheet: Sheet, chart: HTMLCanvasElement | null): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  pen.font = TEXT;
  const rows = [sheet.head, ...sheet.rows.slice(0, ROWS_AT_MOST).map((row) => row.map((one) => one.text))];
  const widths = sheet.head.map((_, n) => 20 + Math.max(...rows.map((row) => pen.measureText(row[n] ?? "").width)));
  const shown = chart && chart.width > 0 ? { width: 840, height: Math.round((840 * chart.height) / chart.width) } : null;
  const width = Math.max(480, widths.reduce((sum, one) => sum + one, 0), shown?.width ?? 0) + 2 * MARGIN;
  const height = 2 * MARGIN + 64 + (shown ? shown.height + 16 : 0) + rows.length * LINE;
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  pen.scale(SCALE, SCALE);
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  pen.fillStyle = colour("--card");
  pen.fillRect(0, 0, width, height);
  pen.textBaseline = "middle";
  pen.fillStyle = colour("--ink");
  pen.font = TITLE;
  pen.fillText(sheet.title, MARGIN, MARGIN + 12, width - 2 * MARGIN);
  pen.font = TEXT;
  pen.fillStyle = colour("--soft");
  pen.fillText(sheet.note, MARGIN, MARGIN + 40, width - 2 * MARGIN);
  let top = MARGIN + 64;
  if (chart && shown) {
    pen.drawImage(chart, MARGIN, top, shown.width, shown.height);
    top += shown.height + 16;
  }
  rows.forEach((row, n) => {
    pen.fillStyle = colour(n === 0 ? "--soft" : "--ink");
    let left = MARGIN;
    row.forEach((text, column) => {
      const room = widths[column] ?? 0;
      // Names begin at the left, numbers end at the right.
      pen.textAlign = column === 0 ? "left" : "right";
      pen.fillText(text, column === 0 ? left : left + room, top + LINE / 2);
      left += room;
    });
    pen.fillStyle = colour("--line");
    pen.fillRect(MARGIN, top + LINE - 1, width - 2 * MARGIN, 1);
    top += LINE;
  });
  return canvas;
}
