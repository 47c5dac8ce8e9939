// Keeps the screen on during a call.

export class WakeLock {
  #lock: WakeLockSentinel | undefined;
  #isWanted = false;

  constructor() {
    this.request = this.request.bind(this);
  }

  start(): void {
    this.#isWanted = true;
    // Browsers release the lock of a page that is hidden.
    document.addEventListener("visibilitychange", this.request);
    void this.request();
  }

  stop(): void {
    this.#isWanted = false;
    document.removeEventListener("visibilitychange", this.request);
    void this.#lock?.release();
    this.#lock = undefined;
  }

  async request(): Promise<void> {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#isWanted) this.#lock = lock;
      else void lock.release();
    } catch {
      // Low battery, or not allowed: the call works without it.
    }
  }
}
