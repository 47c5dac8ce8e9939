// Live captions of both sides, and the actions of the agent.

import { LitElement, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import {
  type AgentSaying,
  type ConfirmSaying,
  type Saying,
  type ToolSaying,
  revealed,
  unheard,
} from "../engine/transcript.ts";
import { actionName, actionSubjects } from "../home/actions.ts";
import type { TextKey } from "../i18n/texts.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import { buttons } from "./styles.ts";

/** Within this distance, the list counts as scrolled to its end, and follows new words. */
const NEAR = 40;
/** On some screens positions are fractions of a pixel, unlike heights. */
const AT_END = 1.5;

@define("playai-captions")
export class Captions extends LitElement {
  @property({ attribute: false }) sayings: readonly Saying[] = [];
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
  @property({ attribute: false }) confirm: (id: string, allow: boolean) => void = () => undefined;
  @query(".captions") private readonly list!: HTMLElement;
  /** Whether the list follows the newest words; otherwise the user reads older ones. */
  @state() private follows = true;
  /** The last known scroll position. */
  private top = 0;

  static override styles = [
    buttons,
    css`
      :host {
        display: block;
        min-block-size: 0;
        position: relative;
      }
      .captions {
        box-sizing: border-box;
        block-size: 100%;
        overflow-y: auto;
        overscroll-behavior: contain;
        display: flex;
        flex-direction: column;
        gap: 6px;
        padding: 4px 16px;
      }
      .captions > :first-child {
        margin-block-start: auto;
      }
      p {
        margin: 0;
        padding: 6px 12px;
        border-radius: 14px;
        max-inline-size: 85%;
        box-sizing: border-box;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
        line-height: 1.4;
        color: var(--primary-text-color, #212121);
      }
      .user {
        align-self: flex-end;
        border-end-end-radius: 4px;
        background: color-mix(in srgb, var(--primary-color, #03a9f4) 18%, transparent);
      }
      .agent {
        align-self: flex-start;
        border-end-start-radius: 4px;
        background: color-mix(in srgb, var(--primary-text-color, #212121) 8%, transparent);
      }
      .break {
        align-self: center;
      }
      .break,
      .hint {
        color: var(--secondary-text-color, #616161);
        font-size: 0.85em;
      }
      .newest {
        position: absolute;
        inset-block-end: 8px;
        inset-inline: 0;
        margin-inline: auto;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
        box-shadow: 0 1px 6px rgb(0 0 0 / 40%);
      }
      .partial {
        font-style: italic;
      }
      s {
        color: var(--secondary-text-color, #616161);
      }
      .tool {
        align-self: flex-start;
        display: flex;
        align-items: center;
        gap: 6px;
        padding: 2px 10px;
        border: 1px solid color-mix(in srgb, var(--primary-text-color, #212121) 25%, transparent);
        font-size: 0.9em;
      }
      .tool svg {
        inline-size: 16px;
        block-size: 16px;
        flex: none;
      }
      .done svg {
        color: var(--success-color, #2e7d32);
      }
      .failed svg {
        color: var(--error-color, #c62828);
      }
      .spinner {
        inline-size: 12px;
        block-size: 12px;
        border: 2px solid currentColor;
        border-inline-end-color: transparent;
        border-radius: 50%;
        animation: spin 1s linear infinite;
      }
      @keyframes spin {
        to {
          rotate: 1turn;
        }
      }
      .ask {
        align-self: stretch;
        padding: 8px;
        border-radius: 14px;
        border: 2px solid var(--warning-color, #b26a00);
      }
      .choices {
        display: flex;
        gap: 8px;
        margin-block-start: 8px;
      }
      @media (prefers-reduced-motion: reduce) {
        .spinner {
          animation: none;
        }
      }
    `,
  ];

  // Not with the directive `repeat`: in lit 3.3 each removed item leaves a comment in the page.
  protected override render() {
    const { sayings, text } = this;
    return html`
      <div
        class="captions"
        role="log"
        aria-live="off"
        aria-label=${text("captions")}
        tabindex="0"
        @scroll=${this.scrolled}
      >
        ${sayings.map((saying) => this.saying(saying))}
      </div>
      ${
        this.follows
          ? nothing
          : html`<button class="icon newest" aria-label=${text("newest")} title=${text("newest")} @click=${this.toNewest}>
              ${icon("down")}
            </button>`
      }
      <div class="hidden" aria-live="polite">${this.lastSentence()}</div>
    `;
  }

  protected override updated(): void {
    const { list } = this;
    // Setting the position as the user begins to scroll would stop the scrolling.
    if (!this.follows || list.scrollTop < this.top) return;
    list.scrollTop = list.scrollHeight;
    this.top = list.scrollTop;
  }

  private readonly scrolled = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    const distance = scrollHeight - scrollTop - clientHeight;
    // Removed words move the list up, too, but to its end.
    this.follows = distance < (scrollTop < this.top ? AT_END : NEAR);
    this.top = scrollTop;
  };

  private readonly toNewest = (): void => {
    this.follows = true;
    this.list.focus();
  };

  private saying(saying: Saying) {
    switch (saying.kind) {
      case "user":
        return html`<p class=${classMap({ user: true, partial: !saying.isFinal })} dir="auto">${saying.text}</p>`;
      case "agent":
        return this.agentSaying(saying);
      case "tool":
        return this.tool(saying);
      case "confirm":
        return this.question(saying);
      case "break":
        return html`<p class="break">${this.text("again")}</p>`;
    }
  }

  private agentSaying(saying: AgentSaying) {
    const said = revealed(saying).trimStart();
    const rest = unheard(saying);
    if (!said && !rest) return nothing;
    return html`<p class="agent" dir="auto">${said}${rest ? html`<s>${rest}</s>` : nothing}</p>`;
  }

  private tool(saying: ToolSaying) {
    const { status, result } = saying;
    const state = status === "running"
      ? html`<span class="spinner"></span>`
      : icon(status === "done" ? "done" : "warning");
    return html`<p class="tool ${status}" title=${result ?? ""}>
      ${state}<span>${this.action(saying)}</span>
      <span class="hidden">${this.text(status)}</span>
    </p>`;
  }

  private question(saying: ConfirmSaying) {
    const { id, allow } = saying;
    if (allow !== undefined) {
      return html`<p class="tool ${allow ? "done" : "failed"}">
        ${icon(allow ? "done" : "close")}
        <span>${this.action(saying)}: ${this.text(allow ? "allowed" : "denied")}</span>
      </p>`;
    }
    return html`<div class="ask" role="alertdialog" aria-label=${this.text("ask")}>
      <p>${this.text("ask")} <b>${this.action(saying)}</b></p>
      <p class="hint">${this.text("ask_hint")}</p>
      <div class="choices">
        <button class="text main" @click=${() => this.confirm(id, true)}>${this.text("allow")}</button>
        <button class="text" @click=${() => this.confirm(id, false)}>${this.text("deny")}</button>
      </div>
    </div>`;
  }

  private action(saying: ToolSaying | ConfirmSaying): string {
    const name = actionName(saying.name, this.text, saying.domain);
    const risks = saying.kind === "confirm" ? saying.risks : [];
    return [name, ...actionSubjects(saying.arguments, risks)].join(" · ");
  }

  /** For screen readers: whole sayings of the agent, and transcripts of the user. */
  private lastSentence(): string {
    const last = this.sayings.findLast(
      (each) => (each.kind === "user" && each.isFinal) || (each.kind === "agent" && each.totalMs !== undefined),
    );
    if (last?.kind === "user") return `${this.text("you")}: ${last.text}`;
    return last?.kind === "agent" ? last.parts.map(({ text }) => text).join("") : "";
  }
}
