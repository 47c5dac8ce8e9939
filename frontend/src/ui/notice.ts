// An error with its remedy, or the reason for the end of a call.

import { html, nothing } from "lit";
import type { Call } from "../engine/call.ts";
import { MICROPHONE_PROBLEMS } from "../engine/platform.ts";
import { errorText } from "../home/errors.ts";
import type { TextKey } from "../i18n/texts.ts";
import { icon } from "./icons.ts";
import type { TextsController } from "./texts-controller.ts";

export interface NoticeOptions {
  /** Whether typed messages are offered. */
  typing: boolean;
  start: (microphone: boolean) => void;
}

export const notice = (call: Call | undefined, texts: TextsController, options: NoticeOptions) => {
  const text = texts.get;
  if (call?.phase === "failed") return failure(call, texts, options);
  if (call?.phase === "ended") {
    if (call.reason === "bye") return nothing;
    return html`<div class="notice over" role="status">
      <span>${text(`ended_${call.reason}` as TextKey)}</span>
    </div>`;
  }
  if (call?.isSoundBlocked) {
    return html`<div class="notice" role="alert">
      <button class="text main" @click=${() => call.unblock()}>${text("hear")}</button>
    </div>`;
  }
  if (!call?.notice) return nothing;
  return html`<div class="notice" role="alert">
    <span>${text(errorText(call.notice, texts.all)).replace("{name}", call.noticeName || text("microphone"))}</span>
    <button class="icon" aria-label=${text("dismiss")} @click=${() => call.dismissNotice()}>${icon("close")}</button>
  </div>`;
};

const failure = ({ reason }: Call, texts: TextsController, { typing, start }: NoticeOptions) => {
  const text = texts.get;
  const again =
    reason === "old_page"
      ? html`<button class="text main" @click=${() => location.reload()}>${text("reload")}</button>`
      : html`<button class="text" @click=${() => start(true)}>${text("retry")}</button>`;
  const typed = html`<button class="text" @click=${() => start(false)}>${text("type_instead")}</button>`;
  return html`<div class="notice error" role="alert">
    <span>${text(errorText(reason, texts.all))}</span>
    ${again} ${MICROPHONE_PROBLEMS.includes(reason) && typing ? typed : nothing}
  </div>`;
};
