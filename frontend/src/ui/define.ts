// After an update, a page may load a newer module beside the one that it has.

export const define =
  (tag: string) =>
  (element: CustomElementConstructor): void => {
    if (!customElements.get(tag)) customElements.define(tag, element);
  };
