// Gives an element the texts of the user's language.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type TextKey, type Texts, loadTexts } from "../i18n/texts.ts";

export class TextsController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #language: () => string;
  #loaded = "";
  #texts: Partial<Texts> = {};

  constructor(host: ReactiveControllerHost, language: () => string) {
    this.#host = host;
    this.#language = language;
    host.addController(this);
  }

  get all(): Partial<Texts> {
    return this.#texts;
  }

  readonly get = (key: TextKey): string => this.#texts[key] ?? "";

  hostUpdate(): void {
    const language = this.#language();
    if (language === this.#loaded) return;
    this.#loaded = language;
    loadTexts(language).then(
      (texts) => {
        this.#texts = texts;
        this.#host.requestUpdate();
      },
      () => {
        this.#loaded = ""; // The next update tries again.
      },
    );
  }
}
