// A typed message to the agent.

import { LitElement, css, html } from "lit";
import { property, query } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import type { TextKey } from "../i18n/texts.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import { buttons } from "./styles.ts";

@define("playai-composer")
export class Composer extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
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
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${text("send")} title=${text("send")}>${icon("send")}</button>
    </form>`;
  }

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    // Home Assistant's frontend has single-letter shortcuts.
    if (event.key !== "Escape") event.stopPropagation();
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const text = this.box.value.trim();
    if (!text) return;
    this.call?.say(text);
    this.box.value = "";
  };
}
