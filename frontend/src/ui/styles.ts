import { css } from "lit";

export const buttons = css`
  button {
    font: inherit;
    color: inherit;
    border: none;
    background: none;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  button:focus-visible,
  select:focus-visible,
  input:focus-visible,
  .captions:focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4);
    outline-offset: 2px;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  .icon {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    flex: none;
  }
  .icon:hover {
    background: color-mix(in srgb, currentColor 10%, transparent);
  }
  .text {
    padding: 8px 16px;
    border-radius: 18px;
    min-block-size: 36px;
    color: var(--primary-text-color, #212121);
    background: color-mix(in srgb, var(--primary-text-color, #212121) 10%, transparent);
  }
  .main,
  .main.icon:hover {
    color: var(--text-primary-color, #fff);
    background: var(--playai-button-color, #0b6fa4);
  }
  .danger {
    color: #fff;
    background: #c62828;
  }
  .danger.icon:hover {
    background: #b71c1c;
  }
  .on {
    color: #fff;
    background: #8a4b00;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (forced-colors: active) {
    button {
      border: 1px solid ButtonText;
    }
  }
`;
