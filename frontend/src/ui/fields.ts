import { css } from "lit";

/** Choices and sliders with a label over them. */
export const fields = css`
  label {
    display: grid;
    gap: 4px;
    font-size: 0.9em;
  }
  select,
  input {
    font: inherit;
    min-block-size: 36px;
    inline-size: 100%;
    box-sizing: border-box;
    color: inherit;
    background: var(--secondary-background-color, #eee);
    border: 1px solid var(--divider-color, #ccc);
    border-radius: 8px;
    accent-color: var(--primary-color, #03a9f4);
  }
  select {
    padding-inline: 8px;
  }
`;
