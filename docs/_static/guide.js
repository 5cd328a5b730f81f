"use strict";

// The players are as light or dark as the page. In "auto" both follow the system.
function themePlayers() {
  const theme = document.body.dataset.theme;
  for (const frame of document.querySelectorAll("iframe[srcdoc]")) {
    const plain = frame.srcdoc.replace(/<html([^>]*?) data-theme="\w+"/, "<html$1");
    const themed = theme === "auto" ? plain : plain.replace("<html", `<html data-theme="${theme}"`);
    if (themed !== frame.srcdoc) frame.srcdoc = themed;
  }
}
document.addEventListener("DOMContentLoaded", () => {
  themePlayers();
  new MutationObserver(themePlayers).observe(document.body, { attributeFilter: ["data-theme"] });
});
