// What every part of the board needs: the reader's words and formats, what is shown, and how one changes it.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Formats } from "../format";
import type { Key } from "../catalog";
import { DEFAULTS, type View } from "../view";
import { reader, type Reader } from "../words";

export interface BoardContext extends Reader {
  formats: Formats;
  view: View;
  /** Changes what is shown; what is left out stays. */
  look(change: Partial<View>): void;
  /** Asks why a number is what it is. */
  explain(asked: Asked): void;
  /** The instant of the numbers. */
  asOf: string;
  /** What the numbers are of, in words. */
  covers: string;
}

/** A number that is asked about. */
export interface Asked {
  key: Key;
  channel: string | null;
}

const nothing = (): void => undefined;

export const Board = createContext<BoardContext>({
  ...reader([]),
  formats: new Formats("en", "EUR", "UTC"),
  view: DEFAULTS,
  look: nothing,
  explain: nothing,
  asOf: "",
  covers: "",
});

export const useBoard = (): BoardContext => useContext(Board);
