import { css } from "lit";

export const layout = css`
  :host {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    min-block-size: 0;
    position: relative;
    container-type: size;
    color: var(--primary-text-color, #212121);
    font-family: var(--ha-font-family-body, Roboto, sans-serif);
    font-size: var(--ha-font-size-m, 14px);
  }
  header {
    display: flex;
    align-items: center;
    padding-inline: var(--playai-header-start, 16px) 4px;
    min-block-size: 44px;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: var(--ha-font-size-l, 16px);
    font-weight: 500;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .dot {
    inline-size: 10px;
    block-size: 10px;
    margin-inline: 8px;
    border-radius: 50%;
    flex: none;
    background: #d50000;
  }
  .dot.ready {
    background: none;
    border: 2px solid #d50000;
    box-sizing: border-box;
  }
  /* The settings cover the talk, but neither the notice nor the controls. */
  .body {
    display: flex;
    flex-direction: column;
    flex: 1 1 0;
    min-block-size: 0;
    position: relative;
  }
  .talk {
    display: contents;
  }
  .stage {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    flex: 1 1 auto;
    min-block-size: 0;
    text-align: center;
  }
  playai-talk-button {
    inline-size: clamp(96px, 42cqmin, 240px);
  }
  .talks .stage {
    flex: 0 0 auto;
  }
  .talks playai-talk-button {
    inline-size: clamp(72px, 30cqmin, 200px);
  }
  .words {
    min-block-size: 2.8em;
  }
  .status {
    margin: 4px 16px 0;
    font-weight: 500;
  }
  .hint {
    margin: 0 16px;
    color: var(--secondary-text-color, #616161);
    font-size: 0.9em;
  }
  playai-captions {
    flex: 1 1 0;
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin: 4px 16px;
    padding: 8px 12px;
    border-radius: 12px;
    background: color-mix(in srgb, var(--warning-color, #ffa600) 18%, transparent);
  }
  .notice:last-child {
    margin-block-end: 16px;
  }
  .notice.error {
    background: color-mix(in srgb, var(--error-color, #db4437) 16%, transparent);
  }
  .notice.over {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 7%, transparent);
  }
  .notice span {
    flex: 1 1 160px;
  }
  .controls {
    display: flex;
    justify-content: center;
    align-items: center;
    gap: 12px;
    padding: 4px 16px 12px;
    min-block-size: 44px;
  }
  .controls .icon {
    background: color-mix(in srgb, var(--primary-text-color, #212121) 9%, transparent);
  }
  .controls .danger {
    background: #c62828;
  }
  .controls .on {
    background: #8a4b00;
  }
  playai-settings {
    position: absolute;
    inset: 0;
    z-index: 2;
  }
  @container (max-height: 460px) {
    .talks .stage {
      flex-direction: row;
      gap: 4px;
      text-align: start;
    }
    .talks playai-talk-button {
      inline-size: 72px;
    }
    .talks .words {
      min-inline-size: 40%;
      min-block-size: 0;
    }
  }
`;
