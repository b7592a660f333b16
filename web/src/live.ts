// How the board hears that there is something new: by the instance's stream, and where there is none by asking.

/** What of EventSource is used; a test has its own. */
export interface Stream {
  addEventListener(name: string, heard: (event: { data?: unknown }) => void): void;
  close(): void;
}

/** The world around: streams and time. */
export interface World {
  open(): Stream;
  later(what: () => void, milliseconds: number): number;
  never(timer: number): void;
}

export interface Heard {
  /** There may be something new. */
  news(): void;
  /** All is as it was, at this instant. */
  still(asOf: string): void;
  /** The instance has nothing to show, for this reason. */
  notReady(state: string): void;
  /** By which way one hears. */
  by(way: "stream" | "polling"): void;
}

/** How often it is asked where there is no stream. */
export const POLL = 1_000;
/** A stream that has said nothing for so long is dead: the instance says each five seconds that it is there. */
export const SILENCE = 15_000;
/** How soon a stream is tried again: the first time, and at most. */
export const AGAIN = 2_000;
export const AGAIN_AT_MOST = 60_000;

/** Listens while it is started. A page that nobody sees is stopped: it then has no stream, of which a browser has six for a host. */
export class Feed {
  private stream: Stream | null = null;
  private timers = new Map<"poll" | "silence" | "again", number>();
  private again = AGAIN;
  private started = false;

  constructor(
    private readonly world: World,
    private readonly heard: Heard,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    this.again = AGAIN;
    this.heard.news();
    this.connect();
  }

  stop(): void {
    this.started = false;
    this.close();
    for (const timer of this.timers.values()) this.world.never(timer);
    this.timers.clear();
  }

  private connect(): void {
    const stream = this.world.open();
    this.stream = stream;
    const alive = (): void => {
      this.again = AGAIN;
      this.drop("poll");
      this.set("silence", () => this.lost(), SILENCE);
      this.heard.by("stream");
    };
    this.set("silence", () => this.lost(), SILENCE);
    stream.addEventListener("evaluated", () => {
      alive();
      this.heard.news();
    });
    stream.addEventListener("alive", (event) => {
      alive();
      this.heard.still(said(event.data, "as_of"));
    });
    stream.addEventListener("not_ready", (event) => {
      alive();
      this.heard.notReady(said(event.data, "state"));
    });
    stream.addEventListener("error", () => this.lost());
  }

  /** Asks from now on, and tries the stream again: sooner at first, then seldom. */
  private lost(): void {
    if (!this.started || !this.stream) return;
    this.close();
    this.drop("silence");
    this.heard.by("polling");
    if (!this.timers.has("poll")) this.poll();
    this.set("again", () => this.connect(), this.again);
    this.again = Math.min(this.again * 2, AGAIN_AT_MOST);
  }

  private poll(): void {
    this.set(
      "poll",
      () => {
        this.heard.news();
        this.poll();
      },
      POLL,
    );
  }

  private close(): void {
    this.stream?.close();
    this.stream = null;
  }

  private set(name: "poll" | "silence" | "again", what: () => void, milliseconds: number): void {
    this.drop(name);
    const run = (): void => {
      this.timers.delete(name);
      what();
    };
    this.timers.set(name, this.world.later(run, milliseconds));
  }

  private drop(name: "poll" | "silence" | "again"): void {
    const timer = this.timers.get(name);
    if (timer !== undefined) this.world.never(timer);
    this.timers.delete(name);
  }
}

/** A text of an event's JSON. */
function said(data: unknown, name: string): string {
  try {
    const all: unknown = JSON.parse(String(data));
    if (typeof all === "object" && all !== null && name in all) return String((all as Record<string, unknown>)[name]);
  } catch {
    // Then it is not known.
  }
  return "";
}
