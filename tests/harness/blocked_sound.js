// Blocks the sound of talks as browsers do: a player starts only when it is resumed once more.
(() => {
  const PLAYER_RATE = 24000;
  const resume = AudioContext.prototype.resume;
  const blocked = new WeakSet();
  AudioContext.prototype.resume = function () {
    if (this.sampleRate !== PLAYER_RATE || blocked.has(this)) return resume.call(this);
    blocked.add(this);
    return this.suspend();
  };
})();
