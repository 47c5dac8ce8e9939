// Which agents have a visible view. If that of the call has none, a pill shows that the microphone is
// open.

interface View extends Element {
  readonly target: { readonly agent: string };
}

type Listener = () => void;

const visible = new Set<View>();
const listeners = new Set<Listener>();

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target as View);
    else visible.delete(target as View);
  }
  for (const listener of listeners) listener();
});

export const observe = (view: View): void => observer.observe(view);

export const unobserve = (view: View): void => {
  observer.unobserve(view);
  visible.delete(view);
  for (const listener of listeners) listener();
};

export const isVisible = (agent: string): boolean =>
  [...visible].some(({ target }) => target.agent === agent);

export const onPresence = (listener: Listener): void => {
  listeners.add(listener);
};
