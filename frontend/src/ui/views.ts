// The card, the badge, the card feature and the page, as Home Assistant shows them.

import { LitElement, css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import type { Mode } from "../engine/opening.ts";
import { calls } from "../engine/calls.ts";
import { setHass } from "../home/current.ts";
import { type Hass, findAgents, nameOf } from "../home/hass.ts";
import { CallsController } from "./calls-controller.ts";
import "./conversation.ts";
import { define } from "./define.ts";
import { openDialog } from "./dialog.ts";
import { icon } from "./icons.ts";
import { addPill } from "./pill.ts";
import { dialogStatusKey } from "./status.ts";
import { buttons } from "./styles.ts";
import { type Target, startCall } from "./target.ts";
import { TextsController } from "./texts-controller.ts";

interface Config {
  agent?: string;
  name?: string;
  area_id?: string;
  mode?: Mode;
  show_captions?: boolean;
  show_text?: boolean;
}

abstract class View extends LitElement {
  @property({ attribute: false }) hass: Hass | undefined;
  @property({ attribute: false }) config: Config = {};

  override connectedCallback(): void {
    super.connectedCallback();
    addPill();
  }

  protected override willUpdate(): void {
    if (this.hass) setHass(this.hass);
  }

  private shown: Target | undefined;

  /** The same object until something changes, so that views are not rendered again. */
  protected get target(): Target {
    const { agent: chosen, name, area_id: areaId, mode = "open" } = this.config;
    const agent = chosen ?? (this.hass && findAgents(this.hass)[0]) ?? "";
    const shownName = name || (this.hass && agent ? nameOf(this.hass, agent) : "");
    const target: Target = { agent, name: shownName, areaId, mode };
    if (JSON.stringify(target) !== JSON.stringify(this.shown)) this.shown = target;
    return this.shown!;
  }
}

@define("playai-card-view")
export class CardView extends View {
  @property({ type: Boolean, reflect: true }) preview = false;
  @property({ reflect: true }) layout: string | undefined;

  static override styles = css`
    :host {
      display: block;
      block-size: 100%;
    }
    .card {
      box-sizing: border-box;
      block-size: 100%;
      min-block-size: 440px;
      display: flex;
      overflow: hidden;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
      border-radius: var(--ha-card-border-radius, 12px);
      box-shadow: var(--ha-card-box-shadow, none);
      backdrop-filter: var(--ha-card-backdrop-filter, none);
    }
    :host([preview]) .card {
      min-block-size: 320px;
    }
    :host([layout="grid"]) .card {
      min-block-size: 0;
    }
    playai-conversation {
      flex: 1;
      block-size: auto;
    }
  `;

  protected override render() {
    const { show_captions: captions = true, show_text: typing = true } = this.config;
    return html`<div class="card">
      <playai-conversation
        .target=${this.target}
        .captions=${captions}
        .typing=${typing}
        .preview=${this.preview}
        @expand=${() => openDialog(this.target)}
      ></playai-conversation>
    </div>`;
  }
}

@define("playai-panel-view")
export class PanelView extends View {
  @property({ type: Boolean }) narrow = false;

  static override styles = css`
    :host {
      display: block;
      block-size: 100dvh;
      background: var(--primary-background-color, #fafafa);
    }
    .page {
      position: relative;
      block-size: 100%;
      padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom);
      box-sizing: border-box;
    }
    playai-conversation {
      max-inline-size: 720px;
      margin-inline: auto;
    }
    ha-menu-button {
      position: absolute;
      inset-block-start: calc(env(safe-area-inset-top, 0px) - 2px);
      inset-inline-start: 4px;
      z-index: 1;
    }
    .narrow {
      --playai-header-start: 56px;
    }
  `;

  protected override render() {
    return html`<div class="page ${this.narrow ? "narrow" : ""}">
      ${this.narrow ? html`<ha-menu-button .hass=${this.hass} .narrow=${true}></ha-menu-button>` : nothing}
      <playai-conversation .target=${this.target} corner=""></playai-conversation>
    </div>`;
  }
}

abstract class TalkButton extends View {
  protected readonly texts = new TextsController(this, () => this.hass?.locale.language ?? "en");

  constructor() {
    super();
    new CallsController(this);
  }

  protected get label(): string {
    const call = calls.with(this.target.agent);
    return call?.isLive ? this.texts.get(dialogStatusKey(call)) : this.texts.get("talk");
  }

  protected readonly talk = (): void => {
    const { target } = this;
    if (!calls.with(target.agent)?.isLive) startCall(target);
    openDialog(target);
  };
}

@define("playai-badge-view")
export class BadgeView extends TalkButton {
  static override styles = [
    buttons,
    css`
      button {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 36px;
        padding-inline: 12px;
        border-radius: 18px;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
        border: 1px solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
      }
      svg {
        inline-size: 18px;
        color: var(--primary-color, #03a9f4);
      }
    `,
  ];

  protected override render() {
    return html`<button @click=${this.talk}>
      ${icon("microphone")}<span>${this.config.name || this.label}</span>
    </button>`;
  }
}

@define("playai-feature-view")
export class FeatureView extends TalkButton {
  @property() agent = "";

  static override styles = [
    buttons,
    css`
      button {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 8px;
        inline-size: 100%;
        block-size: var(--feature-height, 42px);
        border-radius: var(--feature-border-radius, 12px);
        color: var(--primary-text-color, #212121);
        background: color-mix(in srgb, var(--primary-color, #03a9f4) 20%, transparent);
      }
    `,
  ];

  protected override willUpdate(): void {
    super.willUpdate();
    this.config = { ...this.config, agent: this.agent };
  }

  protected override render() {
    return html`<button @click=${this.talk}>${icon("microphone")}<span>${this.label}</span></button>`;
  }
}
