// Shows that a call is active while no view of it is visible.

import { LitElement, css, html, nothing } from "lit";
import { calls } from "../engine/calls.ts";
import { getHass } from "../home/current.ts";
import { CallsController } from "./calls-controller.ts";
import { define } from "./define.ts";
import { openDialog } from "./dialog.ts";
import { icon } from "./icons.ts";
import { isVisible, onPresence } from "./presence.ts";
import { dialogStatusKey } from "./status.ts";
import { buttons } from "./styles.ts";
import { TextsController } from "./texts-controller.ts";

const TAG = "playai-pill";

@define(TAG)
export class Pill extends LitElement {
  private readonly texts = new TextsController(this, () => getHass()?.locale.language ?? "en");

  constructor() {
    super();
    new CallsController(this);
    onPresence(() => this.requestUpdate());
  }

  static override styles = [
    buttons,
    css`
      div {
        position: fixed;
        z-index: 7;
        inset-inline: 0;
        inset-block-end: calc(16px + env(safe-area-inset-bottom));
        margin-inline: auto;
        inline-size: fit-content;
        max-inline-size: calc(100vw - 32px);
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 4px;
        border-radius: 28px;
        color: #fff;
        background: #263238;
        box-shadow: 0 4px 16px rgb(0 0 0 / 40%);
        font-family: var(--ha-font-family-body, Roboto, sans-serif);
        font-size: 14px;
      }
      .open {
        display: flex;
        align-items: center;
        gap: 8px;
        min-inline-size: 0;
        min-block-size: 40px;
        padding-inline: 12px;
        border-radius: 20px;
      }
      .dot {
        inline-size: 10px;
        block-size: 10px;
        border-radius: 50%;
        flex: none;
        background: #ff5252;
      }
      .dot.ready {
        background: none;
        border: 2px solid #ff5252;
        box-sizing: border-box;
      }
      .dot.off {
        background: #90a4ae;
      }
      .open span:last-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  protected override render() {
    const call = calls.current;
    if (!call?.isLive || isVisible(calls.agent)) return nothing;
    const text = this.texts.get;
    const mute = text(call.isMuted ? "unmute" : "mute");
    const isReady = call.isMicrophoneOn && !call.isMuted;
    const dot = call.isHeard ? "" : isReady ? "ready" : "off";
    return html`<div role="region" dir=${document.dir} aria-label=${call.agent}>
      <button class="open" @click=${this.open}>
        <span class="dot ${dot}"></span>
        <span>${call.agent} · ${text(dialogStatusKey(call))}</span>
      </button>
      ${
        call.hasMicrophone
          ? html`<button class="icon ${call.isMuted ? "on" : ""}" aria-label=${mute} @click=${() => call.toggleMute()}>
              ${icon(call.isMuted ? "muted" : "microphone")}
            </button>`
          : nothing
      }
      <button class="icon danger" aria-label=${text("end")} @click=${() => call.end()}>${icon("end")}</button>
    </div>`;
  }

  private readonly open = (): void => {
    const call = calls.current!;
    const { agent: name, areaId, mode } = call;
    openDialog({ agent: calls.agent, name, areaId, mode });
  };
}

/** A page gets one as soon as it shows an agent. */
export const addPill = (): void => {
  if (!document.querySelector(TAG)) document.body.append(document.createElement(TAG));
};
