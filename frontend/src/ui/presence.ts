// Whether a view of the call can be seen. If none can, a pill shows that the microphone is open.

type Listener = () => void;

const visible = new Set<Element>();
const listeners = new Set<Listener>();

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target);
    else visible.delete(target);
  }
  for (const listener of listeners) listener();
});

export const observe = (view: Element): void => observer.observe(view);

export const unobserve = (view: Element): void => {
  observer.unobserve(view);
  visible.delete(view);
  for (const listener of listeners) listener();
};

export const isSomeVisible = (): boolean => visible.size > 0;

export const onPresence = (listener: Listener): void => {
  listeners.add(listener);
};
