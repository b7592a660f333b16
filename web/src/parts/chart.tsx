// A line over periods, drawn by uPlot. What it shows stands beside it as a table.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

import { NONE } from "../format";

export interface ChartProps {
  labels: string[];
  values: (number | null)[];
  /** A line to be reached, where there is one. */
  target?: (number | null)[] | undefined;
  /** The value as it is read, and short for an axis. */
  read: (value: number) => string;
  short: (value: number) => string;
  height: number;
  /** A line without axes. */
  bare?: boolean;
  /** The reader's own words of what is shown. */
  label: string;
  names: { value: string; target: string };
  /** What is drawn anew where it changes, such as the theme. */
  look: string;
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const { labels, values, target, bare, height, look, read } = props;
  const same = JSON.stringify([labels, values, target, bare, height, look, values[0] == null ? "" : read(values[0])]);
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const draw = (): void => {
      drawn.current?.destroy();
      drawn.current = new uPlot(options(props, at), [labels.map((_, n) => n), values, target ?? values.map(() => null)], at);
    };
    draw();
    const wider = new ResizeObserver(() => {
      if (drawn.current && at.clientWidth > 0 && at.clientWidth !== drawn.current.width) drawn.current.setSize({ width: at.clientWidth, height });
    });
    wider.observe(at);
    // On paper it is drawn in the colours of paper.
    addEventListener("kpistream:theme", draw);
    return () => {
      removeEventListener("kpistream:theme", draw);
      wider.disconnect();
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [same]);
  return <div class={bare ? "spark" : "chart"} ref={box} role="img" aria-label={props.label} />;
}

function options({ labels, height, bare = false, read, short, values, names }: ChartProps, at: HTMLElement): uPlot.Options {
  const line = { stroke: colour("--accent"), width: 1.8, spanGaps: false, points: { show: !bare && values.length < 40, size: 6, fill: colour("--card") } };
  const aim = { stroke: colour("--soft"), width: 1.4, dash: [6, 5], points: { show: false } };
  const axis = { stroke: colour("--soft"), font: "12px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: Math.max(at.clientWidth, 60),
    height,
    padding: bare ? [4, 2, 4, 2] : [12, 32, 0, 8],
    legend: { show: false },
    cursor: bare ? { show: false } : { y: false, drag: { x: false, y: false }, points: { size: 9 } },
    // One value alone is in the middle.
    scales: { x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) }, y: { range: heights } },
    series: [{}, { label: names.value, ...line }, { label: names.target, ...aim }],
    axes: bare
      ? [{ show: false }, { show: false }]
      : [
          { ...axis, values: (_, splits) => splits.map((n) => (Number.isInteger(n) ? (labels[n] ?? "") : "")), grid: { show: false }, size: 32, space: 80, incrs: [1, 2, 3, 5, 10, 20] },
          { ...axis, values: (_, splits) => splits.map(short), size: (_, labels) => 16 + 7.2 * Math.max(3, ...(labels ?? []).map((label) => label.length)), space: 40 },
        ],
    hooks: bare ? {} : { setCursor: [(chart) => tip(chart, labels, read)] },
  };
}

/** From the least to the greatest, with room; sums that are all the same in the middle. */
function heights(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  if (min === max) return [min - Math.max(1, Math.abs(min) / 2), max + Math.max(1, Math.abs(max) / 2)];
  const room = (max - min) * 0.08;
  return [min >= 0 && min < room * 2 ? 0 : min - room, max + room];
}

/** The value at the pointer. */
function tip(chart: uPlot, labels: string[], read: (value: number) => string): void {
  let note = chart.over.querySelector<HTMLElement>(".tip");
  if (!note) {
    note = document.createElement("div");
    note.className = "tip";
    chart.over.append(note);
  }
  const { idx, left = -1 } = chart.cursor;
  note.hidden = idx === null || idx === undefined || left < 0;
  if (note.hidden || idx === null || idx === undefined) return;
  const value = chart.data[1]?.[idx];
  note.textContent = `${labels[idx] ?? ""}: ${value === null || value === undefined ? NONE : read(value)}`;
  const room = chart.over.clientWidth - note.offsetWidth;
  note.style.left = `${Math.max(0, Math.min(left + 10, room))}px`;
}
