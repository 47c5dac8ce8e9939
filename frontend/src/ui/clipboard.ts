// Copies a text, even in a browser or an app without the newer interface.

/** Returns whether the text was copied; must be called while a tap is handled. */
export const copyText = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
};

const copySelection = (text: string): boolean => {
  // In the open dialog, if there is one: nothing outside of it can be selected.
  const place = document.querySelector("playai-dialog")?.shadowRoot?.querySelector("dialog");
  const box = Object.assign(document.createElement("textarea"), { value: text });
  box.style.position = "fixed";
  box.style.opacity = "0";
  (place ?? document.body).append(box);
  box.select();
  const isCopied = document.execCommand("copy");
  box.remove();
  return isCopied;
};
