// A typed message to the agent.

import { LitElement, type PropertyValues, css, html } from "lit";
import { property, query } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import type { TextKey } from "../i18n/texts.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import { buttons } from "./styles.ts";

/** Words that are not sent yet; they outlive the composer. */
export interface Draft {
  text: string;
}

@define("playai-composer")
export class Composer extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
  @property({ attribute: false }) draft: Draft = { text: "" };
  @query("textarea") private readonly box!: HTMLTextAreaElement;

  static override styles = [
    buttons,
    css`
      form {
        display: flex;
        align-items: end;
        gap: 4px;
        margin: 4px 12px;
      }
      textarea {
        flex: 1;
        font: inherit;
        color: inherit;
        resize: none;
        field-sizing: content;
        max-block-size: 5lh;
        padding: 9px 14px;
        border-radius: 20px;
        border: 1px solid var(--divider-color, #bdbdbd);
        background: var(--secondary-background-color, transparent);
      }
    `,
  ];

  override focus(): void {
    void this.updateComplete.then(() => this.box.focus());
  }

  protected override render() {
    const { text } = this;
    return html`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${text("message")}
        placeholder=${text("message")}
        @input=${this.changed}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${text("send")} title=${text("send")}>${icon("send")}</button>
    </form>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("draft")) this.box.value = this.draft.text;
  }

  private readonly changed = (): void => {
    this.draft.text = this.box.value;
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    // Home Assistant's frontend has single-letter shortcuts.
    if (event.key !== "Escape") event.stopPropagation();
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const text = this.box.value.trim();
    // A talk that is lost may not come back.
    if (!text || this.call?.phase === "reconnecting") return;
    this.call?.say(text);
    this.box.value = this.draft.text = "";
  };
}
