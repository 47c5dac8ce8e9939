// Remembers the audio elements of a page in the order in which they started to play.
(() => {
  const play = HTMLMediaElement.prototype.play;
  window.testPlayers = [];
  HTMLMediaElement.prototype.play = function () {
    window.testPlayers.push(this);
    return play.call(this);
  };
})();
