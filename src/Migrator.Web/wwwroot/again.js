// Draws the part of a page that tells how far something is anew every 2 seconds; when it is over, the whole page once.
"use strict";
const look = async () => {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("again");
    if (!fresh) {
      location.reload();
      return;
    }
    const now = document.getElementById("again");
    if (!now.contains(document.activeElement)) now.replaceWith(document.importNode(fresh, true));
  }
  setTimeout(look, 2000);
};
setTimeout(look, 2000);
