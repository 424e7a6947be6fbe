// Sets the colour scheme before the first paint; a file of its own because the page's policy forbids inline scripts.
(function () {
  try {
    var chosen = localStorage.getItem("mantine-color-scheme-value") || "dark";
    if (chosen === "auto") {
      chosen = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    }
    document.documentElement.setAttribute("data-mantine-color-scheme", chosen);
  } catch (_error) {
    /* Storage is blocked: the default scheme stays. */
  }
})();
