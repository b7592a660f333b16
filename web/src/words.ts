// The language of the board, by what the browser asks for, and how its sentences are put together.

import { de } from "./words/de";
import { en, type Words } from "./words/en";
import { pl } from "./words/pl";

export type { Words };

const LANGUAGES: Record<string, Words> = { en, de, pl };

/** The language of the texts, and the locale of numbers and dates, which may be one that there are no texts in. */
export interface Reader {
  language: string;
  locale: string;
  words: Words;
}

/** The first language asked for that there is, else English; numbers and dates as the first one asked for has them. */
export function reader(wanted: readonly string[]): Reader {
  const language = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
  const locale = wanted.find(isLocale) ?? language;
  return { language, locale, words: LANGUAGES[language] ?? en };
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf([tag]).length > 0;
  } catch {
    return false;
  }
}

/** A sentence with its gaps filled. */
export function say(sentence: string, gaps: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (gap, name: string) => String(gaps[name] ?? gap));
}

/** The word of a name that comes from the instance, or the name as it is. */
export function named(words: Record<string, string>, name: string): string {
  return words[name] ?? plain(name);
}

/** A name as words: with a capital, without what joins them. */
function plain(name: string): string {
  const text = name.replace(/[_/]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
