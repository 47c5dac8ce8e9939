import assert from "node:assert/strict";
import { test } from "node:test";

class FakeElement {
  style = {};
  textContent = "";
  onclick?: () => void;
  children: (FakeElement | string)[] = [];
  append(...children: (FakeElement | string)[]) {
    this.children.push(...children);
  }
  replaceChildren(...children: (FakeElement | string)[]) {
    this.children = children;
  }
}

let reloads = 0;
const elements = new Map<string, new () => FakeElement & { connectedCallback(): Promise<void> }>();
Object.assign(globalThis, {
  window: {},
  HTMLElement: FakeElement,
  customElements: { get: (tag: string) => elements.get(tag), define: elements.set.bind(elements) },
  document: { documentElement: { lang: "en" }, createElement: () => new FakeElement() },
  localStorage: { getItem: () => null },
  location: { reload: () => reloads++ },
});
await import("../src/entry.ts");

for (const tag of ["playai-card", "playai-badge", "playai-talk-feature", "playai-panel"]) {
  test(`${tag} asks for a reload if its module is gone`, async () => {
    const before = reloads;
    const element = new (elements.get(tag)!)();
    // There is no talk.js beside this test.
    await element.connectedCallback();
    const [line] = element.children as FakeElement[];
    const [text, button] = line!.children as [string, FakeElement];
    assert.deepEqual(
      [text, button.textContent],
      ["Home Assistant was updated. Please reload this page. ", "Reload"],
    );
    button.onclick!();
    assert.equal(reloads, before + 1);
  });
}
