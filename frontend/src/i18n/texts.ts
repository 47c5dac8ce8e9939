// Loads the texts of a language.

import type en from "./en.json";

export type TextKey = keyof typeof en;
export type Texts = Record<TextKey, string>;

const LANGUAGES = ["cs", "da", "de", "en", "es", "fr", "it", "nl", "pl", "pt-BR", "pt", "sv"];

const loaded = new Map<string, Promise<Texts>>();

/** Returns the language whose texts are closest. */
export const closest = (language: string): string => {
  const wanted = language.toLowerCase();
  const exact = LANGUAGES.find((each) => each.toLowerCase() === wanted);
  return exact ?? LANGUAGES.find((each) => each === wanted.split("-")[0]) ?? "en";
};

export const loadTexts = (language: string): Promise<Texts> => {
  const name = closest(language);
  let texts = loaded.get(name);
  if (!texts) {
    const url = new URL(`./language-${name}.js`, import.meta.url).href;
    texts = import(url).then((module: { default: Texts }) => module.default);
    loaded.set(name, texts);
    // Another attempt may succeed.
    texts.catch(() => loaded.delete(name));
  }
  return texts;
};
