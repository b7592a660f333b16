// Saving a panel: as CSV, or as a picture that is drawn here from its sheet and its chart.

import { csv, fileName, type Sheet } from "./sheet";

/** Pixels of the picture for each of the page's, so that it prints well. */
const SCALE = 2;
const MARGIN = 24;
/** The height of a row, and of each further line in one; the room between columns, and that of the widest. */
const LINE = 24;
const WRAPPED = 18;
const GAP = 20;
const WIDEST = 560;
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

/** A text in lines that are no wider than there is room. */
function wrapped(pen: CanvasRenderingContext2D, text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1] ?? ""} ${word}`.trim();
    if (lines.length > 0 && pen.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The sheet as a picture: title, what it is of, the chart where there is one, and the table. */
function drawn(sheet: Sheet, chart: HTMLCanvasElement | null): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return canvas;
  pen.font = TEXT;
  const texts = [sheet.head, ...sheet.rows.slice(0, ROWS_AT_MOST).map((row) => row.map((one) => one.text))];
  const rooms = sheet.head.map((_, n) => Math.min(WIDEST, Math.max(...texts.map((row) => pen.measureText(row[n] ?? "").width))));
  const rows = texts.map((row) => row.map((text, n) => wrapped(pen, text, rooms[n] ?? WIDEST)));
  // Sentences begin at the left, like names; numbers end at the right.
  const isText = sheet.head.map((_, n) => n === 0 || sheet.rows.some((row) => typeof row[n]?.raw === "string"));
  const shown = chart && chart.clientWidth > 0 ? { width: chart.clientWidth, height: chart.clientHeight } : null;
  const high = rows.map((row) => LINE + (Math.max(1, ...row.map((lines) => lines.length)) - 1) * WRAPPED);
  const width = Math.max(480, rooms.reduce((sum, one) => sum + one + GAP, 0), shown?.width ?? 0) + 2 * MARGIN;
  const height = 2 * MARGIN + 64 + (shown ? shown.height + 16 : 0) + high.reduce((sum, one) => sum + one, 0);
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
    row.forEach((lines, column) => {
      const room = rooms[column] ?? 0;
      pen.textAlign = isText[column] ? "left" : "right";
      lines.forEach((line, m) => pen.fillText(line, isText[column] ? left : left + room, top + LINE / 2 + m * WRAPPED));
      left += room + GAP;
    });
    top += high[n] ?? LINE;
    pen.fillStyle = colour("--line");
    pen.fillRect(MARGIN, top - 1, width - 2 * MARGIN, 1);
  });
  return canvas;
}
