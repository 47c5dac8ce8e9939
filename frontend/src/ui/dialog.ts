// The conversation in a dialog over the page.

import { LitElement, css, html } from "lit";
import { property, query } from "lit/decorators.js";
import "./conversation.ts";
import { define } from "./define.ts";
import type { Target } from "./target.ts";

const TAG = "playai-dialog";

@define(TAG)
export class Dialog extends LitElement {
  @property({ attribute: false }) target: Target = { agent: "", name: "", mode: "open" };
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  #isPressedOutside = false;

  static override styles = css`
    dialog {
      padding: 0;
      border: none;
      inline-size: min(480px, 100vw);
      block-size: min(720px, 100dvh);
      max-inline-size: none;
      max-block-size: none;
      border-radius: var(--ha-card-border-radius, 16px);
      background: var(--ha-card-background, var(--card-background-color, #fff));
      box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
      overflow: hidden;
    }
    dialog::backdrop {
      background: rgb(0 0 0 / 45%);
    }
    playai-conversation {
      padding-block-end: env(safe-area-inset-bottom);
      box-sizing: border-box;
    }
    @media (max-width: 520px) {
      dialog {
        border-radius: 0;
        block-size: 100dvh;
      }
    }
  `;

  protected override render() {
    return html`<dialog
      aria-label=${this.target.name}
      @close=${this.remove}
      @pointerdown=${this.pressed}
      @click=${this.clicked}
    >
      <playai-conversation .target=${this.target} corner="close" @close=${this.close}></playai-conversation>
    </dialog>`;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("location-changed", this.close);
    addEventListener("popstate", this.close);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("location-changed", this.close);
    removeEventListener("popstate", this.close);
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  private readonly close = (): void => this.dialog.close();

  private readonly pressed = (event: Event): void => {
    this.#isPressedOutside = event.target === this.dialog; // The area around it.
  };

  private readonly clicked = (event: Event): void => {
    // A selection of text may begin inside and end outside.
    if (event.target === this.dialog && this.#isPressedOutside) this.close();
  };
}

export const openDialog = (target: Target): void => {
  if (document.querySelector(TAG)) return;
  // The frontend sets the direction of its own elements, and the body is always left to right.
  const { dir } = document;
  document.body.append(Object.assign(document.createElement(TAG), { target, dir }));
};
