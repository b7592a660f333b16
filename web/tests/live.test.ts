import assert from "node:assert/strict";
import { test } from "node:test";

import { AGAIN, AGAIN_AT_MOST, Feed, POLL, SILENCE, type Stream } from "../src/live";

/** Time and streams of a test: nothing happens but what it does. */
function made() {
  let [now, number] = [0, 0];
  const timers = new Map<number, { at: number; what: () => void }>();
  const streams: { open: boolean; say: (name: string, data?: string) => void }[] = [];
  const heard: string[] = [];
  const feed = new Feed(
    {
      open: (): Stream => {
        const by = new Map<string, (event: { data?: unknown }) => void>();
        const one = { open: true, say: (name: string, data?: string) => by.get(name)?.({ data }) };
        streams.push(one);
        return { addEventListener: (name, then) => void by.set(name, then), close: () => void (one.open = false) };
      },
      later: (what, milliseconds) => (timers.set(++number, { at: now + milliseconds, what }), number),
      never: (timer) => void timers.delete(timer),
    },
    { news: () => void heard.push("news"), still: (asOf) => void heard.push(`still ${asOf}`), notReady: (state) => void heard.push(state), by: (way) => void heard.push(way) },
  );
  const pass = (milliseconds: number): void => {
    const end = now + milliseconds;
    for (;;) {
      const next = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!next) break;
      timers.delete(next[0]);
      now = next[1].at;
      next[1].what();
    }
    now = end;
  };
  const took = (): string[] => heard.splice(0);
  return { feed, streams, pass, took, timers };
}

test("news come by the stream, and while it lives nothing is polled", () => {
  const { feed, streams, pass, took } = made();
  feed.start();
  streams[0]?.say("evaluated");
  assert.deepEqual(took(), ["news", "stream", "news"]);
  pass(SILENCE - 1);
  streams[0]?.say("alive", '{"as_of":"then"}');
  pass(SILENCE - 1);
  assert.deepEqual(took(), ["stream", "still then"]);
  streams[0]?.say("not_ready", '{"state":"catching_up"}');
  streams[0]?.say("not_ready", "no JSON");
  assert.deepEqual(took(), ["stream", "catching_up", "stream", ""]);
});

test("where the stream is lost it polls, and tries the stream again ever more seldom", () => {
  const { feed, streams, pass, took } = made();
  feed.start();
  streams[0]?.say("error");
  assert.deepEqual(took(), ["news", "polling"]);
  assert.equal(streams[0]?.open, false);
  pass(AGAIN - 1);
  assert.deepEqual([took(), streams.length], [["news"], 1]);
  pass(1);
  assert.equal(streams.length, 2);
  took();
  streams[1]?.say("error");
  pass(AGAIN * 2 - 1);
  assert.equal(streams.length, 2);
  for (let n = 0; n < 20; n++) {
    pass(AGAIN_AT_MOST);
    streams[streams.length - 1]?.say("error");
  }
  const tried = streams.length;
  pass(AGAIN_AT_MOST - 1);
  assert.equal(streams.length, tried);
  pass(1);
  assert.equal(streams.length, tried + 1, "once in the longest time, and no more often");
  took();
  streams[streams.length - 1]?.say("evaluated");
  assert.deepEqual(took(), ["stream", "news"]);
  pass(POLL * 5);
  assert.deepEqual(took(), [], "it no longer polls");
});

test("a stream that has fallen silent is given up", () => {
  const { feed, streams, pass, took } = made();
  feed.start();
  streams[0]?.say("evaluated");
  took();
  pass(SILENCE);
  assert.deepEqual([took(), streams[0]?.open], [["polling"], false]);
});

test("a page that nobody sees has no stream and asks for nothing", () => {
  const { feed, streams, pass, took, timers } = made();
  feed.start();
  streams[0]?.say("evaluated");
  feed.stop();
  took();
  pass(600_000);
  streams[0]?.say("error");
  assert.deepEqual([took(), streams[0]?.open, timers.size], [[], false, 0]);
  feed.start();
  feed.start();
  assert.deepEqual([took(), streams.length], [["news"], 2]);
});
