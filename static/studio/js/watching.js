// When a clip counts as watched: it has been played for three seconds, or half of a shorter clip, while the page
// could be seen. Playing that begins by itself in a hidden tab, and what a viewer skips, does not count.

const SECONDS = 3;
const STEP = 1; // longer between two reports of the player is a jump, not playing

/** Calls `seen` each time that a clip of this player has been watched; it may call for one clip again. */
export function onWatched(video, seen) {
  let seconds = 0;
  let last = null;
  video.addEventListener("emptied", () => { seconds = 0; last = null; });
  video.addEventListener("seeking", () => { last = null; });
  video.addEventListener("timeupdate", () => {
    const step = last === null ? 0 : video.currentTime - last;
    last = video.seeking ? null : video.currentTime;
    if (document.hidden || step <= 0 || step > STEP) return;
    seconds += step;
    if (seconds >= Math.min(SECONDS, video.duration / 2)) seen();
  });
}
